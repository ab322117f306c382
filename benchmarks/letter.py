"""
The letter that every path sends, and to whom.

About 6 KB of text and HTML, as a usual invitation has; on demand three
attachments of 1 MB together.  Nothing in it depends on chance.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SENDER = "pisarna@posiljatelj.example"
SUBJECT = "Vabilo: nacionalna konferenca o sodelovanju z občani"
PARAGRAPH = (
    "vabimo vas na konferenco, na kateri bodo občine, občani in organizacije "
    "pokazali, kako so s skupnim delom prišli do dobrih odločitev, in odkrito "
    "povedali tudi, kje se jim je zapletlo in kaj je pomagalo."
)
STYLE = (
    "margin: 0 0 12px 0; padding: 0; color: #1b1b1b; text-align: left; "
    "font-family: Arial, Helvetica, sans-serif; font-size: 16px; line-height: 24px; "
    "font-weight: 400; letter-spacing: normal; word-break: break-word;"
)
TEXT = "{{ salutation }}\n\n" + f"{PARAGRAPH}\n\n" * 8 + "Za {{ organisation.name }}\n"
HTML = (
    "<html><body><p>{{ salutation }}</p>\n"
    + f'<p style="{STYLE}">{PARAGRAPH}</p>\n' * 8
    + "<p>Za {{ organisation.name }}</p></body></html>\n"
)
#: file name: octets
ATTACHMENTS = {"vabilo.pdf": 640_000, "program.docx": 300_000, "zemljevid.png": 60_000}


def attachments() -> dict[str, bytes]:
    """Return the attachments by file name, as incompressible as real ones."""
    return {
        name: hashlib.shake_256(name.encode()).digest(size)
        for name, size in ATTACHMENTS.items()
    }


def addresses(count: int) -> list[str]:
    """Return addresses which mail can never reach, each at its own domain."""
    return [f"obcina@town-{number:05}.example" for number in range(count)]


def as_list(everyone: Sequence[str]) -> str:
    """Return a list of recipients as an office saves it: CSV with a header."""
    return "\n".join(["e-mail", *everyone, ""])
