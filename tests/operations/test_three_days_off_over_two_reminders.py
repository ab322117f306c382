"""B13: the scheduler is off for three days, over the dates of two reminders."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from clocks import FastClock
from daemons import an_office_that_says, at_work, let_go, pass_, until
from offices import taken
from relays import run

from mailer.model.delivery import DeliveryState as S

PEOPLE = [f"obcina{number}" for number in range(12)]
ANSWERED = PEOPLE[:3]

#: two reminders on a Tuesday and a Wednesday, one that nobody waits for on Thursday
CAMPAIGN = """
answer_by = 2027-03-12

[responses]
registered = true
question = "pause"

[[step]]
name = "letter"
to = "everyone"
at = 2027-03-01T09:00:00

[[step]]
name = "reminder"
to = "silent"
at = 2027-03-09T09:00:00

[[step]]
name = "last-call"
to = "silent"
at = 2027-03-10T09:00:00
"""

ZONE = ZoneInfo("Europe/Ljubljana")
BEGINNING = datetime(2027, 3, 1, 8, 55, tzinfo=ZONE)
OFF = datetime(2027, 3, 8, 12, tzinfo=ZONE)


@pytest.fixture
def opened(tmp_path):
    """Return a function: a clock → the office, opened."""
    return an_office_that_says(tmp_path / "office", CAMPAIGN)


def after(opened, back_at, restarts=1):
    """Be off from Monday noon to `back_at`; return who got what, and the states."""
    clock = FastClock(BEGINNING, speed=600)

    async def scenario(desk, relay):
        async with relay:
            async with at_work(desk, relay):
                await until(lambda: len(relay.accepted) == len(PEOPLE), "all have it")
            for name in ANSWERED:  # in the mailbox, where nobody looks meanwhile
                desk.write("letter", name, "Pridemo. Lep pozdrav.")
            clock.jump(back_at)
            for _ in range(restarts):
                async with at_work(desk, relay):
                    await pass_(clock, 15)

    with opened(clock) as office:
        desk = let_go(office, clock, PEOPLE)
        relay = desk.a_relay()
        run(scenario(desk, relay), 120)
        steps = ("letter", "reminder", "last-call")
        return taken(relay), {step: desk.states(step) for step in steps}


def off_until(*parts):
    """Return a moment by the office's clocks."""
    return datetime(*parts, tzinfo=ZONE)


@pytest.mark.parametrize("restarts", [1, 3])
def test_b13_two_that_were_passed_over_become_one(opened, restarts):
    """Back on Thursday: the later one goes, once; the earlier is missed by name."""
    got, states = after(opened, off_until(2027, 3, 11, 12), restarts)
    silent = [name for name in PEOPLE if name not in ANSWERED]

    assert Counter(PEOPLE) + Counter(silent) == Counter(got)
    assert dict.fromkeys(silent, S.ACCEPTED) == states["last-call"]
    assert {S.MISSED} == set(states["reminder"].values())
    assert set(silent) <= set(states["reminder"])


def test_b13_one_whose_time_is_not_over_is_caught_up(opened):
    """Back on Tuesday afternoon: the first reminder goes late, the second in time."""
    got, states = after(opened, off_until(2027, 3, 9, 14))
    silent = [name for name in PEOPLE if name not in ANSWERED]

    assert Counter(PEOPLE) + Counter(silent) == Counter(got)
    assert dict.fromkeys(silent, S.ACCEPTED) == states["reminder"]
    assert {} == states["last-call"]


@pytest.mark.parametrize(
    "back_at",
    [
        pytest.param((2027, 3, 12, 16, 30), id="after hours on the last day"),
        pytest.param((2027, 3, 15, 9), id="the Monday after"),
    ],
)
def test_b13_after_the_deadline_nobody_is_reminded(opened, back_at):
    """Both are missed; the mailbox is read all the same."""
    got, states = after(opened, off_until(*back_at))

    assert Counter(PEOPLE) == Counter(got)
    for step in ("reminder", "last-call"):
        assert {S.MISSED} == set(states[step].values())


def test_b13_back_at_night_it_waits_for_the_morning(opened):
    """However late it is: nothing leaves outside the sending window."""
    got, states = after(opened, off_until(2027, 3, 11, 3))

    assert Counter(PEOPLE) == Counter(got)
    assert {} == states["last-call"]
