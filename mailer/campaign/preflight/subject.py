"""Look at a subject: its length, and what makes mail look like advertising."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: longer subjects are cut off in most mail programs
LONG_SUBJECT = 90
_SHOUTED = 12  #: letters; shorter ones may be abbreviations
_FEIGNED = ("re:", "fw:", "fwd:", "odg:", "aw:")
_YEAR = re.compile(r"(?<![\d/.-])20\d\d(?![\d/-])")


def look_at_subject(place: str, subject: str) -> Iterator[Problem]:
    """Yield what is wrong with a subject."""
    if not subject.strip():
        yield Problem(place, "is empty", "write one")
        return
    if len(subject) > LONG_SUBJECT:
        yield Problem(
            place,
            f"{len(subject)} characters; mail programs cut it off",
            f"stay under {LONG_SUBJECT}",
            Severity.WARNS,
        )
    if subject.isupper() and sum(map(str.isalpha, subject)) > _SHOUTED:
        hint = "write it as a sentence"
        yield Problem(place, "is all capitals; filters mark that", hint, Severity.WARNS)
    if "!!" in subject:
        hint = "one is enough, none is better"
        yield Problem(place, "has '!!'; filters mark that", hint, Severity.WARNS)
    if subject.casefold().lstrip().startswith(_FEIGNED):
        cause = f"'{subject.split(maxsplit=1)[0]}' pretends that it answers something"
        yield Problem(place, cause, "delete it", Severity.WARNS)


def look_at_lines(place: str, lines: Sequence[str]) -> Iterator[Problem]:
    """Yield whether a subject's template makes more than one line, which are joined."""
    if len(lines) > 1:
        cause = f"{len(lines)} lines are joined into one; the second is '{lines[1]}'"
        hint = "write the subject in one line; no header can be added there"
        yield Problem(place, cause, hint, Severity.WARNS)


def look_at_year(place: str, subject: str, year: int) -> Iterator[Problem]:
    """Yield whether a subject is of years that were over when it goes in `year`."""
    named = [int(found) for found in _YEAR.findall(subject)]
    if named and max(named) < year:
        cause = f"'{max(named)}' is a past year"
        hint = "correct it, if it is not meant"
        yield Problem(place, cause, hint, Severity.WARNS)
