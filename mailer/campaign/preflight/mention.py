"""Compare what a letter says of its attachments with those it has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: words for this letter's own enclosures
_PROMISED = re.compile(
    r"\b(?:v\s+prilog(?:i|ah)|v\s+priponk(?:i|ah)|prilagam\w*|v\s+prilož\w+|"
    r"prilož(?:en|eno|ena|eni|ene|enim|enem|enega)\b)",
    re.IGNORECASE,
)
#: any word that tells the reader that there is something to open
_MENTIONED = re.compile(
    r"\b(?:prilog|prilag|prilož|pripon|pripet|obraz[ec]|datotek|attach|enclos|"
    r"allegat|mellékl)",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(
    r"(?<![\w/.])[\w-]+\.(?:pdf|docx?|xlsx?|odt|ods|pptx?|zip)\b", re.IGNORECASE
)


def look_for_mentions(
    place: str, text: str, files: Sequence[str], *, has_more: bool
) -> Iterator[Problem]:
    """
    Yield what the text promises and the letter lacks, and the other way round.

    Args:
        place: The text's.
        text: The text part.
        files: The names of the files that the letter carries.
        has_more: It also carries a form or the event, whose names are made.
    """
    promised = _PROMISED.search(text)
    if promised and not files and not has_more:
        cause = f"'{_one_line(promised.group())}', but nothing is attached"
        hint = "name the file in the step's attachments, or change the text"
        yield Problem(place, cause, hint, Severity.WARNS)
    carried = {name.casefold() for name in files}
    named = dict.fromkeys(found.group() for found in _FILE_NAME.finditer(text))
    for name in named:
        if not has_more and not any(one.endswith(name.casefold()) for one in carried):
            cause = f"'{name}' is named, but not attached"
            hint = "add it to the step's attachments, or change the text"
            yield Problem(place, cause, hint, Severity.WARNS)
    if files and not _MENTIONED.search(text):
        cause = f"says nothing of what is attached: {', '.join(files)}"
        hint = "tell the reader what to open, or do not attach it"
        yield Problem(place, cause, hint, Severity.WARNS)


def _one_line(text: str) -> str:
    return " ".join(text.split())
