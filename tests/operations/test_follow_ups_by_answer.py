"""What the ministry's letter sends because of an answer, from the mailbox on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default as modern

import pytest
from offices import Desk, an_office, import_list, taken

from mailer.errors import Severity
from mailer.model.delivery import DeliveryState as S
from mailer.operations.check_campaign import check_campaign
from mailer.sandbox.clock import VirtualClock

LAST = "Ugotavljanje zadovoljstva uporabnikov: Vključili se bomo"
HALF = "Uvajanje modela kakovosti (CAF): Ne bomo se vključili"


@pytest.fixture
def clock():
    """Return a clock that shows the days before the ministry's letter."""
    return VirtualClock(datetime(2017, 9, 26, 8, 0, tzinfo=UTC))


@pytest.fixture
def desk(running):
    """Return the desk of a ministry whose letter has gone to two."""
    found = running("obcina", "urad", name="ministry-letter")
    found.send()
    return found


def answered(desk, step, text):
    """Let the first municipality reply to a step, an hour later."""
    desk.clock.jump(desk.clock.now() + timedelta(hours=1))
    desk.write(step, "obcina", text)
    desk.collect()


def days_later(desk, days):
    desk.clock.jump(desk.clock.now() + timedelta(days=days))


def sent(desk):
    """Send what is due; return the messages, by their subject's first word."""
    relay = desk.a_relay()
    desk.send(relay)
    mails = [message_from_bytes(one.data, policy=modern) for one in relay.accepted]
    return {str(mail["Subject"]).partition(" ")[0]: mail for mail in mails}


def text_of(mail):
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def test_half_an_answer_is_asked_for_its_other_half(desk):
    """Not at once: two working days later; and with what it lacks, by name."""
    answered(desk, "letter", HALF)
    assert {} == sent(desk)

    days_later(desk, 5)
    found = sent(desk)

    assert ["Dopolnitev"] == list(found)
    assert "- Ugotavljanje zadovoljstva uporabnikov\n" in text_of(found["Dopolnitev"])
    assert "- Uvajanje modela kakovosti" not in text_of(found["Dopolnitev"])
    assert {"obcina": S.ACCEPTED} == desk.states("request")
    assert {} == desk.states("confirmation")


def test_who_completes_it_is_confirmed_with_both_halves(desk):
    """They answer what they were asked, and nothing else; the rest stands."""
    answered(desk, "letter", HALF)
    days_later(desk, 5)
    desk.send()
    answered(desk, "request", LAST)

    found = sent(desk)

    assert ["Potrditev"] == list(found)
    text = text_of(found["Potrditev"])
    assert "kakovosti: občina se za zdaj ne bo vključila" in text
    assert "uporabnikov: občina se bo vključila" in text
    desk.until("workshop")
    assert "Vabilo" in sent(desk)


def test_who_completes_it_before_the_request_goes_does_not_get_it(desk):
    """The row is planned, the answer comes, nothing leaves but the confirmation."""
    answered(desk, "letter", HALF)
    days_later(desk, 5)
    desk.plan()
    assert {"obcina": S.PLANNED} == desk.states("request")

    desk.write("letter", "obcina", LAST)
    desk.collect()

    assert {"Potrditev"} == set(sent(desk))
    assert {"obcina": S.ANSWERED} == desk.states("request")


def test_the_invitation_speaks_of_the_answer_not_of_a_question_after_it(desk):
    """The letter is about what they joined, whatever they asked since."""
    answered(desk, "letter", "1")
    desk.send()
    answered(desk, "letter", "Ali je na voljo parkirišče?")
    desk.until("workshop")

    invitation = sent(desk)["Vabilo"]

    assert "vključitvi v uvajanje modela kakovosti," in text_of(invitation)
    [calendar] = [
        part for part in invitation.walk() if part.get_content_type() == "text/calendar"
    ]
    assert "SUMMARY:Predstavitvena delavnica" in calendar.get_content()


def test_an_unfinished_answer_after_the_limit_is_left_to_a_person(desk):
    """What can no longer be answered in time is not asked for."""
    desk.clock.jump(desk.opened.times["last-call"].due + timedelta(days=5, hours=2))
    answered(desk, "letter", HALF)
    days_later(desk, 3)

    relay = desk.a_relay()
    desk.send(relay)

    assert "obcina" not in taken(relay)
    assert {"obcina": S.MISSED} == desk.states("request")


@pytest.mark.parametrize(
    ("step", "name"),
    [
        ("confirmation", "NE_ZE_OBA"),
        ("confirmation", "NE_ZE_ENO"),
        ("request", "NEPOPOLN"),
        ("workshop", "OBA"),
        ("workshop", "KAKOVOST"),
        ("workshop", "ZADOVOLJSTVO"),
    ],
)
def test_a_fault_in_one_categorys_letter_is_found_before_the_first(
    tmp_path, step, name
):
    """C02: each step is rendered for an answer of each of its categories."""
    clock = VirtualClock(datetime(2017, 9, 26, 8, 0, tzinfo=UTC))
    with an_office(tmp_path / "office", clock) as office:
        import_list(office, ("obcina", "urad"))
        letter = office.templates / "ministry-letter" / f"{step}.txt.j2"
        fault = f'{{% if response.category == "{name}" %}}{{{{ gone }}}}{{% endif %}}'
        letter.write_text(f"{letter.read_text('utf-8')}\n{fault}\n", "utf-8")

        found = check_campaign(office, Desk(office, clock, "ministry-letter").opened)

    [fault] = [one for one in found.problems if one.severity is Severity.BLOCKS]
    assert f"{step}.txt" in fault.place
    assert "obcina@" in fault.place
    assert "gone" in fault.cause
