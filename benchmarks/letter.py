"""
The letter that `send.py` sends by every path, and to whom.

Its size is that of a usual invitation: subject, text and HTML, no attachment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SENDER = "pisarna@posiljatelj.example"
SUBJECT = "Vabilo: nacionalna konferenca o sodelovanju z občani"
PARAGRAPH = (
    "vabimo vas na konferenco, na kateri bodo občine, občani in organizacije "
    "pokazali, kako so s skupnim delom prišli do dobrih odločitev, in odkrito "
    "povedali tudi, kje se jim je zapletlo in kaj je pomagalo."
)
TEXT = "{{ salutation }}\n\n" + f"{PARAGRAPH}\n\n" * 4 + "Za {{ organisation.name }}\n"
HTML = (
    "<html><body><p>{{ salutation }}</p>\n"
    + f"<p>{PARAGRAPH}</p>\n" * 4
    + "<p>Za {{ organisation.name }}</p></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be sent, and where."""

    port: int  #: the sink's, on loopback
    messages: int
    connections: int
    folder: Path  #: an empty one, for whoever needs a place


def addresses(count: int) -> list[str]:
    """Return addresses which mail can never reach, each at its own domain."""
    return [f"obcina@town-{number:05}.example" for number in range(count)]
