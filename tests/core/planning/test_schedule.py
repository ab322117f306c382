"""The time of each step, against the calendars of 2017 and 2019."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from factories import a_campaign

from mailer.model.campaign import (
    EVERYONE,
    SILENT,
    At,
    Event,
    Finality,
    Relative,
    SendingWindow,
    Step,
)
from mailer.planning.schedule import after_response, follows_response, schedule

LJUBLJANA = ZoneInfo("Europe/Ljubljana")


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001 - naive on purpose


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LJUBLJANA)


def time_of(step: Step, **changes):
    """Return the time of `step` as the second of a campaign."""
    opening = Step("invitation", EVERYONE, At(wall(2019, 4, 8, 9)))
    return schedule(a_campaign(steps=(opening, step), **changes))[step.name]


def test_conference_of_2019():
    """Every message of the real conference falls on a day when people are at work."""
    times = schedule(a_campaign())

    assert {
        "invitation": at(2019, 4, 8, 9),
        "reminder": at(2019, 4, 24, 8),
        "last-call": at(2019, 4, 30, 8),
        "eve": at(2019, 5, 7, 8),
    } == {name: time.due for name, time in times.items()}


def test_conference_steps_end_before_they_embarrass():
    """No reminder after the next one or the deadline; no eve after the start."""
    times = schedule(a_campaign())

    assert {
        "invitation": at(2019, 5, 4),
        "reminder": at(2019, 4, 30, 8),
        "last-call": at(2019, 5, 4),
        "eve": at(2019, 5, 8, 10),
    } == {name: time.expires for name, time in times.items()}
    assert all(time.due.tzinfo is UTC for time in times.values())


def test_ministry_of_2017():
    """Ten and fifteen working days after Thursday 28 September 2017, no deadline."""
    campaign = a_campaign(
        answer_by=None,
        event=None,
        responses={"form": Finality.FINAL},
        steps=(
            Step("letter", EVERYONE, At(wall(2017, 9, 28, 9))),
            Step("reminder", SILENT, Relative(10, "letter")),
            Step("last-call", SILENT, Relative(15, "letter")),
        ),
    )

    times = schedule(campaign)

    assert at(2017, 10, 12, 8) == times["reminder"].due
    assert at(2017, 10, 19, 8) == times["last-call"].due
    assert at(2017, 10, 19, 8) == times["reminder"].expires
    # 31 October and 1 November are holidays: ten working days end on 6 November.
    assert at(2017, 11, 7) == times["last-call"].expires
    assert "the end of Mon 6 Nov 2017, 10 working days late" == times["last-call"].until


@pytest.mark.parametrize(
    ("year", "last_call"),
    [
        (2026, at(2026, 4, 30, 8)),
        (2027, at(2027, 4, 30, 8)),
        (2028, at(2028, 4, 28, 8)),
    ],
)
def test_third_of_may_in_other_years(year, last_call):
    """The day before 3 May is a holiday in every year; the call goes before it."""
    step = Step("last-call", SILENT, Relative(-1, "answer_by"))

    assert last_call == time_of(step, answer_by=date(year, 5, 3), event=None).due


def test_reason_names_the_days_that_do_not_count():
    """Holidays on weekdays are named; weekends go without saying."""
    reminder = schedule(a_campaign())["reminder"]

    assert 1 == len(reminder.reasons)
    assert (
        "5 working days before the deadline (Fri 3 May 2019);"
        " 1 May (praznik dela) and 2 May (praznik dela) do not count"
    ) == reminder.reasons[0]
    assert None is reminder.moved_from
    assert 'the time of "last-call"' == reminder.until


def test_explicit_time_on_a_holiday_moves_on():
    """Easter Monday at nine becomes Tuesday at eight, and says so."""
    time = time_of(Step("news", EVERYONE, At(wall(2019, 4, 22, 9))))

    assert at(2019, 4, 23, 8) == time.due
    assert date(2019, 4, 22) == time.moved_from
    assert (
        "Mon 22 Apr 2019 is closed (velikonočni ponedeljek):"
        " moved to Tue 23 Apr 2019, 08:00"
    ) == time.reasons[-1]


@pytest.mark.parametrize(
    ("local", "due", "moved_from"),
    [
        pytest.param(wall(2019, 4, 24, 6), at(2019, 4, 24, 8), None, id="early"),
        pytest.param(
            wall(2019, 4, 24, 16), at(2019, 4, 25, 8), date(2019, 4, 24), id="late"
        ),
    ],
)
def test_explicit_time_outside_the_window_moves_on(local, due, moved_from):
    """C20: a step given for the night waits for the morning, and says why."""
    time = time_of(Step("news", EVERYONE, At(local)))

    assert due == time.due
    assert moved_from == time.moved_from
    assert "outside the sending window (08:00 to 16:00)" in time.reasons[-1]


def test_calendar_days_before_move_back_and_never_nearer():
    """One calendar day before 3 May is a holiday; the call goes on 30 April."""
    step = Step("last-call", SILENT, Relative(-1, "answer_by", working=False))

    time = time_of(step)

    assert at(2019, 4, 30, 8) == time.due
    assert date(2019, 5, 2) == time.moved_from
    assert "1 day before the deadline (Fri 3 May 2019)" == time.reasons[0]
    assert "praznik dela" in time.reasons[1]


def test_on_the_day_of_a_deadline_that_is_a_sunday():
    """It goes on the last working day, not on the Monday after the deadline."""
    step = Step("last-call", SILENT, Relative(0, "answer_by"))

    time = time_of(step, answer_by=date(2019, 4, 14))

    assert at(2019, 4, 12, 8) == time.due
    assert time.fits


def test_calendar_days_after_move_on():
    """Five calendar days after Monday is a Saturday; it goes on the next Monday."""
    time = time_of(Step("news", EVERYONE, Relative(5, "invitation", working=False)))

    assert at(2019, 4, 15, 8) == time.due


def test_on_the_day_of_another_step_is_not_before_it():
    """The window opens at eight, the invitation leaves at nine: nine it is."""
    time = time_of(Step("news", EVERYONE, Relative(0, "invitation")))

    assert at(2019, 4, 8, 9) == time.due


def test_the_offices_closed_days_do_not_count():
    """A bridge day of the office moves the reminder a day further back."""
    window = SendingWindow(closed_days=frozenset({date(2019, 4, 29)}))

    reminder = schedule(a_campaign(window=window))["reminder"]

    assert at(2019, 4, 23, 8) == reminder.due
    assert "29 Apr (urad zaprt)" in reminder.reasons[0]


def test_own_limit_ends_a_step_first():
    """`not_after` beats the deadline."""
    step = Step("news", EVERYONE, At(wall(2019, 4, 24, 9)), not_after=wall(2019, 4, 25))

    assert at(2019, 4, 25) == time_of(step).expires


def test_silent_step_after_the_deadline_never_goes_out():
    """No reminder after the deadline, even if the file asks for one; it says so."""
    time = time_of(Step("too-late", SILENT, Relative(2, "answer_by")))

    assert not time.fits
    assert "never goes out" in time.reasons[-1]


def test_two_silent_steps_at_one_time_do_not_both_go():
    """The later one in the file is the one that goes."""
    moment = At(wall(2019, 4, 24, 9))
    opening = Step("invitation", EVERYONE, At(wall(2019, 4, 8, 9)))
    campaign = a_campaign(
        steps=(opening, Step("first", SILENT, moment), Step("second", SILENT, moment))
    )

    times = schedule(campaign)

    assert not times["first"].fits
    assert times["second"].fits


def test_thanks_after_the_event_have_ten_working_days():
    """What follows the event does not end with it."""
    time = time_of(Step("thanks", "registered", Relative(2, "event")))

    assert at(2019, 5, 10, 8) == time.due
    assert at(2019, 5, 25) == time.expires


def test_steps_after_a_response_are_no_common_time():
    """A confirmation, and what follows it, has a time of its own per recipient."""
    campaign = a_campaign(
        steps=(
            *a_campaign().steps,
            Step("details", "registered", Relative(3, "confirmation")),
        )
    )

    assert follows_response(campaign, campaign.step("confirmation"))
    assert follows_response(campaign, campaign.step("details"))
    assert not {"confirmation", "details"} & schedule(campaign).keys()
    assert (
        at(2019, 4, 15, 8)
        == after_response(campaign, campaign.step("details"), at(2019, 4, 10, 10)).due
    )


@pytest.mark.parametrize(
    ("responded", "due"),
    [
        pytest.param(at(2019, 4, 10, 10, 5), at(2019, 4, 10, 10, 5), id="at once"),
        pytest.param(at(2019, 4, 10, 22), at(2019, 4, 11, 8), id="in the evening"),
        pytest.param(at(2019, 4, 20, 12), at(2019, 4, 23, 8), id="over Easter"),
        pytest.param(at(2019, 4, 10, 5), at(2019, 4, 10, 8), id="early"),
    ],
)
def test_confirmation_follows_the_response_inside_the_window(responded, due):
    """A confirmation is due right after the response, when the office may send."""
    campaign = a_campaign()

    time = after_response(campaign, campaign.step("confirmation"), responded)

    assert due == time.due
    assert at(2019, 5, 8, 10) == time.expires


def test_confirmation_after_the_start_never_goes_out():
    """Confirming a place at an event that has begun helps nobody."""
    campaign = a_campaign()

    assert not after_response(
        campaign, campaign.step("confirmation"), at(2019, 5, 8, 10, 30)
    ).fits


def test_confirmation_without_an_event_has_ten_working_days():
    """Where there is no event, a receipt may be late, but not by weeks."""
    campaign = a_campaign(event=None)

    time = after_response(campaign, campaign.step("confirmation"), at(2019, 4, 10, 10))

    assert at(2019, 4, 26) == time.expires


def test_a_reminder_after_a_remark_ends_with_the_deadline_too():
    """A step for the silent never goes out after the deadline, however it is timed."""
    step = Step("nudge", SILENT, Relative(2, "response"))

    time = after_response(a_campaign(steps=(step,)), step, at(2019, 4, 10, 10))

    assert at(2019, 5, 4) == time.expires


def test_own_limit_ends_a_confirmation():
    """`not_after` holds for steps that follow a response, too."""
    step = Step(
        "confirmation",
        "registered",
        Relative(0, "response"),
        not_after=wall(2019, 4, 11),
    )

    time = after_response(a_campaign(steps=(step,)), step, at(2019, 4, 10, 10))

    assert at(2019, 4, 11) == time.expires


@pytest.mark.parametrize("of", ["answer_by", "event"])
def test_a_step_that_counts_from_nothing_is_our_bug(of):
    """The definition refuses such a campaign; planning must not guess."""
    with pytest.raises(AssertionError):
        time_of(Step("news", EVERYONE, Relative(-1, of)), answer_by=None, event=None)


def test_autumn_night_of_the_clock_change():
    """The day before an event on the Monday after the change is the Friday at eight."""
    step = Step("eve", "registered", Relative(-1, "event"))

    time = time_of(step, event=Event(start=wall(2017, 10, 30, 10)), answer_by=None)

    assert datetime(2017, 10, 27, 6, tzinfo=UTC) == time.due
    assert datetime(2017, 10, 30, 9, tzinfo=UTC) == time.expires
