"""
Encode texts that have most of their lines in common.

In quoted-printable (RFC 2045, section 6.7) each line is encoded by itself.  So
what two letters share, whole lines in the same order, is encoded once and then
recognised: a *run*.  A letter costs its own lines, and one comparison for each
run between them.
What is remembered changes no byte of what is made: a run is taken where the
text has exactly its characters, and any other line is encoded as it stands.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from itertools import takewhile

from mailer.model.message import Lines

# `binascii` lengthens a line that ends in white space to 77 or 78 characters.
_OVERLONG = re.compile(rb"^([^\n]{74,75})(=20|=09)$", re.MULTILINE)
# Programs that keep mail in mbox files write ">From " for it.
_FROM = re.compile(rb"^From ", re.MULTILINE)

_STRANGE = 8  #: with more lines of its own a text is worth remembering
_ROOM = 200_000  #: characters that are remembered, or one text more
_PIECE = 256  #: octets from which on a run is shared and not copied


def encoded(text: str) -> bytes:
    """
    Return `text` in UTF-8, quoted-printable, every line ended with CRLF.

    Quoted-printable and not base64, because people read the source of a
    message when they ask what was sent.
    """
    return _encoded(_with_line_ends(text))


@dataclass(frozen=True, slots=True)
class _Run:
    """Lines that several texts have in this order."""

    text: str
    encoded: bytes | Lines  #: bytes where that is less than a piece is worth


class Encoder:
    """
    Encodes text after text, and remembers what recurs.

    One for each step, whose letters have the same templates.  What it remembers
    is bounded, however many letters there are.
    """

    def __init__(self) -> None:
        #: line → a text that has it, and where
        self._places: dict[str, tuple[str, int]] = {}
        self._runs: dict[str, _Run] = {}  # by their first line
        self._room = _ROOM

    def encode(self, text: str) -> list[bytes | Lines]:
        """
        Return what `encoded` returns for `text`, in pieces of whole lines.

        What is shared with other texts is the same `Lines` in each.
        """
        text = _with_line_ends(text)
        pieces: list[bytes | Lines] = []
        position, strange = 0, 0
        while position < len(text):
            end = text.index("\n", position) + 1
            line = text[position:end]
            run = self._run(line, text, position)
            if run is None:
                pieces.append(_encoded(line))
                position = end
                strange += 1
            else:
                pieces.append(run.encoded)
                position += len(run.text)
        if strange > _STRANGE and self._room > 0:
            self._remember(text)
        return pieces

    def _run(self, line: str, text: str, position: int) -> _Run | None:
        """Return the run that begins in `text` with the `line` at `position`."""
        run = self._runs.get(line)
        if run is not None and text.startswith(run.text, position):
            return run
        place = self._places.get(line)
        if place is None:
            return None
        # New, or it ends earlier than those before: then it is cut for good.
        common = _common(place, text, position)
        octets = _encoded(common)
        run = _Run(common, octets if len(octets) < _PIECE else Lines(octets))
        self._runs[line] = run
        return run

    def _remember(self, text: str) -> None:
        self._room -= len(text)
        position = 0
        while position < len(text):
            end = text.index("\n", position) + 1
            self._places.setdefault(text[position:end], (text, position))
            position = end


def _common(place: tuple[str, int], text: str, position: int) -> str:
    """Return the whole lines that the text known at `place` and `text` begin with."""
    known, start = place
    pairs = zip(
        known[start:-1].split("\n"), text[position:-1].split("\n"), strict=False
    )
    same = takewhile(lambda pair: pair[0] == pair[1], pairs)
    return "".join(f"{line}\n" for line, _ in same)


def _with_line_ends(text: str) -> str:
    """Return `text` with LF after each line."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else f"{text}\n"


def _encoded(text: str) -> bytes:
    octets = binascii.b2a_qp(text.encode(), istext=True)
    if b"=20\n" in octets or b"=09\n" in octets:
        octets = _OVERLONG.sub(rb"\1=\n\2", octets)
    if b"From " in octets:
        octets = _FROM.sub(b"From=\n ", octets)
    return octets.replace(b"\n", b"\r\n")
