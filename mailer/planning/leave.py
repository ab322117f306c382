"""
Say on which working days many in Slovenian offices are on leave.

Nothing moves because of them, and nothing is blocked: mail that nobody asked for
is said to land there, and a person decides.
The winter holidays of schools are left out: they are in February, in other weeks
for each half of the country, and set anew each year.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mailer.planning.schedule import is_unasked
from mailer.planning.windows import ONE_DAY, WorkCalendar

if TYPE_CHECKING:
    from mailer.model.campaign import Campaign, Step
    from mailer.planning.schedule import StepTime

#: (month, day) of the first and the last day, and what a person calls them
_LEAVE = (
    ((4, 27), (5, 2), "between 27 April and 2 May"),
    ((7, 15), (8, 20), "between 15 July and 20 August"),
    ((12, 24), (12, 31), "between 24 December and 3 January"),
    ((1, 1), (1, 3), "between 24 December and 3 January"),
)
_AUTUMN = "in the week of 31 October"


def on_leave(day: date) -> str:
    """Return in which time of leave a day lies: "between 27 April and 2 May"; or ""."""
    for first, last, name in _LEAVE:
        if first <= (day.month, day.day) <= last:
            return name
    reformation = date(day.year, 10, 31)
    monday = reformation - ONE_DAY * reformation.weekday()
    # 1 November belongs to it also where it is the Monday after.
    end = max(monday + ONE_DAY * 6, reformation + ONE_DAY)
    return _AUTUMN if monday <= day <= end else ""


def lands_in_leave(campaign: Campaign, step: Step, time: StepTime) -> str:
    """Return when many are away if the step, which nobody asked for, goes then."""
    if not time.fits or not is_unasked(step):
        return ""
    return on_leave(WorkCalendar.of(campaign).local(time.due).date())
