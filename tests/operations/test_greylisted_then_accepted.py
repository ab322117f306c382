"""A16, M02: a relay that greylists gets the message at the next try, and only once."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from offices import taken
from relays import run

from mailer.model.delivery import DeliveryState as S
from mailer.store import deliveries


def test_a_greylisted_message_goes_out_at_the_second_try(running):
    """450 at RCPT defers; after the wait the same message is accepted."""
    desk = running("greylist", "obcina")

    async def scenario():
        async with desk.a_relay() as relay:
            await desk.round(relay)
            between = desk.states()
            await desk.round(relay)
            too_early = taken(relay)
            desk.clock.jump(desk.ledger()["greylist"].next_try_at)
            await desk.round(relay)
            return between, too_early, taken(relay)

    between, too_early, at_last = run(scenario())

    assert {"greylist": S.PLANNED, "obcina": S.ACCEPTED} == between
    assert ["obcina"] == too_early
    assert ["obcina", "greylist"] == at_last
    assert 2 == desk.ledger()["greylist"].attempts


def test_every_attempt_sends_the_same_bytes(running):
    """Message-ID, date and text are those of the first attempt, byte for byte."""
    desk = running("defer.dot.1")

    async def scenario():
        async with desk.a_relay() as relay:
            await desk.round(relay)
            desk.clock.jump(desk.clock.now() + timedelta(hours=3))
            await desk.round(relay)
            return relay.accepted

    [message] = run(scenario())
    with desk.office.database.read() as connection:
        rows = deliveries.attempts_of(connection, [desk.ledger()["defer.dot.1"].id])

    assert ["deferred", "accepted"] == [row.outcome for row in rows]
    assert {hashlib.sha256(message.data).hexdigest()} == {row.digest for row in rows}
