"""
Give a new office's sample campaigns dates that lie ahead.

Every date moves by as many working days as the opening does, so the distances
that the letters were planned with stay; only the file's dates are touched.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING

from mailer.model.campaign import SendingWindow
from mailer.planning.windows import ONE_DAY, WorkCalendar
from mailer.settings import load

if TYPE_CHECKING:
    from pathlib import Path

_OPENING = re.compile(r"^at = (\S+)", re.MULTILINE)
#: a date, its time, and a comment about it, which would no longer be true
_DATE = re.compile(
    r"(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d)?(\"?)[ ]*(?:#[^\n]*)?$", re.MULTILINE
)


def date_campaigns(office: Path, now: datetime) -> date:
    """
    Move the dates in each campaign.toml of a new office; return the opening's day.

    The opening is now, or when mail may next leave.
    """
    settings = load(office)
    window = SendingWindow(settings.sending.opens, settings.sending.closes)
    calendar = WorkCalendar(window, settings.office.zone)
    opening = calendar.local(calendar.next_opening(now)).replace(second=0)
    for path in office.glob("templates/*/campaign.toml"):
        text = path.read_text("utf-8")
        path.write_text(_moved(text, calendar, opening), "utf-8")
    return opening.date()


def _moved(text: str, calendar: WorkCalendar, opening: datetime) -> str:
    found = _OPENING.search(text)
    if found is None:
        return text
    first = datetime.fromisoformat(found.group(1)).date()

    def moved(match: re.Match[str]) -> str:
        day = date.fromisoformat(match.group(1))
        at, quote = match.group(2) or "", match.group(3)
        if day == first and at:
            at = f"T{opening:%H:%M}:00"
        distance = _working_days(calendar, first, day)
        new = calendar.add_working_days(opening.date(), distance)
        return f"{new.isoformat()}{at}{quote}"

    return _DATE.sub(moved, text)


def _working_days(calendar: WorkCalendar, first: date, last: date) -> int:
    """Return how many working days after `first` the day `last` comes."""
    count, day = 0, first
    while day < last:
        day += ONE_DAY
        count += calendar.is_working_day(day)
    return count
