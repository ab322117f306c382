"""
Find a municipality by its code or its name, exactly.

Ribnica and Ribnica na Pohorju, Komen and Komenda, Šenčur and Šentjur are
neighbours by spelling, so nothing is ever matched by similarity; near misses
only appear in the text of a problem.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailer.model.recipient import Organisation

_KIND = re.compile(r"(?:mestna občina|občina|mo) ", re.IGNORECASE)


def name_key(name: str) -> str:
    """Return `name` in NFC, without case, spare space and "Občina" before it."""
    spelt = unicodedata.normalize("NFC", " ".join(name.split()))
    return unicodedata.normalize("NFC", bare_name(spelt).casefold())


def bare_name(official_name: str) -> str:
    """Return "Koper" for "Mestna občina Koper"."""
    kind = _KIND.match(official_name)
    return official_name[kind.end() :] if kind else official_name


def code_key(code: str) -> str:
    """Return a number as the register's three digits ("1" is "001"), else `code`."""
    return code.zfill(3) if code.isascii() and code.isdigit() else code


class Register:
    """
    The municipalities a list is checked against.

    Args:
        organisations: All of them, each with its other spellings.

    A spelling that belongs to two of them finds neither.
    """

    def __init__(self, organisations: Iterable[Organisation]) -> None:
        self._by_code: dict[str, Organisation] = {}
        self._by_name: dict[str, set[Organisation]] = {}
        for each in organisations:
            self._by_code[each.code] = each
            names = (each.name, each.official_name, each.co_official_name)
            for name in filter(None, (*names, *each.aliases)):
                self._by_name.setdefault(name_key(name), set()).add(each)

    def with_code(self, code: str) -> Organisation | None:
        """Return the municipality with this code, leading zeros or not."""
        return self._by_code.get(code_key(code))

    def named(self, name: str) -> Organisation | None:
        """Return the one municipality with this name or alias."""
        found = self._by_name.get(name_key(name), ())
        return next(iter(found)) if len(found) == 1 else None

    def is_called(self, organisation: Organisation, name: str) -> bool:
        """Return whether this is one of a municipality's names; others may share it."""
        return organisation in self._by_name.get(name_key(name), ())

    def similar(self, name: str) -> tuple[str, ...]:
        """Return up to three names that resemble `name`, for a problem's text."""
        near = difflib.get_close_matches(name_key(name), self._by_name, n=3)
        names = (each.name for key in near for each in self._by_name[key])
        return tuple(dict.fromkeys(names))
