"""One way narrows when asked, recovers by steps, and never closes."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.delivery.lane import FLOOR, MEMORY, Lane

NOW = datetime(2019, 4, 8, 7, 0, tzinfo=UTC)
NONE = timedelta(0)
SECOND = timedelta(seconds=1)
LONGEST = timedelta(seconds=1 / FLOOR - 1)

widths = st.integers(1, 4) | st.integers(1, 100)
intervals = st.sampled_from(
    [NONE, timedelta(milliseconds=1), SECOND, timedelta(days=1)]
)
events = st.lists(
    st.tuples(
        st.sampled_from(["slow", "slow", "recover", "begin", "narrow"]),
        st.integers(0, 90),
    ),
    max_size=60,
)


def slowed(lane: Lane, times: int, now: datetime = NOW) -> Lane:
    """Return the lane after so many complaints, each about a new message."""
    for number in range(1, times + 1):
        lane.slow_down(number, number, now)
    return lane


def after(lane: Lane, events: list[tuple[str, int]]) -> datetime:
    """Let it all happen to the lane; return the last instant."""
    now = NOW
    for number, (event, seconds) in enumerate(events, start=1):
        now += timedelta(seconds=seconds)
        match event:
            case "slow":
                lane.slow_down(number, number, now)
            case "recover":
                lane.recover()
            case "narrow":
                lane.narrow_to(seconds)
            case _:
                lane.begin(now)
    return now


@given(widths, intervals, events)
def test_it_stays_between_closed_and_the_settings(widest, interval, happened):
    """Always one at least, never more than allowed, never slower than the floor."""
    lane = Lane(widest, interval)
    after(lane, happened)

    assert 1 <= lane.at_once <= widest
    assert interval <= lane.gap <= max(interval, LONGEST)


@given(widths, intervals, events)
def test_who_waits_as_told_may_go(widest, interval, happened):
    """The wait is enough, and no longer than a gap."""
    lane = Lane(widest, interval)
    now = after(lane, happened)
    wait = timedelta(seconds=lane.wait(now))

    assert NONE <= wait <= lane.gap
    assert 0.0 == lane.wait(now + wait)


@given(widths, intervals, events)
def test_a_complaint_never_widens_and_an_acceptance_never_narrows(
    widest, interval, happened
):
    """Each pulls in its own direction."""
    lane = Lane(widest, interval)
    now = after(lane, happened)
    before = (-lane.at_once, lane.gap)
    lane.slow_down(1000, 1000, now)
    slow = (-lane.at_once, lane.gap)
    lane.recover()

    assert before <= slow
    assert (-lane.at_once, lane.gap) <= slow


@given(st.integers(1, 8), intervals, events)
def test_acceptances_alone_bring_it_back(widest, interval, happened):
    """From anywhere, to exactly what the settings allow, in bounded time."""
    lane = Lane(widest, interval)
    after(lane, happened)
    for _ in range(16 * (6 + widest * widest)):
        lane.recover()

    assert lane.is_calm
    assert (widest, interval) == (lane.at_once, lane.gap)


def test_it_halves_and_then_spaces_out():
    """8, 4, 2, 1 at once; then one in 1, 3, 7 … 63 seconds."""
    lanes = [slowed(Lane(8, NONE), times) for times in range(11)]

    assert [8, 4, 2, 1, 1, 1] == [lane.at_once for lane in lanes[:6]]
    gaps = [0, 0, 0, 0, 1, 3, 7, 15, 31, 63, 63]
    assert gaps == [lane.gap / SECOND for lane in lanes]


@given(st.integers(2, 12))
def test_a_gap_shrinks_by_a_sixteenth_of_the_pace(times):
    """From one a minute not at once to one in ten seconds."""
    lane = slowed(Lane(1, NONE), times)
    before = 1 / (lane.gap / SECOND + 1)
    lane.recover()

    assert 17 / 16 == pytest.approx(1 / (lane.gap / SECOND + 1) / before, rel=1e-5)


@given(widths, st.lists(st.integers(1, 20), max_size=30))
def test_a_session_that_is_closed_now_and_then_makes_no_gap(widest, accepted):
    """Where the next message is taken, there was no need to send less."""
    lane = Lane(widest, NONE)
    for number, count in enumerate(accepted, start=1):
        lane.slow_down(number, number, NOW)
        for _ in range(count):
            lane.recover()

        assert NONE == lane.gap


@given(st.integers(1, 50), st.integers(0, 50))
def test_what_was_under_way_slows_down_once(last, heard):
    """Four connections that are told at the same time were told once."""
    lane = Lane(64, NONE)
    lane.slow_down(1, last, NOW)
    for number in range(1, heard + 1):
        lane.slow_down(number, last + heard, NOW)

    assert (16 if heard > last else 32) == lane.at_once


@given(st.integers(1, 12), st.integers(0, 7200))
def test_an_hour_without_complaints_is_forgotten(times, seconds):
    """A domain that was slow yesterday is not slow today."""
    lane, now = slowed(Lane(8, NONE), times), NOW + timedelta(seconds=seconds)
    is_forgotten = seconds >= MEMORY / SECOND

    assert is_forgotten is lane.is_forgettable(now)
    lane.begin(now)
    assert is_forgotten is lane.is_calm


@given(widths, intervals, events, st.integers(0, 2 * 86400))
def test_only_what_a_new_lane_would_do_as_well_is_forgotten(
    widest, interval, happened, seconds
):
    """Nobody goes sooner, nor more at once, because a lane was forgotten."""
    lane, new = Lane(widest, interval), Lane(widest, interval)
    now = after(lane, happened) + timedelta(seconds=seconds)

    if lane.is_forgettable(now) and not any(event == "narrow" for event, _ in happened):
        assert new.wait(now) == lane.wait(now)
        lane.begin(now)
        new.begin(now)
        assert (new.at_once, new.gap) == (lane.at_once, lane.gap)
        assert new.wait(now) == lane.wait(now)


@given(st.integers(0, 10**6))
def test_a_clock_that_was_set_back_costs_one_gap(seconds):
    """Not the hours it was set back by."""
    lane = Lane(4, SECOND)
    lane.begin(NOW)
    early = NOW - timedelta(seconds=seconds)

    assert 1.0 == lane.wait(early)
    assert 0.0 == lane.wait(early + SECOND)


@given(intervals, events, st.integers(1, 30))
def test_turns_come_one_after_the_other(interval, happened, count):
    """Those who were sent away do not come back all at once, nor too early."""
    lane = Lane(4, interval)
    now = after(lane, happened)
    turns = [lane.turn(now) for _ in range(count)]

    assert timedelta(seconds=lane.wait(now)) == turns[0] - now
    for one, following in itertools.pairwise(turns):
        assert max(lane.gap, SECOND) == following - one


@pytest.mark.parametrize(("others", "expected"), [(0, 1), (2, 2), (9, 4)])
def test_as_many_as_were_let_in(others, expected):
    """The relay's own limit is found out at the first refusal, and never 0."""
    lane = Lane(4, NONE)
    lane.narrow_to(others)

    assert expected == lane.at_once
