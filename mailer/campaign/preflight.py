"""
Findings about what would be sent, before anything is.

Pure looks at a rendered message and at a campaign; rendering everybody is
`operations.check_campaign`.
"""

from __future__ import annotations

import re
from datetime import date
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
        if found := _LEFTOVER.search(content):
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
    for link in _LINK.finditer(rendered.text):
        if link.group(1).lower() != "https":
            yield Problem(f"{place}, text", f"'{link.group()}'", "use https://")
    yield from _wrong_weekdays(f"{place}, text", rendered.text, campaign)


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


def _wrong_weekdays(place: str, text: str, campaign: Campaign) -> Iterator[Problem]:
    """Yield dates whose weekday does not fit, e.g. "v torek, 8. maja 2019"."""
    for found in _DATED.finditer(text):
        stem, day, month, year = found.groups()
        month_number = _MONTHS.index(month.lower()) + 1
        known = campaign.event.start.year if campaign.event else None
        if year is None and known is None:
            continue
        try:
            day_meant = date(int(year or known or 0), month_number, int(day))
        except ValueError:
            yield Problem(place, f"'{found.group()}' is no date", "correct it")
            continue
        expected = _STEMS[day_meant.weekday()]
        if expected != stem.lower():
            yield Problem(
                place,
                f"'{found.group()}': that day is a {day_meant:%A}",
                "correct the date or the weekday",
            )
