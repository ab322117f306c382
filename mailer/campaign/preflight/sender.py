"""
Look at in whose name the letters go.

What DNS says of the sender's domain is not looked at here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

_ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
_DOMAIN = re.compile(r"\b(?:[a-z0-9-]+\.)+(?:si|com|org|net|eu|info)\b", re.IGNORECASE)
_DEAF = re.compile(r"\b(?:no-?reply|do-?not-?reply|ne-?odgovarjaj)", re.IGNORECASE)
_PLACE = "mailer.toml, sender"


def look_at_sender(name: str, address: str, reply_to: str) -> Iterator[Problem]:
    """
    Yield what makes a sender look forged, or deaf.

    Microsoft and others take a display name with an address in it for an
    attempt to pass as somebody else.
    """
    if not name.strip():
        hint = "write the office's name"
        yield Problem(f"{_PLACE}, name", "is empty", hint, Severity.WARNS)
    if found := _ADDRESS.search(name):
        same = found.group().casefold() == address.casefold()
        yield Problem(
            f"{_PLACE}, name",
            f"has an address in it, '{found.group()}': Microsoft takes that for forged",
            "write the office's name alone",
            Severity.WARNS if same else Severity.BLOCKS,
        )
    elif found := _DOMAIN.search(name):
        cause = f"has a domain in it, '{found.group()}': filters take that for forged"
        hint = "write the office's name alone"
        yield Problem(f"{_PLACE}, name", cause, hint, Severity.WARNS)
    if _DEAF.search(reply_to.partition("@")[0]):
        cause = f"'{reply_to}' says that nobody reads it, and answers are wanted"
        hint = "name the mailbox that mailer collects"
        yield Problem(f"{_PLACE}, reply_to", cause, hint, Severity.WARNS)
