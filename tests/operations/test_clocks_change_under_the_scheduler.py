"""B12: a letter in the hour that is missing or comes twice, at work and after it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from clocks import FastClock
from daemons import an_office_that_says, at_work, let_go, pass_, until
from offices import taken
from relays import run

from mailer.model.delivery import DeliveryState as S

PEOPLE = [f"obcina{number}" for number in range(6)]

CAMPAIGN = """
[[step]]
name = "letter"
to = "everyone"
at = {at}
"""

#: the zone; when it is to go by its clocks; when they change, when it may go (UTC).
#: In Cairo they change on a working day; here on a Sunday, and Monday is the next.
NIGHTS = {
    "gap": ("Africa/Cairo", "2026-04-24T00:30:00", (4, 23, 22), (4, 23, 22, 30)),
    "fold": ("Africa/Cairo", "2026-10-29T23:30:00", (10, 29, 21), (10, 29, 20, 30)),
    "spring": ("Europe/Ljubljana", "2026-03-29T02:30:00", (3, 29, 1), (3, 30, 6)),
    "autumn": ("Europe/Ljubljana", "2026-10-25T02:30:00", (10, 25, 1), (10, 26, 7)),
}
NEAR = timedelta(minutes=20)


def utc(*parts):
    return datetime(2026, *parts, tzinfo=UTC)


@pytest.fixture
def opened(tmp_path, request):
    """Return a function: a clock → an office that may send all day."""
    zone, at, _, _ = NIGHTS[request.node.callspec.params["night"]]
    settings = {"timezone": zone}
    if zone == "Africa/Cairo":
        settings |= {"opens": "00:00", "closes": "23:59"}
    return an_office_that_says(tmp_path / "office", CAMPAIGN.format(at=at), **settings)


@pytest.mark.parametrize("night", NIGHTS)
@pytest.mark.parametrize("is_down", [False, True], ids=["at work", "down"])
def test_b12_it_goes_once_and_at_its_time(opened, night, is_down):
    """The missing time is an hour later, of two equal ones it is the first."""
    change, due = (utc(*parts) for parts in NIGHTS[night][2:])
    clock = FastClock(min(change, due) - NEAR, speed=1500)

    async def scenario(desk, relay):
        if is_down:
            clock.jump(change + timedelta(minutes=5))
        async with relay, at_work(desk, relay):
            await pass_(clock, 25)
            clock.jump(due - NEAR)
            await until(lambda: len(relay.accepted) >= len(PEOPLE), "all have it")
            await pass_(clock, 70)  # the hour comes again

    with opened(clock) as office:
        desk = let_go(office, clock, PEOPLE)
        relay = desk.a_relay()
        run(scenario(desk, relay), 120)
        rows = desk.ledger("letter").values()

    begun = [row.first_begun_at for row in rows]
    latest = max(due, change) if is_down else due
    assert sorted(PEOPLE) == sorted(taken(relay))
    assert {(S.ACCEPTED, due)} == {(row.state, row.due_at) for row in rows}
    assert due <= min(begun) <= max(begun) < latest + timedelta(minutes=90)
