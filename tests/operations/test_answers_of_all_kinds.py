"""Answers as they come: from other mailboxes, in forms, from calendars, for several."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from incoming import a_calendar_reply, a_mail, a_mail_with, a_reply

from mailer.cli.inbox_words import about
from mailer.forms.attachments import FormPrinter
from mailer.model.campaign import FormFormat
from mailer.model.incoming import (
    Confidence,
    IncomingKind,
    MatchedBy,
    ReviewState,
    Suggestion,
)
from mailer.model.response import ResponseSource
from mailer.operations.open_mail import an_opener
from mailer.operations.record_response import record_response
from mailer.operations.review_mail import Answer, assign, dismiss
from mailer.operations.show_mail import item
from mailer.sandbox.clock import VirtualClock
from mailer.sandbox.filling import fill_docx, fill_pdf
from mailer.store import inbox, recipients

AJDOVSCINA, BELTINCI = "001", "002"
VALUES = {
    "kontakt_ime": "Ana Vzorec",
    "kontakt_eposta": "ana.vzorec@ajdovscina.example",
    "kakovost": "pridruzi",
    "zadovoljstvo": "ze_izvaja",
}


@pytest.fixture
def invited(running):
    """Return the desk of a conference to which two municipalities are invited."""
    desk = running("obcina", "urad")
    desk.send()
    return desk


def row(desk, number=1):
    """Return a stored message."""
    with desk.office.database.read() as connection:
        found = inbox.get(connection, number)
    assert found is not None
    return found


def organisation(desk, code):
    with desk.office.database.read() as connection:
        return recipients.of_organisation(connection, code)[0].organisation


def reminded(desk, step="reminder"):
    """Return whom the next step reaches."""
    desk.until(step)
    desk.send()
    return sorted(desk.states(step))


def message_id(desk, name, step="invitation"):
    reference = desk.ledger(step)[name].reference
    return f"<{reference}@{desk.office.settings.sender.bounce_domain}>"


def test_the_secretarys_reply_stops_the_reminder_to_the_mayor(invited):
    """The response is the organisation's, from whichever of its mailboxes."""
    mail = a_reply(
        "Žal se konference ne bomo udeležili.",
        From="tajnistvo@ajdovscina.example",
        In_Reply_To=message_id(invited, "obcina"),
    )
    invited.post.deliver(mail)

    found = invited.collect()

    assert 1 == found.to_review
    assert ["urad"] == reminded(invited)


def test_a_reply_without_a_sign_of_ours_stops_it_too(invited):
    """Domain and subject say whose it is; a person decides what it says."""
    subject = "Odg: Vabilo: Nacionalna konferenca o sodelovanju z občani, 8. maj"
    mail = a_mail("Pridemo.", From="tajnistvo@ajdovscina.example", Subject=subject)
    invited.post.deliver(mail)

    invited.collect()

    assert MatchedBy.DOMAIN.value == row(invited).matched_by
    assert ReviewState.OPEN.value == row(invited).review
    assert ["urad"] == reminded(invited)


def test_a_reply_of_a_stranger_stops_nothing(invited):
    """Nothing is guessed: it waits, and the reminders go."""
    invited.post.deliver(a_reply("Pridemo.", From="ana@zasebno.example"))

    found = invited.collect()

    assert 1 == found.to_review
    assert ["obcina", "urad"] == reminded(invited)


def test_a_question_pauses_until_it_is_dealt_with(invited):
    """Held, not forgotten: the reminder goes when staff has answered."""
    invited.write("invitation", "obcina", "Ali lahko prideta dva?")
    invited.collect()
    held = reminded(invited)

    dismiss(invited.office, 1, by="referentka")

    assert "question" == Suggestion.from_json(row(invited).suggestion).kind
    assert (["urad"], ["obcina", "urad"]) == (held, reminded(invited))


