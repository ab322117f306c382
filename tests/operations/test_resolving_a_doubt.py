"""What is in doubt is never guessed: a person resolves it, and only once."""

from __future__ import annotations

import pytest
from offices import taken

from mailer.errors import UsageError
from mailer.model.delivery import DeliveryState as S
from mailer.operations.resolve_doubt import Resolution, resolve_doubt
from mailer.sandbox.relay import ScriptedRelay
from mailer.store import campaigns

ADDRESS = "obcina@ajdovscina.example"


@pytest.fixture
def in_doubt(running):
    """Return a desk whose first message was lost with the connection at the dot."""
    desk = running("obcina", "urad")
    desk.send(ScriptedRelay({ADDRESS: "lost.dot"}, clock=desk.clock))
    return desk


def resolve(desk, resolution, name="obcina"):
    return resolve_doubt(desk.office, desk.ledger()[name].id, resolution, "Ana")


def test_a_lost_answer_to_the_dot_is_in_doubt_and_not_sent_again(in_doubt):
    """Whatever happens later, the program itself does not resend."""
    relay = in_doubt.a_relay()

    in_doubt.send(relay)

    assert {"obcina": S.IN_DOUBT, "urad": S.ACCEPTED} == in_doubt.states()
    assert [] == relay.accepted


def test_no_reminder_while_the_opening_is_in_doubt(in_doubt):
    """A person decides first."""
    in_doubt.until("reminder")
    relay = in_doubt.a_relay()

    in_doubt.send(relay)

    assert ["urad"] == taken(relay)


def test_an_answer_to_the_letter_resolves_it(in_doubt):
    """Whoever answers it has got it: its Message-ID proves that."""
    in_doubt.write("invitation", "obcina", "Hvala za vabilo.")

    in_doubt.collect()

    assert S.ACCEPTED is in_doubt.states()["obcina"]
    assert "our Message-ID" in in_doubt.ledger()["obcina"].evidence


@pytest.mark.parametrize(
    ("resolution", "state"),
    [
        (Resolution.ACCEPTED, S.ACCEPTED),
        (Resolution.RESEND, S.PLANNED),
        (Resolution.ABANDON, S.ABANDONED),
    ],
)
def test_a_person_resolves_it(in_doubt, resolution, state):
    """The ledger and the journal say who did."""
    before = resolve(in_doubt, resolution)
    row = in_doubt.ledger()["obcina"]
    with in_doubt.office.database.read() as connection:
        [note] = campaigns.notes(connection, str(row.id))

    assert S.IN_DOUBT is before.state
    assert state is row.state
    assert f"Ana: {resolution.value}" == row.evidence
    assert ("Ana", "resolve") == (note.by, note.action)


def test_resend_sends_it_once_more(in_doubt):
    """The same message to the same person."""
    resolve(in_doubt, Resolution.RESEND)
    relay = in_doubt.a_relay()

    in_doubt.send(relay)

    assert ["obcina"] == taken(relay)
    assert {S.ACCEPTED} == set(in_doubt.states().values())


def test_what_is_not_in_doubt_cannot_be_resolved(in_doubt):
    """Nor can it be resolved twice: an accepted message never goes again."""
    resolve(in_doubt, Resolution.ACCEPTED)

    for name in ("obcina", "urad"):
        with pytest.raises(UsageError, match="is accepted: it cannot become planned"):
            resolve(in_doubt, Resolution.RESEND, name)


def test_a_delivery_that_does_not_exist_is_said(in_doubt):
    """With the place where the numbers are."""
    with pytest.raises(UsageError, match="delivery 4711: does not exist"):
        resolve_doubt(in_doubt.office, 4711, Resolution.RESEND, "Ana")
