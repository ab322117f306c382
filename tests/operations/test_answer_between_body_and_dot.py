"""M10: who answers while the reminder is on its way does not get it any more."""

from __future__ import annotations

from contextlib import ExitStack

from offices import taken
from relays import run

from mailer.model.delivery import DeliveryState as S
from mailer.model.response import Response, ResponseSource
from mailer.model.smtp import Stage
from mailer.sandbox.relay import ScriptedRelay
from mailer.store import deliveries, responses


class Interrupting(ScriptedRelay):
    """
    A relay in whose hands an answer comes in, between a body and its dot.

    It takes the database's write lock before the body, so that the sender's
    second mark has to wait, and commits once the body is here.
    """

    def __init__(self, desk, address, **asked):
        super().__init__(**asked)
        self.desk, self.address, self.open = desk, address, ExitStack()

    def steps(self, stage, address):
        """Answer at the body of the message to `address`, then go on as usual."""
        if address.startswith(self.address) and stage is Stage.DATA:
            self.connection = self.open.enter_context(self.desk.office.database.write())
            responses.record(self.connection, an_answer(self.desk))
        if address.startswith(self.address) and stage is Stage.BODY:
            self.open.close()
        return super().steps(stage, address)


def an_answer(desk):
    return Response(
        campaign=desk.name,
        organisation="001",
        kind="registered",
        at=desk.clock.now(),
        source=ResponseSource.STAFF,
        recorded_by="referentka",
    )


def test_an_answer_between_body_and_dot_withholds_the_dot(running):
    """The body is at the relay, the dot is not: the relay has nothing."""
    desk = running("obcina", "urad")
    desk.send()
    desk.until("reminder")

    async def scenario():
        async with Interrupting(desk, "obcina@", clock=desk.clock) as relay:
            await desk.round(relay)
            return relay

    relay = run(scenario())

    assert b"RCPT TO:<obcina@" in b" ".join(relay.heard)
    assert ["urad"] == taken(relay)
    assert {"obcina": S.ANSWERED, "urad": S.ACCEPTED} == desk.states("reminder")


def test_a_withdrawn_delivery_leaves_no_attempt(running):
    """Its first mark is taken back: the timeline tells of no attempt that was none."""
    desk = running("obcina", "urad")
    desk.send()
    desk.until("reminder")

    async def scenario():
        async with Interrupting(desk, "obcina@", clock=desk.clock) as relay:
            await desk.round(relay)

    run(scenario())
    row = desk.ledger("reminder")["obcina"]
    with desk.office.database.read() as connection:
        attempts = deliveries.attempts_of(connection, [row.id])

    assert (S.ANSWERED, 0) == (row.state, row.attempts)
    assert [] == list(attempts)