def test_what_is_suggested_is_accepted_as_it_stands(invited):
    """A decline in words becomes one when a person confirms it."""
    invited.write("invitation", "obcina", "Žal se ne bomo udeležili.")
    invited.collect()
    suggested = Suggestion.from_json(row(invited).suggestion)
    campaign = invited.opened.campaign
    codes = [organisation(invited, code) for code in suggested.organisations]
    answer = Answer(campaign, tuple(codes), suggested.kind, suggested.details)

    assign(invited.office, 1, answer, by="referentka")

    assert ["declined"] == [one.kind for one in invited.answers()]


@pytest.mark.parametrize(
    ("answer", "kind", "silent"),
    [
        ("ACCEPTED", "registered", ["urad"]),
        ("DECLINED", "declined", ["urad"]),
        ("TENTATIVE", "tentative", ["obcina", "urad"]),
    ],
)
def test_a_calendar_programs_answer_is_a_response(invited, answer, kind, silent):
    """By the UID of our own event; who only may come is reminded."""
    sender = "obcina@ajdovscina.example"
    uid = f"conference@{invited.office.settings.sender.bounce_domain}"
    content = a_calendar_reply(uid, answer, attendee=sender)
    invited.post.deliver(
        a_mail_with(
            content, "text/calendar; method=REPLY", From=sender, Subject="Sprejeto"
        )
    )

    invited.collect()
    [response] = invited.answers()

    assert (kind, AJDOVSCINA) == (response.kind, response.organisation)
    assert ResponseSource.CALENDAR is response.source
    assert silent == reminded(invited)


def test_an_answer_counts_from_when_it_came(invited):
    """A reply that is read late does not undo what was said after it."""
    campaign = invited.opened.campaign
    theirs = organisation(invited, AJDOVSCINA)
    invited.write("invitation", "obcina", "Žal se ne bomo udeležili.")
    invited.collect()
    invited.clock.jump(invited.clock.now() + timedelta(days=1))
    record_response(
        invited.office, campaign, theirs, "registered", by="referentka", details={}
    )

    answer = Answer(campaign, (theirs,), "declined", {})
    assign(invited.office, 1, answer, by="referentka")

    kinds = [one.kind for one in invited.answers()]
    assert ["declined", "registered"] == kinds


def test_a_calendar_answer_to_another_event_is_none(invited):
    """A forged one waits for a person."""
    sender = "ana@zasebno.example"
    content = a_calendar_reply("conference@tretji.example", "DECLINED", attendee=sender)
    invited.post.deliver(a_mail_with(content, "text/calendar", From=sender))

    found = invited.collect()

    assert (1, []) == (found.to_review, invited.answers())


def test_the_latest_of_two_answers_counts_and_is_shown(invited):
    """First they come, then they do not: both are kept."""
    sender = "obcina@ajdovscina.example"
    uid = f"conference@{invited.office.settings.sender.bounce_domain}"
    for answer in ("ACCEPTED", "DECLINED"):
        content = a_calendar_reply(uid, answer, attendee=sender)
        mail = a_mail_with(content, "text/calendar", From=sender, Subject=answer)
        invited.post.deliver(mail)

    found = invited.collect()

    assert ["registered", "declined"] == [one.kind for one in invited.answers()]
    assert 1 == found.to_review
    assert "before it was registered" in row(invited, 2).evidence


