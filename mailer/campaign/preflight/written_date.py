"""
Find the dates in a letter: »v sredo, 8. maja 2019 ob 10. uri«, »8. 5. 2019«.

Slovenian, in any case of the noun, in words or numbers; ISO dates too.
Whether a date is the right one is decided in `campaign.preflight.dates`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Monday to Sunday: each in any case, and shortened
_WEEKDAYS = (
    r"ponedelj\w{1,4}|pon\.",
    r"tor(?:ek|k\w{1,3})|tor\.",
    r"sred[aeio]\w{0,2}|sre\.",
    r"četrt(?:ek|k\w{1,3})|čet\.",
    r"pet(?:ek|k\w{1,3})|pet\.",
    r"sobot\w{1,3}|sob\.",
    r"nedelj\w{1,3}|ned\.",
)
#: January to December
_MONTHS = (
    r"januar\w{0,3}|jan\.",
    r"februar\w{0,3}|feb\.",
    r"mar(?:e?c)\w{0,3}|mar\.",
    r"april\w{0,3}|apr\.",
    r"maj(?:a|u|em)?\b",
    r"junij\w{0,2}|jun\.",
    r"julij\w{0,2}|jul\.",
    r"avgust\w{0,2}|avg\.",
    r"septemb\w{1,3}|sept?\.",
    r"oktob\w{1,3}|okt\.",
    r"novemb\w{1,3}|nov\.",
    r"decemb\w{1,3}|dec\.",
)
_ANY_WEEKDAY, _ANY_MONTH = "|".join(_WEEKDAYS), "|".join(_MONTHS)

_BEFORE = (
    r"(?:(?<!\w)(?P<limit>najpozneje|najkasneje|rok\w{0,2}\s*(?:za\s\w+|je)?:?)\s+)?"
    r"(?:(?:v\s+)?(?P<until>\b(?:vključno\s+)?do(?:\s+vključno)?)\s+)?"
    r"(?:(?:v\s+)?(?<!\w)(?P<weekday>" + _ANY_WEEKDAY + r"),?\s+(?:dne\s+)?)?"
)
_AFTER = (
    rf"(?:\s*\((?P<also>{_ANY_WEEKDAY})\))?"
    r"(?:,?\s+ob\s+(?P<hour>\d{1,2})(?:[.:](?P<minute>\d{2}))?(?!\d))?"
)
_YEAR = r"(?P<year>\d{4})(?!\d)"
_DAY = r"(?<![\d.])(?P<day>\d{1,2})"
_MONTH = r"(?P<month>\d{1,2})"
_IN_WORDS = rf"{_BEFORE}{_DAY}\.\s*(?P<name>{_ANY_MONTH})(?:\s+{_YEAR})?{_AFTER}"
_IN_NUMBERS = rf"{_BEFORE}{_DAY}\.\s?{_MONTH}\.\s?{_YEAR}{_AFTER}"
# Without its year a date in numbers looks like the number of a section.
_SIGNALLED = rf"(?=najp|najk|rok|do\b|v\s|vklj|{_ANY_WEEKDAY}){_BEFORE}"
_WITHOUT_YEAR = rf"{_SIGNALLED}{_DAY}\.\s?{_MONTH}\.(?!\s?\d){_AFTER}"
_ISO = r"(?<![\w-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?![\w-])"
_WRITTEN = (_IN_WORDS, _IN_NUMBERS, _WITHOUT_YEAR, _ISO)
_EXPRESSIONS = tuple(re.compile(one, re.IGNORECASE) for one in _WRITTEN)
_WEEKDAY_OF = tuple(re.compile(one, re.IGNORECASE) for one in _WEEKDAYS)
_MONTH_OF = tuple(re.compile(one, re.IGNORECASE) for one in _MONTHS)
#: »od 3. do 5. maja« lasts, and limits nothing
_FROM = re.compile(r"\bod\s+\S{1,12}(?:\s\S{1,12})?\s*$", re.IGNORECASE)
#: no date is written without one of these
_SIGN = re.compile(r"\d\.\s?[^\W_]|\d-\d")


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date as a text has it; there may be no such day."""

    text: str  #: on one line
    day: int
    month: int
    year: int | None
    weekday: int | None = None  #: 0 is Monday
    at: time | None = None  #: »ob 10. uri«
    is_limit: bool = False  #: »najpozneje«, »do«: by then something is to be done

    def in_year(self, year: int) -> date | None:
        """Return the day that is meant if this is the year; `None` without one."""
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


def written_dates(text: str) -> Iterator[WrittenDate]:
    """Yield the dates in a text."""
    if not _SIGN.search(text):
        return
    taken: list[tuple[int, int]] = []
    for expression in _EXPRESSIONS:
        for found in expression.finditer(text):
            start, end = found.span("day")
            if not any(a < end and start < b for a, b in taken):
                taken.append(found.span())
                yield _read(found)


def _read(found: re.Match[str]) -> WrittenDate:
    parts = found.groupdict()
    name, weekday = parts.get("name"), parts.get("weekday") or parts.get("also")
    lasts = _FROM.search(found.string[max(0, found.start() - 30) : found.start()])
    month = _number(_MONTH_OF, name) + 1 if name else int(parts.get("month") or 0)
    return WrittenDate(
        text=" ".join(found.group().split()),
        day=int(parts["day"]),
        month=month,
        year=int(parts["year"]) if parts.get("year") else None,
        weekday=_number(_WEEKDAY_OF, weekday) if weekday else None,
        at=_time(parts.get("hour"), parts.get("minute")),
        is_limit=bool(parts.get("limit") or (parts.get("until") and not lasts)),
    )


def _number(expressions: tuple[re.Pattern[str], ...], word: str) -> int:
    return next(n for n, one in enumerate(expressions) if one.fullmatch(word))


def _time(hour: str | None, minute: str | None) -> time | None:
    try:
        return time(int(hour), int(minute or 0)) if hour else None
    except ValueError:
        return None
