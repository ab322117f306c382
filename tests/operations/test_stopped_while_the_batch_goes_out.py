"""
Whatever speaks against a message while its batch goes out still stops it.

C15: an objection or a suppression between approval and dot; B12: a pause.
Field 6.10: a late answer that crosses with a reminder batch.
The relay is real, and so is what comes in between: it is committed while the
relay has the body and waits for the dot, or while another message of the batch
has just been taken.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from offices import taken
from promises import copies_of
from relays import run

from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState as S
from mailer.model.response import (
    Objection,
    ObjectionSource,
    Response,
    ResponseSource,
    Suppression,
    SuppressionReason,
)
from mailer.model.smtp import Stage
from mailer.sandbox.relay import ScriptedRelay
from mailer.store import campaigns, objections, recipients, responses

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

#: the first two, in whose hands it happens to the third, who is `urad`
PEOPLE = [*(f"obcina{number}" for number in range(12)), "urad"]
CODE = f"{len(PEOPLE):03}"


def a_response(kind: str) -> Callable[[Connection, object], object]:
    def happen(connection, desk):
        return responses.record(
            connection,
            Response(
                campaign=desk.name,
                organisation=CODE,
                kind=kind,
                at=desk.clock.now(),
                source=ResponseSource.STAFF,
                recorded_by="referentka",
            ),
        )

    return happen


def an_objection(connection, desk):
    entry = Objection(
        campaign=desk.name,
        organisation=CODE,
        at=desk.clock.now(),
        source=ObjectionSource.TOKEN,
        recorded_by="mailer",
    )
    assert objections.record(connection, entry)


def a_suppression(connection, desk):
    [key] = [one for one in desk.rows("reminder") if one.startswith("urad@")]
    reason = SuppressionReason.BY_HAND
    entry = Suppression(key, reason, desk.clock.now())
    assert recipients.suppress(connection, entry)


def a_pause(connection, desk):
    running, paused = CampaignStatus.RUNNING, CampaignStatus.PAUSED
    assert campaigns.move(connection, desk.name, [running], paused, reason="stoj")


#: what happens, and where the reminder stands after it
HAPPENS = [
    pytest.param(an_objection, S.OBJECTED, id="objection"),
    pytest.param(a_response("registered"), S.ANSWERED, id="response"),
    pytest.param(a_response("declined"), S.ANSWERED, id="decline"),
    pytest.param(a_response("question"), S.PLANNED, id="question"),
    pytest.param(a_suppression, S.SUPPRESSED, id="suppression"),
    pytest.param(a_pause, S.PLANNED, id="pause"),
]


class Interrupting(ScriptedRelay):
    """
    A relay in whose hands something happens, between a body and its dot.

    It takes the database's write lock before the body, so that the sender's
    second mark has to wait, and commits once the body is here.
    """

    def __init__(self, desk, happen, **asked):
        super().__init__(**asked)
        self.desk, self.happen, self.open = desk, happen, ExitStack()
        self.happened = False

    def steps(self, stage, address):
        """Let it happen at the body of the message to `urad`, go on as usual."""
        if address.startswith("urad@") and stage is Stage.DATA and not self.happened:
            self.happened = True
            database = self.desk.office.database
            self.happen(self.open.enter_context(database.write()), self.desk)
        if address.startswith("urad@") and stage is Stage.BODY:
            self.open.close()
        return super().steps(stage, address)


@pytest.fixture
def reminding(running):
    """Return the desk of a conference whose reminders are planned, not sent."""
    desk = running(*PEOPLE)
    desk.send()
    desk.until("reminder")
    desk.plan()
    assert set(PEOPLE) == set(desk.states("reminder"))
    return desk


def reminded(desk, relay):
    """Return for whom the relay has a reminder; who answered gets other letters."""
    copies = copies_of(relay.accepted)
    ledger = desk.ledger("reminder")
    return {name for name, row in ledger.items() if row.reference in copies}


def go(desk, relay):
    async def scenario():
        async with relay as started:
            await desk.round(started)

    run(scenario())


@pytest.mark.parametrize(("happen", "expected"), HAPPENS)
def test_between_the_body_and_the_dot(reminding, happen, expected):
    """The relay has the body, gets no dot, and so has nothing."""
    relay = Interrupting(reminding, happen, clock=reminding.clock)
    go(reminding, relay)
    states = reminding.states("reminder")

    assert b"RCPT TO:<urad@" in b" ".join(relay.heard)
    assert "urad" not in taken(relay)
    assert expected is states.pop("urad")
    if happen is not a_pause:
        assert {S.ACCEPTED} == set(states.values())
        assert sorted(PEOPLE[:-1]) == sorted(taken(relay))


@pytest.mark.parametrize(("happen", "expected"), HAPPENS)
def test_while_others_of_the_batch_are_taken(reminding, happen, expected):
    """It is leased, composed and ready, and its turn has not come."""

    def on_accepted(_message):
        if len(relay.accepted) == 1:
            with reminding.office.database.write() as connection:
                happen(connection, reminding)

    relay = ScriptedRelay(on_accepted=on_accepted, clock=reminding.clock)
    go(reminding, relay)

    assert relay.accepted
    assert "urad" not in taken(relay)
    assert expected is reminding.states("reminder")["urad"]


@pytest.mark.parametrize(("happen", "expected"), HAPPENS)
def test_between_planning_and_sending(reminding, happen, expected):
    """The rows are in the ledger; a sender starts later, and asks again."""
    with reminding.office.database.write() as connection:
        happen(connection, reminding)
    relay = reminding.a_relay()
    go(reminding, relay)

    assert set(PEOPLE[:-1]) >= reminded(reminding, relay)
    assert expected is reminding.states("reminder")["urad"]


def test_a_confirmation_is_not_stopped_by_an_objection(running):
    """Its sender learns of it at the dot, asks planning again, and it goes."""
    desk = running(*PEOPLE)
    desk.send()
    with desk.office.database.write() as connection:
        a_response("registered")(connection, desk)
    desk.plan()
    relay = Interrupting(desk, an_objection, clock=desk.clock)
    go(desk, relay)

    assert ["urad"] == taken(relay)
    assert {"urad": S.ACCEPTED} == desk.states("confirmation")
    assert 2 == b" ".join(relay.heard).count(b"RCPT TO:<urad@")
