"""
Make a stranger's words safe for a terminal.

A terminal obeys control characters and escape sequences: whoever may write
them can clear the screen, hide a line, or change what is copied.  Letters that
turn the direction of writing, or that nobody sees, make one name look like
another.  All of these are shown as a mark instead.
"""

from __future__ import annotations

import re

MARK = "\N{REPLACEMENT CHARACTER}"

#: C0, DEL and C1; direction of writing; invisible letters; what is no character
_OBEYED = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff"
)
#: marks that stand on a letter; a tower of them runs over the lines above
_MARKS = (
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_PILED = re.compile(f"(?<={_MARKS}{{3}}){_MARKS}+")
_IN_TEXT = re.compile(f"[{_OBEYED}]")
_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def harmless(text: str) -> str:
    """Return `text` of any number of lines, with a mark for what is not shown."""
    lines = text.replace("\r\n", "\n").expandtabs(4)
    return _IN_TEXT.sub(MARK, _PILED.sub("", lines))


def harmless_line(text: str) -> str:
    """Return `text` as one line, with a mark for what is not shown."""
    return " ".join(harmless(text).split())


def harmless_json(document: str) -> str:
    """Return a JSON document that means the same and that a terminal only shows."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", document)


def harmless_bytes(raw: bytes) -> str:
    """Return a message's bytes as text for a terminal, what is strange spelled out."""
    text = raw.replace(b"\r\n", b"\n").decode("utf-8", "backslashreplace")
    return _IN_TEXT.sub(
        lambda found: found.group().encode("unicode_escape").decode("ascii"), text
    )
