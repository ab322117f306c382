"""B11: the machine's clock is set in the middle of a round, forward or back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from offices import BEFORE, taken
from relays import run

from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Stage
from mailer.sandbox.clock import VirtualClock
from mailer.sandbox.relay import ScriptedRelay
from mailer.store import deliveries

PEOPLE = [f"obcina{number}" for number in range(30)]

HOUR = timedelta(hours=1)
YEAR = timedelta(days=365)


class SetClock(VirtualClock):
    """A clock that somebody sets."""

    wrong_by = timedelta(0)

    def now(self):
        """Return what it shows."""
        return super().now() + self.wrong_by


class Setting(ScriptedRelay):
    """A relay during whose n-th DATA the sender's clock is set; its own is right."""

    def __init__(self, desk, wrong_by, countdown=9):
        super().__init__(clock=VirtualClock(desk.clock.now()))
        self.desk, self.wrong_by, self.countdown = desk, wrong_by, countdown
        self.had = 0  #: messages when it was

    def steps(self, stage, address):
        """Set it if it is time, then go on as usual."""
        if stage is Stage.DATA:
            self.countdown -= 1
            if self.countdown == 0:
                self.desk.clock.wrong_by = self.wrong_by
                self.had = len(self.accepted)
        return super().steps(stage, address)


@pytest.fixture
def clock():
    """Return a clock that can be set."""
    return SetClock(BEFORE)


def send(desk, *relays):
    """Send a round through each relay, one after the other."""

    async def scenario():
        for relay in relays:
            async with relay:
                await desk.round(relay)

    run(scenario())


def test_past_the_leases(running):
    """Their dots are withheld; leased anew, each goes out once."""
    desk = running(*PEOPLE)
    relay = Setting(desk, HOUR)

    send(desk, relay)
    attempts = {row.attempts for row in desk.ledger().values()}

    assert sorted(PEOPLE) == sorted(taken(relay))
    assert {S.ACCEPTED} == set(desk.states().values())
    assert {1} == attempts  # what was withheld was no attempt
    assert relay.heard.count(b"DATA") > len(PEOPLE)


def test_a_year_ahead(running):
    """No reminder leaves for what is long past, and nobody is lost from the ledger."""
    desk = running(*PEOPLE)
    ahead, later = Setting(desk, YEAR), desk.a_relay()

    send(desk, ahead, later)
    states = desk.states()

    # Dots that were out already: one per connection.
    assert ahead.had <= len(ahead.accepted) < ahead.had + 4
    assert [] == later.heard
    assert set(taken(ahead)) == {n for n, one in states.items() if one is S.ACCEPTED}
    assert {S.ACCEPTED, S.MISSED} == set(states.values())
    assert set(PEOPLE) == set(states)
    assert {S.MISSED} >= set(desk.states("reminder").values())


@pytest.mark.parametrize("back", [HOUR, YEAR])
def test_back(running, back):
    """What is leased goes out, or waits until it is due again; nobody twice."""
    desk = running(*PEOPLE)
    wrong, right = Setting(desk, -back), desk.a_relay()

    send(desk, wrong)
    desk.clock.wrong_by = timedelta(0)
    send(desk, right)

    assert sorted(PEOPLE) == sorted(taken(wrong) + taken(right))
    assert {S.ACCEPTED} == set(desk.states().values())


def test_the_order_of_the_attempts_is_not_the_clocks(running):
    """A second attempt is the second, also where it is the earlier one by its date."""
    desk = running("greylist.1")
    relay = Setting(desk, -timedelta(minutes=50), countdown=0)
    send(desk, relay)
    desk.clock.jump(desk.clock.now() + HOUR)
    relay.countdown = 1
    send(desk, relay)

    row = desk.ledger()["greylist.1"]
    with desk.office.database.read() as connection:
        found = list(deliveries.attempts_of(connection, [row.id]))

    assert [1, 2] == [one.number for one in found]
    assert ["deferred", "accepted"] == [one.outcome for one in found]
    assert found[1].finished_at < found[1].begun_at
