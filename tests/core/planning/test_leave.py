"""Days on which a reminder is read by few: they are said, and change nothing."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from factories import a_campaign
from hypothesis import given
from hypothesis import strategies as st

from mailer.model.campaign import EVERYONE, SILENT, At, Step
from mailer.planning.as_text import plan_as_text
from mailer.planning.leave import on_leave
from mailer.planning.schedule import schedule

MAY, SUMMER, NEW_YEAR = "27 April", "15 July", "24 December"
AUTUMN = "the week of 31 October"


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2019-04-26", ""),
        ("2019-04-27", MAY),
        ("2019-04-30", MAY),
        ("2019-05-02", MAY),
        ("2019-05-03", ""),
        ("2026-07-14", ""),
        ("2026-07-15", SUMMER),
        ("2026-08-20", SUMMER),
        ("2026-08-21", ""),
        ("2026-12-23", ""),
        ("2026-12-24", NEW_YEAR),
        ("2027-01-03", NEW_YEAR),
        ("2027-01-04", ""),
        # 31 October 2026 is a Saturday, in 2027 a Sunday, in 2028 a Tuesday.
        ("2026-10-25", ""),
        ("2026-10-26", AUTUMN),
        ("2026-11-02", ""),
        ("2027-10-25", AUTUMN),
        ("2027-11-01", AUTUMN),
        ("2027-11-02", ""),
        ("2028-10-30", AUTUMN),
        ("2028-11-03", AUTUMN),
        ("2028-11-06", ""),
    ],
)
def test_when_many_are_away(day, name):
    """The ends of each time, and the autumn week wherever its holidays fall."""
    found = on_leave(date.fromisoformat(day))

    assert name in found
    assert bool(name) == bool(found)


@given(st.dates(date(1992, 1, 1), date(2060, 12, 31)))
def test_the_two_holidays_of_autumn_are_always_in_it(day):
    for one in (date(day.year, 10, 31), date(day.year, 11, 1)):
        assert AUTUMN in on_leave(one)


@pytest.mark.parametrize(
    ("to", "is_said"), [(EVERYONE, True), (SILENT, True), ("registered", False)]
)
def test_the_plan_says_it_of_what_nobody_asked_for(to, is_said):
    """Who answered in August gets the confirmation in August."""
    moment = datetime(2026, 8, 12, 9)  # noqa: DTZ001 - wall clock
    opening = Step("letter", EVERYONE, At(datetime(2026, 7, 1, 9)))  # noqa: DTZ001
    campaign = a_campaign(
        answer_by=None, event=None, steps=(opening, Step("more", to, At(moment)))
    )

    text = plan_as_text(campaign, schedule(campaign))

    assert is_said == ("  mind: many are away between 15 July and 20 August" in text)
    assert "Wed 12 Aug 2026, 09:00" in text
