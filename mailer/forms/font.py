"""
The letters of a printed form: which there are, and how wide.

One byte stands for one letter, as in a PDF's simple fonts, which every viewer
can also type in (ISO 32000-1, section 9.6.6): Windows-1252, with the letters of
Slovenian, Croatian and Hungarian in places that nobody needs.
The fonts are DejaVu, cut down; a machine without fonts shows the same.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: byte → (letter, its name in a font), where it is not as in Windows-1252
DIFFERENCES = {
    0x81: ("Č", "Ccaron"),
    0x83: ("č", "ccaron"),
    0x88: ("Ć", "Cacute"),
    0x8D: ("ć", "cacute"),
    0x8F: ("Đ", "Dcroat"),
    0x90: ("đ", "dcroat"),
    0x98: ("Ő", "Ohungarumlaut"),
    0x9D: ("ő", "ohungarumlaut"),
    0xA4: ("Ű", "Uhungarumlaut"),
    0xAD: ("ű", "uhungarumlaut"),
}
FIRST, LAST = 32, 255


def _alphabet() -> dict[str, int]:
    letters = {
        bytes([code]).decode("cp1252"): code
        for code in range(FIRST, LAST + 1)
        if code not in DIFFERENCES and code != 0x7F  # noqa: PLR2004 - DELETE
    }
    return letters | {letter: code for code, (letter, _) in DIFFERENCES.items()}


#: letter → its byte
ALPHABET = _alphabet()


@dataclass(frozen=True, slots=True)
class Font:
    """A font that is embedded; sizes are in thousandths of the type's size."""

    name: str
    content: bytes  #: TrueType
    ascent: int
    descent: int  #: below the line, negative
    box: tuple[int, ...]  #: around all its letters: left, bottom, right, top
    widths: Mapping[str, int]

    def width(self, text: str, size: float) -> float:
        """Return how wide a line of `text` is, in the unit of `size`."""
        return sum(self.widths.get(letter, 600) for letter in text) * size / 1000

    def wrap(self, text: str, size: float, width: float) -> list[str]:
        """Return the lines of `text`; a word that is too long stands alone."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if not lines[-1] or self.width(longer, size) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        return lines


def encode(text: str) -> bytes:
    """Return the bytes of a text; of a letter that is missing, its base, or "?"."""
    return bytes(
        ALPHABET.get(letter) or ALPHABET.get(_base(letter), 0x3F)
        for letter in unicodedata.normalize("NFC", text)
    )


def _base(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0]


@cache
def regular() -> Font:
    """Return the font of the texts and fields."""
    return _load("DejaVuSansCondensed")


@cache
def bold() -> Font:
    """Return the font of the headings."""
    return _load("DejaVuSansCondensed-Bold")


def _load(name: str) -> Font:
    folder = resources.files("mailer.forms") / "fonts"
    about = json.loads((folder / "metrics.json").read_text("utf-8"))[name]
    return Font(
        name=name,
        content=(folder / f"{name}.ttf").read_bytes(),
        ascent=about["ascent"],
        descent=about["descent"],
        box=tuple(about["box"]),
        widths=about["widths"],
    )
