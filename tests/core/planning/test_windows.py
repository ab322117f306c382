"""Working days, sending hours, and the two nights on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import a_campaign
from hypothesis import given
from hypothesis import strategies as st

from mailer.model.campaign import SendingWindow
from mailer.planning.windows import OFFICE_CLOSED, WorkCalendar

LJUBLJANA = ZoneInfo("Europe/Ljubljana")
BRIDGE_DAY = date(2019, 4, 29)
CALENDAR = WorkCalendar.of(
    a_campaign(window=SendingWindow(closed_days=frozenset({BRIDGE_DAY})))
)

days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
instants = st.datetimes(
    datetime(2015, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2035, 12, 31),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=st.just(UTC),
)


def wall(*parts: int) -> datetime:
    """Return a wall-clock time without a zone, as a campaign's file has it."""
    return datetime(*parts)  # noqa: DTZ001 - naive on purpose


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2019, 4, 19), "", id="Good Friday is a working day"),
        pytest.param(date(2019, 4, 22), "velikonočni ponedeljek", id="Easter Monday"),
        pytest.param(date(2019, 4, 27), "dan upora proti okupatorju", id="Saturday"),
        pytest.param(date(2019, 4, 28), "nedelja", id="Sunday"),
        pytest.param(date(2019, 5, 4), "sobota", id="a plain Saturday"),
        pytest.param(BRIDGE_DAY, OFFICE_CLOSED, id="the office's own"),
        pytest.param(date(2019, 5, 2), "praznik dela", id="the second of May"),
        pytest.param(date(2019, 6, 10), "", id="Whit Monday is a working day"),
        pytest.param(date(2019, 11, 23), "sobota", id="a holiday with work: Maister"),
        pytest.param(date(2015, 1, 2), "", id="2 January in 2013 to 2016"),
        pytest.param(date(2017, 1, 2), "novo leto", id="2 January since 2017"),
        pytest.param(date(2017, 10, 31), "dan reformacije", id="Reformation Day"),
        pytest.param(
            date(2023, 8, 14), "dan solidarnosti", id="once, after the floods"
        ),
    ],
)
def test_why_closed(day, expected):
    """A closed day is called by its Slovenian name; a working day has none."""
    assert expected == CALENDAR.why_closed(day)
    assert (not expected) is CALENDAR.is_working_day(day)


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        pytest.param(date(2019, 5, 3), -1, date(2019, 4, 30), id="over 1 and 2 May"),
        pytest.param(date(2019, 5, 3), -5, date(2019, 4, 23), id="and the bridge day"),
        pytest.param(date(2017, 9, 28), 10, date(2017, 10, 12), id="ministry, 10"),
        pytest.param(date(2017, 9, 28), 15, date(2017, 10, 19), id="ministry, 15"),
        pytest.param(date(2017, 9, 28), 20, date(2017, 10, 26), id="ministry, 20"),
        pytest.param(date(2017, 10, 30), 1, date(2017, 11, 2), id="end of October"),
        pytest.param(date(2019, 5, 5), -1, date(2019, 5, 3), id="from a Sunday back"),
        pytest.param(date(2019, 5, 5), 1, date(2019, 5, 6), id="from a Sunday on"),
        pytest.param(date(2019, 5, 5), 0, date(2019, 5, 5), id="none"),
    ],
)
def test_add_working_days(day, n, expected):
    """Only working days count, in both directions; the first day does not."""
    assert expected == CALENDAR.add_working_days(day, n)


@given(days, st.integers(1, 40))
def test_counting_back_undoes_counting_on(day, n):
    """From a working day, n days on and n days back lead home."""
    start = CALENDAR.add_working_days(day, 1)

    assert start == CALENDAR.add_working_days(CALENDAR.add_working_days(start, n), -n)


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        pytest.param(wall(2026, 3, 29, 2, 30), "2026-03-29T01:30", id="gap"),
        pytest.param(wall(2026, 3, 29, 8, 0), "2026-03-29T06:00", id="after the gap"),
        pytest.param(wall(2026, 3, 28, 8, 0), "2026-03-28T07:00", id="the day before"),
        pytest.param(wall(2026, 10, 25, 2, 30), "2026-10-25T00:30", id="fold"),
        pytest.param(wall(2026, 10, 25, 8, 0), "2026-10-25T07:00", id="after the fold"),
    ],
)
def test_instant_on_the_nights_of_the_clock_changes(local, expected):
    """A time that does not exist is an hour later; of a double one, the first."""
    instant = CALENDAR.instant(local)

    assert datetime.fromisoformat(expected).replace(tzinfo=UTC) == instant


def test_the_hour_that_spring_leaves_out_is_shown_as_the_next_one():
    """02:30 in the gap is half past three on everybody's clock."""
    shown = CALENDAR.local(CALENDAR.instant(wall(2026, 3, 29, 2, 30)))

    assert wall(2026, 3, 29, 3, 30) == shown.replace(tzinfo=None)


def test_a_fold_given_by_the_caller_is_ignored():
    """A file cannot say which of two 02:30 it means, so it is always the first."""
    local = wall(2026, 10, 25, 2, 30)

    assert CALENDAR.instant(local) == CALENDAR.instant(local.replace(fold=1))


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        pytest.param(wall(2019, 4, 24, 8, 0), wall(2019, 4, 24, 8, 0), id="opening"),
        pytest.param(wall(2019, 4, 24, 15, 59), wall(2019, 4, 24, 15, 59), id="inside"),
        pytest.param(wall(2019, 4, 24, 16, 0), wall(2019, 4, 25, 8, 0), id="closing"),
        pytest.param(wall(2019, 4, 24, 3, 0), wall(2019, 4, 24, 8, 0), id="night"),
        pytest.param(wall(2019, 4, 26, 16, 30), wall(2019, 4, 30, 8, 0), id="weekend"),
        pytest.param(wall(2019, 4, 30, 20, 0), wall(2019, 5, 3, 8, 0), id="May days"),
        pytest.param(wall(2026, 3, 29, 2, 30), wall(2026, 3, 30, 8, 0), id="spring"),
        pytest.param(wall(2026, 10, 25, 2, 30), wall(2026, 10, 26, 8, 0), id="autumn"),
    ],
)
def test_next_opening(local, expected):
    """Inside the window nothing changes; outside it is the next working morning."""
    instant = local.replace(tzinfo=LJUBLJANA)

    assert expected.replace(tzinfo=LJUBLJANA) == CALENDAR.next_opening(instant)


@given(instants)
def test_an_opening_is_inside_the_window_and_stays(instant):
    """Whatever the instant, the next opening is not before it, and is open."""
    opening = CALENDAR.next_opening(instant)
    local = CALENDAR.local(opening)

    assert opening >= instant
    assert opening == CALENDAR.next_opening(opening)
    assert CALENDAR.is_working_day(local.date())
    assert time(8) <= local.time() < time(16)


@given(days)
def test_a_day_ends_where_the_next_begins(day):
    """A deadline is inclusive: the last microsecond of its day is still in time."""
    last = CALENDAR.end_of(day) - timedelta(microseconds=1)

    assert day == CALENDAR.local(last).date()
    assert day + timedelta(days=1) == CALENDAR.local(CALENDAR.end_of(day)).date()
