"""
Compare the dates in a letter with the calendar and with the campaign's own.

Blocks: no such day, a weekday of another day, the deadline or the event in
another year.
Warns: a date that is over when the letter goes, »najpozneje« or »do« another day
than the deadline, »ob 10. uri« with another day or hour than the event.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from mailer.campaign.preflight.written_date import WrittenDate, written_dates
from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

_CORRECT = "correct the date in the text, or in campaign.toml"


@dataclass(frozen=True, slots=True)
class Dates:
    """The days that a letter may rightly name."""

    sent: date  #: when it goes
    deadline: date | None = None
    event: datetime | None = None  #: naive, its start
    #: others: the steps' days, the event's end, an answer's day, the working day
    #: before the deadline
    known: frozenset[date] = frozenset()


def look_at_dates(place: str, paragraph: str, dates: Dates) -> Iterator[Problem]:
    """Yield what is wrong with the dates in a paragraph."""
    for cause, next_step, severity in _faults(paragraph, dates):
        yield Problem(place, cause, next_step, severity)


@lru_cache(maxsize=1 << 11)  # most paragraphs are the same for everybody
def _faults(paragraph: str, dates: Dates) -> tuple[tuple[str, str, Severity], ...]:
    return tuple(
        fault for written in written_dates(paragraph) for fault in _look(written, dates)
    )


def _look(written: WrittenDate, dates: Dates) -> Iterator[tuple[str, str, Severity]]:
    said = f"'{written.text}'"
    day = _day(written, dates)
    if day is None:
        yield f"{said} is no date", "correct it", Severity.BLOCKS
        return
    if written.weekday is not None and written.weekday != day.weekday():
        cause = f"{said}: that day is a {day:%A}"
        yield cause, "correct the date or the weekday", Severity.BLOCKS
    own = _own(dates)
    for name, known in own.items():
        if (day.day, day.month) == (known.day, known.month) and day.year != known.year:
            yield f"{said}: {name} is in {known.year}", _CORRECT, Severity.BLOCKS
            return
    if day not in dates.known and day not in own.values():
        if day.year < dates.sent.year:
            cause = f"{said} is in a past year"
            yield cause, "correct the year, if it is not meant", Severity.WARNS
        elif day < dates.sent:
            cause = f"{said} is over when this goes, {_written(dates.sent)}"
            yield cause, _CORRECT, Severity.WARNS
    yield from _contradictions(written, day, dates)


def _contradictions(
    written: WrittenDate, day: date, dates: Dates
) -> Iterator[tuple[str, str, Severity]]:
    said, deadline, event = f"'{written.text}'", dates.deadline, dates.event
    if written.is_limit:
        if deadline is not None and day != deadline and day not in dates.known:
            cause = f"{said} contradicts the deadline, {_written(deadline)}"
            yield cause, _CORRECT, Severity.WARNS
    elif written.at is not None and event is not None and day >= dates.sent:
        if day != event.date():
            cause = f"{said} contradicts the event, on {_written(event.date())}"
            yield cause, _CORRECT, Severity.WARNS
        elif written.at < event.time():
            cause = f"{said} contradicts the event, which begins at {event:%H:%M}"
            yield cause, _CORRECT, Severity.WARNS


def _own(dates: Dates) -> dict[str, date]:
    own = {}
    if dates.deadline is not None:
        own["the deadline"] = dates.deadline
    if dates.event is not None:
        own["the event"] = dates.event.date()
    return own


def _day(written: WrittenDate, dates: Dates) -> date | None:
    """
    Return the day that is meant.

    Without a year it is one that the letter may name, or else the nearest.
    """
    if written.year is not None:
        return written.in_year(written.year)
    for known in (*_own(dates).values(), *sorted(dates.known)):
        if (known.day, known.month) == (written.day, written.month):
            return known
    year = dates.sent.year
    near = filter(None, map(written.in_year, (year - 1, year, year + 1)))
    return min(near, key=lambda day: abs(day - dates.sent), default=None)


def _written(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"
