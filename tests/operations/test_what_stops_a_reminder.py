"""M03: a form stops the reminders, an absence and a delay do not, a bounce does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from incoming import a_mail_with, a_reply

from mailer.forms.attachments import FormPrinter
from mailer.model.campaign import FormFormat
from mailer.model.delivery import DeliveryState as S
from mailer.sandbox.clock import VirtualClock
from mailer.sandbox.filling import fill_pdf
from mailer.store import recipients

ANSWERED, ABSENT, LATE, DEAD = "obcina", "odsoten", "delayed", "bounce.later"
VALUES = {
    "kontakt_ime": "Ana Vzorec",
    "kontakt_eposta": "ana.vzorec@ajdovscina.example",
    "kakovost": "pridruzi",
    "zadovoljstvo": "ze_izvaja",
}


@pytest.fixture
def clock():
    """Return a clock that shows the days before the ministry's letter."""
    return VirtualClock(datetime(2017, 9, 26, 8, 0, tzinfo=UTC))


def the_form(desk, code="001"):
    """Return the form of a municipality, filled in."""
    campaign = desk.opened.campaign
    printer = FormPrinter(campaign.form, desk.name, desk.office.key)
    with desk.office.database.read() as connection:
        whose = recipients.of_organisation(connection, code)[0].organisation
    [file] = printer.attachments(whose, (FormFormat.PDF,))
    return fill_pdf(file.content, VALUES)


def an_absence(desk):
    """Return what a program answers for somebody who is away."""
    reference = desk.ledger("letter")[ABSENT].reference
    domain = desk.office.settings.sender.bounce_domain
    return a_reply(
        "Sem na dopustu do ponedeljka.",
        From=f"{ABSENT}@beltinci.example",
        Subject="Odsoten: Dopis",
        Auto_Submitted="auto-replied",
        In_Reply_To=f"<{reference}@{domain}>",
    )


def test_each_for_its_own_reason(running):
    """Reports come from the relay itself; the form from a mailbox nobody knows."""
    desk = running(ANSWERED, ABSENT, LATE, DEAD, name="ministry-letter")
    desk.send()
    form = the_form(desk)
    mail = a_mail_with(form, "application/pdf", "V prilogi.", From="a@doma.example")
    desk.post.deliver(mail)
    desk.post.deliver(an_absence(desk))

    desk.collect()
    states, why = desk.states("letter"), desk.ledger("letter")[DEAD].evidence
    desk.until("reminder")
    desk.send()

    assert {
        ANSWERED: S.ACCEPTED,
        ABSENT: S.ACCEPTED,
        LATE: S.DELAYED,
        DEAD: S.BOUNCED,
    } == states
    assert "5.1.1" in why
    assert {ABSENT: S.ACCEPTED, LATE: S.ACCEPTED, DEAD: S.SUPPRESSED} == (
        desk.states("reminder")
    )
    assert ["returned"] == [one.kind for one in desk.answers()]
