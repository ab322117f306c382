"""
Find the dates that people write, in the languages that an office gets mail in.

Slovenian, German, Italian, Hungarian, Croatian and English, in words or digits,
with and without the year; in folded text (`mailer.inbox.decoding.fold`).
What a date means is decided by whoever asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: the beginning of a month's name, folded → its number
_MONTHS = {
    "jan": 1,
    "gen": 1,
    "sijec": 1,
    "feb": 2,
    "velj": 2,
    "mar": 3,
    "ozuj": 3,
    "apr": 4,
    "trav": 4,
    "maj": 5,
    "mai": 5,
    "may": 5,
    "mag": 5,
    "svib": 5,
    "jun": 6,
    "giu": 6,
    "lip": 6,
    "jul": 7,
    "lug": 7,
    "srp": 7,
    "avg": 8,
    "aug": 8,
    "ago": 8,
    "kolov": 8,
    "sep": 9,
    "set": 9,
    "sze": 9,
    "ruj": 9,
    "okt": 10,
    "oct": 10,
    "ott": 10,
    "listop": 10,
    "nov": 11,
    "stud": 11,
    "dec": 12,
    "dez": 12,
    "dic": 12,
    "pros": 12,
}
_NAME = rf"(?P<month>(?:{'|'.join(_MONTHS)})[a-z]{{0,9}})\.?"
_DAY = r"(?<![\d.,/])(?P<day>\d{1,2})"
_YEAR = r"(?P<year>\d{4}|\d{2})(?![\d:])"
_WRITTEN = (
    # 2026-08-15; Hungarian 2026. 08. 15.
    re.compile(
        r"(?<![\d.,/-])(?P<year>\d{4})(?:-|\.\s?)(?P<number>\d{1,2})(?:-|\.\s?)"
        r"(?P<day>\d{1,2})(?!\d)"
    ),
    # Hungarian: 2026. augusztus 15.; English: August 15, 2026; aug 15th
    re.compile(
        rf"(?:(?<!\d)(?P<before>\d{{4}})\.?\s)?\b{_NAME}\s(?P<day>\d{{1,2}})"
        r"(?![\d:])(?:st|nd|rd|th)?(?:,?\s(?P<year>\d{4}))?"
    ),
    # 15. avgusta 2026, 15 agosto, 15th of August
    re.compile(rf"{_DAY}(?:st|nd|rd|th)?\.?\s?(?:of\s|de\s)?{_NAME}(?:\s{_YEAR})?"),
    # 15. 8. 2026, 15.8.; 15/08/2026; 15-08-2026
    re.compile(rf"{_DAY}\.\s?(?P<number>\d{{1,2}})(?![\d:])(?:\.\s?{_YEAR})?"),
    re.compile(rf"{_DAY}(?P<slash>/)(?P<number>\d{{1,2}})(?![\d:])(?:/{_YEAR})?"),
    re.compile(rf"{_DAY}-(?P<number>\d{{1,2}})-{_YEAR}"),
)
#: a date without a year is at most so long past
_PAST = timedelta(days=60)
_MONTHS_OF_YEAR = 12


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date in a text, and where it stands."""

    day: date
    start: int
    end: int


def dates_in(folded: str, on: date) -> list[WrittenDate]:
    """
    Return the dates in a folded text, in their order.

    Args:
        folded: The text.
        on: When it was written; a date without a year lies near it.
    """
    found: list[WrittenDate] = []
    for pattern in _WRITTEN:
        for one in pattern.finditer(folded):
            day = _day(one.groupdict(), on)
            taken = any(o.start < one.end() and one.start() < o.end for o in found)
            if day is not None and not taken:
                found.append(WrittenDate(day, one.start(), one.end()))
    return sorted(found, key=lambda one: one.start)


def _day(parts: dict[str, str | None], on: date) -> date | None:
    """Return the day that a match writes; `None` if there is no such day."""
    day = int(parts["day"] or 0)
    name = parts.get("month")
    month = _month(name) if name else int(parts["number"] or 0)
    if parts.get("slash") and month > _MONTHS_OF_YEAR >= day:
        day, month = month, day  # as Americans write: 8/15/2026
    year = parts.get("year") or parts.get("before")
    if year:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day)  # noqa: PLR2004 - "26"
    return next(_near(month, day, on), None)


def _near(month: int, day: int, on: date) -> Iterator[date]:
    """Yield the days of that name that are not long past, the first one first."""
    for year in (on.year - 1, on.year, on.year + 1):
        found = _date(year, month, day)
        if found is not None and on - found <= _PAST:
            yield found


def _month(name: str) -> int:
    """Return the number of a month; the longest beginning that fits."""
    return max(
        (len(stem), number) for stem, number in _MONTHS.items() if name.startswith(stem)
    )[1]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
