"""A full mailbox is tried again until the step's time is over; staff are told."""

from __future__ import annotations

from relays import run

from mailer.model.delivery import DeliveryState as S
from mailer.planning.windows import WorkCalendar


def test_a_mailbox_that_stays_full_is_missed_in_the_end(running):
    """452 at RCPT never suppresses, never refuses; the time ends it."""
    desk = running("full", "obcina")
    calendar = WorkCalendar.of(desk.opened.campaign)

    async def scenario():
        tries = []
        async with desk.a_relay() as relay:
            await desk.round(relay)
            while (row := desk.ledger()["full"]).state is S.PLANNED:
                tries.append(row.next_try_at)
                desk.clock.jump(row.next_try_at)
                await desk.round(relay)
        return tries

    tries = run(scenario())
    row = desk.ledger()["full"]

    assert S.MISSED is row.state
    assert "452 4.2.2" in row.last_exchange
    assert sorted(tries) == tries
    assert 5 < len(tries)
    assert [at for at in tries if at != calendar.next_opening(at)] == []
    assert set() == desk.suppressed()
