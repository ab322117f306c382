"""B12: the night that lacks an hour and the night that repeats one, in whole plans."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from factories import a_campaign
from hypothesis import given
from hypothesis import strategies as st

from mailer.model.campaign import (
    EVERYONE,
    SILENT,
    At,
    Event,
    Relative,
    SendingWindow,
    Step,
)
from mailer.planning.schedule import schedule
from mailer.planning.windows import WorkCalendar

SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)
#: clocks change on a Friday here, a working day by Slovenian law
CAIRO = "Africa/Cairo"
ALL_DAY = SendingWindow(opens=time(0), closes=time(23, 59))


def wall(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def planned(step, **changes):
    """Return the time of the only step."""
    changes = {"event": None, "answer_by": None} | changes
    return schedule(a_campaign(steps=(step,), **changes))[step.name]


def test_a_time_in_the_gap_is_an_hour_later_and_says_so():
    """In Cairo the clocks skip from 00:00 to 01:00 on Friday 30 April 2027."""
    step = Step("news", EVERYONE, At(wall(date(2027, 4, 30), 0, 30)))

    time_ = planned(step, timezone=CAIRO, window=ALL_DAY)

    assert utc(2027, 4, 29, 22, 30) == time_.due
    assert "the clocks skip 00:30: 01:30 is meant" in time_.reasons[0]


def test_a_time_in_the_fold_is_the_first_and_says_so():
    """In Cairo 23:30 on Thursday 28 October 2027 comes twice."""
    step = Step("news", EVERYONE, At(wall(date(2027, 10, 28), 23, 30)))

    time_ = planned(step, timezone=CAIRO, window=ALL_DAY)

    assert utc(2027, 10, 28, 20, 30) == time_.due
    assert "the clocks show 23:30 twice: the first is meant" in time_.reasons[0]


def test_an_ordinary_time_is_not_spoken_of():
    """Nine o'clock on the day of the change is nine o'clock."""
    step = Step("news", EVERYONE, At(wall(date(2027, 4, 30), 9)))

    time_ = planned(step, timezone=CAIRO, window=ALL_DAY)

    assert ("at the time given (Fri 30 Apr 2027, 09:00)",) == time_.reasons


@pytest.mark.parametrize(
    ("night", "day"),
    [
        pytest.param(SPRING, date(2027, 3, 30), id="Easter, too, in 2027"),
        pytest.param(AUTUMN, date(2027, 11, 2), id="Reformation Day, too"),
    ],
)
def test_a_step_in_the_night_of_the_change_waits_for_a_working_day(night, day):
    """The night is a Sunday's here."""
    time_ = planned(Step("news", EVERYONE, At(wall(night, 2, 30))))

    local = WorkCalendar.of(a_campaign()).local(time_.due)
    assert (day, 8) == (local.date(), local.hour)
    assert "is closed" in time_.reasons[-1]


@pytest.mark.parametrize(
    ("deadline", "end"),
    [
        pytest.param(SPRING, utc(2027, 3, 28, 22), id="a day of 23 hours"),
        pytest.param(AUTUMN, utc(2027, 10, 31, 23), id="a day of 25 hours"),
    ],
)
def test_a_deadline_on_the_day_of_the_change_lasts_until_midnight(deadline, end):
    """Inclusive means the whole day, however long it is."""
    time_ = planned(Step("call", SILENT, Relative(-1, "answer_by")), answer_by=deadline)

    assert end == time_.expires


@pytest.mark.parametrize(
    ("limit", "expires"),
    [
        pytest.param(wall(SPRING, 2, 30), utc(2027, 3, 28, 1, 30), id="gap"),
        pytest.param(wall(AUTUMN, 2, 30), utc(2027, 10, 31, 0, 30), id="fold"),
    ],
)
def test_a_limit_in_the_gap_and_in_the_fold(limit, expires):
    """`not_after` means the later hour in spring, the first one in autumn."""
    friday = limit.date() - timedelta(2)
    step = Step("news", EVERYONE, At(wall(friday, 9)), not_after=limit)

    assert expires == planned(step).expires


def test_nine_stays_nine_across_the_change():
    """Ten working days from summer to winter time are an hour more than weeks."""
    step = Step("eve", "registered", Relative(-1, "event"))

    time_ = planned(step, event=Event(start=wall(date(2027, 11, 2), 10)))

    # Monday 1 November and Sunday 31 October are closed: Friday at eight, in summer.
    assert utc(2027, 10, 29, 6) == time_.due
    assert utc(2027, 11, 2, 9) == time_.expires


def test_the_window_of_a_repeated_hour_is_open_once():
    """Between 22:15 and 23:30 mail leaves in the first hour, not in the second."""
    window = SendingWindow(opens=time(22, 15), closes=time(23, 30))
    calendar = WorkCalendar.of(a_campaign(timezone=CAIRO, window=window))
    second = utc(2027, 10, 28, 21, 20)  # 23:20 by the clocks, once more

    assert second - timedelta(hours=1) == calendar.next_opening(
        second - timedelta(hours=1)
    )
    assert second < calendar.next_opening(second)


def test_the_window_that_opens_in_a_repeated_hour_stays_open():
    """When the clocks go back behind the opening, mail goes on leaving."""
    window = SendingWindow(opens=time(23, 15), closes=time(23, 59))
    calendar = WorkCalendar.of(a_campaign(timezone=CAIRO, window=window))
    second = utc(2027, 10, 28, 21, 5)  # 23:05 by the clocks, once more

    assert second <= calendar.next_opening(second)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    st.sampled_from([CAIRO, "Europe/Ljubljana", "America/Havana", "Asia/Beirut"]),
    st.times(),
    st.times(),
)
def test_an_opening_is_never_in_the_past_whatever_the_zone(instant, zone, one, other):
    """Even where the office works through the nights of the clock changes."""
    opens, closes = sorted((one.replace(microsecond=0), other.replace(microsecond=0)))
    if opens == closes:
        return
    window = SendingWindow(opens=opens, closes=closes)
    calendar = WorkCalendar.of(a_campaign(timezone=zone, window=window))

    opening = calendar.next_opening(instant)

    assert opening >= instant
    assert calendar.is_working_day(calendar.local(opening).date())
