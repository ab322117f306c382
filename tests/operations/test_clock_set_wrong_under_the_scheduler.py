"""B11: the clock is set a year ahead or an hour back under a scheduler at work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from clocks import FastClock
from daemons import at_work, pass_, until
from offices import BEFORE, Desk, an_office, taken
from relays import run

from mailer.model.delivery import DeliveryState as S
from mailer.model.delivery import Fault
from mailer.model.smtp import Stage
from mailer.operations.heartbeat import last_ticks
from mailer.sandbox.behaviours import Deed
from mailer.sandbox.relay import ScriptedRelay
from mailer.scheduling.patience import Patience

PEOPLE = [f"obcina{number}" for number in range(30)]
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)
REMINDERS = ("reminder", "last-call")
SPEED = 600


class Setting(ScriptedRelay):
    """A relay that sets the clock when it reaches a stage for the n-th time."""

    def __init__(self, desk, wrong_by, stage=Stage.DATA, countdown=9, then=None):
        super().__init__(clock=desk.clock)
        self.desk, self.wrong_by = desk, wrong_by
        self.stage, self.countdown, self.then = stage, countdown, then

    def steps(self, stage, address):
        """Set it if it is time, and answer that time as told."""
        if stage is self.stage:
            self.countdown -= 1
            if self.countdown == 0:
                self.desk.clock.wrong_by = self.wrong_by
                return self.then or super().steps(stage, address)
        return super().steps(stage, address)


@pytest.fixture
def desk(tmp_path):
    """Return the desk of a conference whose invitation is due, on a fast clock."""
    clock = FastClock(BEFORE, SPEED)
    with an_office(tmp_path / "office", clock) as office:
        desk = Desk.running(office, clock, PEOPLE)
        clock.jump(clock.now() + 3 * HOUR)  # an hour back it is due, too
        yield desk


def sent_or_given_up(desk):
    """Return whether nothing of the invitation is under way."""
    return {S.ACCEPTED, S.MISSED} == set(desk.states().values())


def test_b11_a_year_ahead_sends_no_flood(desk):
    """What it passed over is missed by name; set right, nobody is reminded late."""
    relay = Setting(desk, YEAR)

    async def scenario():
        async with relay, at_work(desk, relay):
            await until(lambda: sent_or_given_up(desk), "the invitation is over")
            await until(lambda: desk.states("last-call"), "it planned a year ahead")
            await pass_(desk.clock, 5)
            ahead = len(relay.accepted)
            desk.clock.wrong_by = timedelta(0)
            desk.until("reminder")
            await pass_(desk.clock, 30)
            return ahead

    ahead = run(scenario())
    states = desk.states()

    assert len(set(taken(relay))) == len(taken(relay)) == ahead
    assert set(taken(relay)) == {n for n, one in states.items() if one is S.ACCEPTED}
    assert set(PEOPLE) == set(states)
    for step in REMINDERS:
        assert {S.MISSED} >= set(desk.states(step).values())


@pytest.mark.parametrize("stage", [Stage.EHLO, Stage.DATA, Stage.END_OF_DATA])
def test_b11_an_hour_back_stops_nothing(desk, stage):
    """The invitation goes on at once, and the reminder comes at its time."""
    relay = Setting(desk, -HOUR, stage, countdown=1)

    async def scenario():
        async with relay, at_work(desk, relay):
            await until(lambda: relay.countdown < 1, "the clock is set")
            begun = desk.clock.monotonic()
            await until(lambda: len(taken(relay)) == len(PEOPLE), "all have it")
            lasted = timedelta(seconds=desk.clock.monotonic() - begun)
            desk.until("reminder")
            await until(lambda: len(taken(relay)) == 2 * len(PEOPLE), "all reminded")
            await pass_(desk.clock, 30)
            return lasted

    lasted = run(scenario())

    assert lasted < timedelta(minutes=30)
    assert sorted(2 * PEOPLE) == sorted(taken(relay))
    for step in ("invitation", "reminder"):
        assert {S.ACCEPTED} == set(desk.states(step).values())


def test_b11_the_ticks_follow_no_clock_that_is_set(desk):
    """An hour back, and the next tick of each kind comes within minutes."""
    relay = desk.a_relay()

    def ticked(since):
        ticks = last_ticks(desk.office.folder)
        return len(ticks) == 3 and min(one.at for one in ticks.values()) > since

    async def scenario():
        async with relay, at_work(desk, relay):
            await until(lambda: ticked(BEFORE), "all have ticked")
            desk.clock.wrong_by = -24 * HOUR
            set_at, begun = desk.clock.now(), desk.clock.monotonic()
            await until(
                lambda: (
                    max(t.at for t in last_ticks(desk.office.folder).values())
                    < set_at + HOUR
                ),
                "all have ticked by the clock as it is",
            )
            return desk.clock.monotonic() - begun

    assert run(scenario()) < 30 * 60


def test_b11_a_relay_that_was_away_is_tried_again_though_the_clock_was_set(desk):
    """It is left in peace for a minute, not for that and an hour."""
    busy = (b"421 4.3.2 try later\r\n", Deed.FIN)
    relay = Setting(desk, timedelta(0), Stage.GREETING, countdown=1, then=busy)

    async def scenario():
        async with relay, at_work(desk, relay) as said:
            await until(lambda: "4.3.2" in str(said), "it was tried")
            desk.clock.wrong_by = -HOUR
            begun = desk.clock.monotonic()
            await until(lambda: relay.accepted, "it was tried again")
            return desk.clock.monotonic() - begun

    assert run(scenario()) < 30 * 60


@pytest.mark.parametrize("wrong_by", [-YEAR, -HOUR, HOUR, YEAR])
def test_b11_patience_is_by_no_clock_that_is_set(wrong_by):
    """A minute after the first failure, two after the second."""
    clock = FastClock(BEFORE, speed=0)
    patience = Patience(clock)
    waits = []
    for minutes in (1, 2):
        patience.failed(Fault.HOST)
        clock.wrong_by += wrong_by
        waits.append(patience.waits)
        clock.jump(clock.now() + timedelta(minutes=minutes, seconds=-1))
        waits.append(patience.waits)
        clock.jump(clock.now() + timedelta(seconds=2))
        waits.append(patience.waits)
    patience.succeeded()

    assert [True, True, False] * 2 == waits
    assert not patience.waits
