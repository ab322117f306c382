"""
Findings about what would be sent, before anything is.

Pure looks at a rendered message and at a campaign; rendering everybody is
`operations.check_campaign`.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.model.campaign import Campaign
    from mailer.model.message import Rendered

#: beyond it many municipal mailboxes refuse; base64 adds a third
LARGE_OCTETS = 5 * 1024 * 1024
TOO_LARGE_OCTETS = 20 * 1024 * 1024
#: longer subjects are cut off in most mail programs
LONG_SUBJECT = 90

#: sought before the expressions, which take a hundred times as long
_LEFTOVER_SIGNS = ("{{", "}}", "{%", "%}", "TODO", "XXX")
_LEFTOVER = re.compile(r"\{\{|\}\}|\{%|%\}|\bTODO\b|\bXXX\b")
_LINK = re.compile(r"\b([a-z][a-z0-9+.-]*):(?://[^\s<>\"']+)", re.IGNORECASE)

#: Monday to Sunday, in any case
_STEMS = ("ponedelj", "tor", "sred", "četrt", "pet", "sobot", "nedelj")
#: January to December, in any case
_MONTHS = tuple("jan feb mar apr maj jun jul avg sep okt nov dec".split())  # noqa: SIM905
_DATED = re.compile(
    rf"\b({'|'.join(_STEMS)})\w*,?\s+(\d{{1,2}})\.\s*({'|'.join(_MONTHS)})\w*"
    r"(?:\s+(\d{4}))?",
    re.IGNORECASE,
)


def look_at_message(
    place: str, rendered: Rendered, campaign: Campaign
) -> Iterator[Problem]:
    """Yield what is wrong with one rendered message."""
    parts = (("subject", rendered.subject), ("text", rendered.text))
    for part, content in (*parts, ("html", rendered.html or "")):
        has_signs = any(sign in content for sign in _LEFTOVER_SIGNS)
        if has_signs and (found := _LEFTOVER.search(content)):
            yield Problem(
                f"{place}, {part}", f"'{found.group()}' is left over", "finish it"
            )
    if not rendered.subject:
        yield Problem(f"{place}, subject", "is empty", "write one")
    if len(rendered.subject) > LONG_SUBJECT:
        yield Problem(
            f"{place}, subject",
            f"{len(rendered.subject)} characters; mail programs cut it off",
            f"stay under {LONG_SUBJECT}",
            Severity.WARNS,
        )
    if not rendered.text.strip():
        yield Problem(f"{place}, text", "is empty", "the text part is never optional")
    if "://" in rendered.text.replace("https://", ""):
        for link in _LINK.finditer(rendered.text):
            if link.group(1).lower() != "https":
                yield Problem(f"{place}, text", f"'{link.group()}'", "use https://")
    year = campaign.event.start.year if campaign.event else None
    for paragraph in rendered.text.split("\n\n"):
        for cause, next_step in _wrong_weekdays(paragraph, year):
            yield Problem(f"{place}, text", cause, next_step)


def look_at_size(place: str, octets: int) -> Iterator[Problem]:
    """Yield whether a compiled message is too large to be taken everywhere."""
    if octets > LARGE_OCTETS:
        too_large = octets > TOO_LARGE_OCTETS
        yield Problem(
            place,
            f"{octets / 1024 / 1024:.1f} MB; many mailboxes refuse that",
            "link to the files instead of attaching them",
            Severity.BLOCKS if too_large else Severity.WARNS,
        )


@lru_cache(maxsize=1 << 10)  # most paragraphs are the same for everybody
def _wrong_weekdays(
    paragraph: str, event_year: int | None
) -> tuple[tuple[str, str], ...]:
    """
    Return the dates whose weekday does not fit, e.g. "v torek, 8. maja 2019".

    Cause and next step of each; a date without a year is in the event's.
    """
    wrong = []
    for found in _DATED.finditer(paragraph):
        stem, day, month, year = found.groups()
        month_number = _MONTHS.index(month.lower()) + 1
        if year is None and event_year is None:
            continue
        try:
            day_meant = date(int(year or event_year or 0), month_number, int(day))
        except ValueError:
            wrong.append((f"'{found.group()}' is no date", "correct it"))
            continue
        if _STEMS[day_meant.weekday()] != stem.lower():
            cause = f"'{found.group()}': that day is a {day_meant:%A}"
            wrong.append((cause, "correct the date or the weekday"))
    return tuple(wrong)
