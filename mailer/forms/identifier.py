"""
Find a form's identifier in a text: typed, printed, or read from a picture.

Whether it is one that we made is decided with the key (`mailer.tokens`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from mailer.tokens import fold_form_id

if TYPE_CHECKING:
    from collections.abc import Iterable

_LIKE = {"0": "0OQD", "1": "1IL", "2": "2Z", "5": "5S", "6": "6G", "8": "8B", "U": "UV"}
_GAP = r"[\s\-_./:‐-―−]{0,3}"  # noqa: RUF001 - the dashes that programs write
_HANDLE = "(?:[0-9OQDILZSGB]{1,6}|[0-9A-Z]{6})"  # a number, or six symbols
_LOOSE = r"(?:[ \-‐-―−]?[0-9A-Z]){5}"  # noqa: RUF001


def find_identifier(text: str, tags: Iterable[str]) -> str:
    """Return the first identifier with one of `tags`, as it stands; "" if none."""
    plain = unicodedata.normalize("NFKC", text)
    for tag in tags:
        for pattern in _patterns(tag):
            if found := pattern.search(plain):
                return " ".join(found.group().split())
    return ""


@cache
def _patterns(tag: str) -> tuple[re.Pattern[str], ...]:
    """Return the patterns of an identifier, the strictest first."""
    letters = (_LIKE.get(letter, letter) for letter in fold_form_id(tag))
    begin = "".join(f"[{any_of}]" for any_of in letters)
    head = rf"(?<![0-9A-Z]){begin}{_GAP}{_HANDLE}{_GAP}"
    tails = (r"[0-9A-Z]{6}", rf"[0-9A-Z]{_LOOSE}")
    return tuple(
        re.compile(rf"{head}{tail}(?![0-9A-Z])", re.IGNORECASE) for tail in tails
    )
