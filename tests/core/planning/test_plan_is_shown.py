"""A plan as a person reads it, and as a calendar program does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from factories import a_campaign
from icalendar import Calendar

from mailer.model.campaign import SILENT, At, Category, Relative, Step
from mailer.planning.as_calendar import plan_as_calendar
from mailer.planning.as_text import after_what, plan_as_text
from mailer.planning.schedule import schedule

STAMP = datetime(2019, 4, 1, 7, tzinfo=UTC)
DROPPED = Step("too-late", SILENT, Relative(2, "answer_by"))
CAMPAIGN = a_campaign(steps=(*a_campaign().steps, DROPPED))
NAME = "conference.{}@posiljatelj.example"


def entries(campaign=CAMPAIGN, stamp=STAMP):
    """Return the calendar's entries by their names."""
    raw = plan_as_calendar(
        campaign, schedule(campaign), domain="posiljatelj.example", stamp=stamp
    )
    return {str(one["UID"]): one for one in Calendar.from_ical(raw).walk("VEVENT")}


def test_every_date_is_in_the_calendar():
    """Each step with a date of its own, the deadline, and the event."""
    assert {
        NAME.format(name)
        for name in (
            "step.invitation",
            "step.reminder",
            "step.last-call",
            "step.eve",
            "step.too-late",
            "answer-by",
            "event",
        )
    } == set(entries())


def test_an_entry_says_when_and_why():
    """The time is in UTC; the description holds the plan's reasons and its end."""
    entry = entries()[NAME.format("step.last-call")]

    assert datetime(2019, 4, 30, 6, tzinfo=UTC) == entry.decoded("DTSTART")
    assert STAMP == entry.decoded("DTSTAMP")
    assert "conference: last-call → silent" == str(entry["SUMMARY"])
    said = str(entry["DESCRIPTION"])
    assert "1 May (praznik dela) and 2 May (praznik dela) do not count" in said
    assert said.endswith("until the end of Fri 3 May 2019, the deadline")


def test_a_step_for_some_categories_says_which():
    """In the text and in the calendar's entry."""
    categories = (Category("OBA", "", {"a": ("1",)}), Category("DRUGO", "", {}))
    eve = replace(a_campaign().step("eve"), categories=("OBA", "DRUGO"))
    campaign = a_campaign(steps=(*a_campaign().steps[:-1], eve), categories=categories)
    whose = "for those whose answer is OBA or DRUGO"

    assert f"eve → registered\n  {whose}\n  Tue 7 May 2019, 08:00" in plan_as_text(
        campaign, schedule(campaign)
    )
    entry = entries(campaign)[NAME.format("step.eve")]
    assert str(entry["DESCRIPTION"]).startswith(f"{whose}\n1 working day before")


def test_the_event_may_have_a_title_of_its_own():
    event = replace(a_campaign().event, title="Delavnica")
    named = entries(a_campaign(event=event))[NAME.format("event")]

    assert "conference: Delavnica" == str(named["SUMMARY"])
    assert "conference: Nacionalna konferenca" == str(
        entries()[NAME.format("event")]["SUMMARY"]
    )


def test_a_dropped_step_is_a_cancelled_entry():
    """A calendar that read an earlier plan takes it out."""
    found = entries()

    assert "CANCELLED" == str(found[NAME.format("step.too-late")]["STATUS"])
    assert "CONFIRMED" == str(found[NAME.format("step.eve")]["STATUS"])


def test_the_deadline_is_a_whole_day():
    """Inclusive, so the entry ends where the next day begins."""
    entry = entries()[NAME.format("answer-by")]

    assert (date(2019, 5, 3), date(2019, 5, 4)) == (
        entry.decoded("DTSTART"),
        entry.decoded("DTEND"),
    )


def test_a_campaign_without_deadline_and_event():
    """Only its steps are in the calendar."""
    campaign = a_campaign(
        answer_by=None, event=None, steps=a_campaign().steps[:1], timezone="UTC"
    )

    found = entries(campaign)

    assert {NAME.format("step.invitation")} == set(found)


def test_equal_plans_are_equal_files():
    """Two plans can be compared, as values and byte by byte."""
    times = schedule(CAMPAIGN)

    def write():
        return plan_as_calendar(CAMPAIGN, times, domain="a.example", stamp=STAMP)

    assert times == schedule(CAMPAIGN)
    assert write() == write()


def test_text_says_what_is_dropped_and_why():
    """The reason stands once, and no end after it."""
    text = plan_as_text(CAMPAIGN, schedule(CAMPAIGN))

    assert (
        "too-late → silent\n"
        "  Tue 7 May 2019, 08:00\n"
        "  because 2 working days after the deadline (Fri 3 May 2019)\n"
        "  dropped: never goes out: the end of Fri 3 May 2019, the deadline comes first"
        "\n"
    ) == text.partition("too-late")[1] + text.partition("too-late")[2]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (Relative(0, "response"), "right after the response"),
        (Relative(3, "response"), "3 working days after the response"),
        (Relative(1, "response", working=False), "1 day after the response"),
        (Relative(0, "confirmation"), 'right after "confirmation"'),
        (Relative(-2, "confirmation"), '2 working days before "confirmation"'),
    ],
)
def test_after_what(when, expected):
    """A step without a date in common says what it follows."""
    assert expected == after_what(Step("details", "registered", when))


def test_only_steps_without_a_date_follow_something():
    """Asking of another is our own bug."""
    moment = datetime(2019, 4, 8, 9)  # noqa: DTZ001 - wall clock
    with pytest.raises(AssertionError):
        after_what(Step("invitation", "everyone", At(moment)))