class TestForms:
    """The ministry's form, returned."""

    @pytest.fixture
    def clock(self):
        """Return a clock that shows the days before the ministry's letter."""
        return VirtualClock(datetime(2017, 9, 26, 8, 0, tzinfo=UTC))

    @pytest.fixture
    def asked(self, running):
        desk = running("obcina", "urad", name="ministry-letter")
        desk.send()
        return desk

    def form(self, desk, code, kind=FormFormat.PDF):
        """Return a municipality's form as it was sent."""
        form = desk.opened.campaign.form
        printer = FormPrinter(form, desk.name, desk.office.key)
        [file] = printer.attachments(organisation(desk, code), (kind,))
        return file

    def test_a_form_from_a_private_mailbox_is_the_municipalitys(self, asked):
        """M03: its id is signed: it says whose it is."""
        file = self.form(asked, AJDOVSCINA)
        content = fill_pdf(file.content, VALUES)
        asked.post.deliver(
            a_mail_with(content, file.media_type, "V prilogi.", From="a@doma.example")
        )

        found = asked.collect()
        [response] = asked.answers()

        assert 0 == found.to_review
        assert (AJDOVSCINA, "returned") == (response.organisation, response.kind)
        assert ResponseSource.FORM is response.source
        assert VALUES.items() <= dict(response.details).items()
        assert ["urad"] == reminded(asked)

    def test_one_official_returns_the_forms_of_two(self, asked):
        """Each is its municipality's; a person sees that it was one mail."""
        files = [
            self.form(asked, code, FormFormat.DOCX) for code in (AJDOVSCINA, BELTINCI)
        ]
        parts = [
            a_mail_with(fill_docx(one.content, VALUES), one.media_type).partition(
                b"\n\n"
            )[2]
            for one in files
        ]
        both = parts[0].replace(b"--b2--", b"") + parts[1]
        header = a_mail("", From="a@uprava.example").partition(b"\n\n")[0]
        header = header.replace(b"text/plain", b"multipart/mixed; boundary=b2")
        asked.post.deliver(header + b"\n\n" + both)

        found = asked.collect()

        assert [AJDOVSCINA, BELTINCI] == sorted(o.organisation for o in asked.answers())
        assert 1 == found.to_review
        assert "2 forms" in row(asked).evidence

    def test_a_blank_form_waits_for_a_person(self, asked):
        """It is not complete; the municipality is not reminded meanwhile."""
        file = self.form(asked, AJDOVSCINA)
        asked.post.deliver(a_mail_with(file.content, file.media_type, "V prilogi."))

        found = asked.collect()

        assert 1 == found.to_review
        assert ["question"] == [one.kind for one in asked.answers()]
        assert ["urad"] == reminded(asked)

    def test_a_form_filled_by_another_municipality_is_nobodys(self, asked):
        """Its id is one's; its sender and the code in it are another's."""
        file = self.form(asked, AJDOVSCINA, FormFormat.DOCX)
        values = VALUES | {"obcina_sifra": BELTINCI}
        content = fill_docx(file.content, values)
        with asked.office.database.read() as connection:
            sender = recipients.of_organisation(connection, BELTINCI)[0].address
        asked.post.deliver(a_mail_with(content, file.media_type, From=sender))

        found = asked.collect()
        suggested = Suggestion.from_json(row(asked).suggestion)

        assert (1, []) == (found.to_review, asked.answers())
        assert (AJDOVSCINA, BELTINCI) == suggested.candidates
        assert "returned" == suggested.kind

    @pytest.mark.parametrize(
        "typed",
        ["kakovost: pridruži\nkakovost: ne", "kakovost: mogoče"],
        ids=["two at once", "no option"],
    )
    def test_what_was_typed_in_vain_is_named(self, asked, typed):
        """A person sees why it was not taken."""
        first = asked.opened.campaign.steps[0].name
        letter = message_id(asked, "obcina", first)
        asked.post.deliver(a_reply(typed, In_Reply_To=letter))

        asked.collect()

        assert "is no single option" in row(asked).evidence
        assert ["question"] == [one.kind for one in asked.answers()]

    def test_a_returned_form_is_listed_as_a_reply(self, asked):
        """Whatever the mail around it looks like; nothing about it is weak."""
        file = self.form(asked, AJDOVSCINA)
        content = fill_pdf(file.content, VALUES)
        asked.post.deliver(a_mail_with(content, file.media_type, From="a@doma.example"))
        asked.collect()
        with an_opener(asked.office) as opener:
            shown = item(asked.office, 1, {asked.name: asked.opened.campaign}, opener)

        lines = "\n".join(about(shown, "Europe/Ljubljana"))

        assert IncomingKind.REPLY is shown.kind
        assert Confidence.CERTAIN is shown.confidence
        assert "(weak)" not in lines
        assert "belongs to Občina Ajdovščina" in lines
