"""
Read the relay's replies out of bytes (RFC 5321, section 4.2).

Any bytes have a reading, and a hostile relay cannot fill the memory.  What a
reply means is decided in `mailer.delivery.verdict`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

from mailer.model.smtp import Silence, SmtpReply

MAX_LINE = 8 * 1024  # octets; RFC 5321, section 4.5.3.1.5, asks for 512
MAX_REPLY = 32 * 1024  # octets of all lines of one reply
MAX_TEXT = 500  # characters that are kept

# Strictly three digits: int() would take b"-50" and b"2_5" for numbers.  "250"
# without a text is allowed (section 4.2.1), "250OK" is not.
_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)

_ENHANCED = re.compile(r"([245])\.([0-9]{1,3})\.([0-9]{1,3})(?:\s+|$)")  # RFC 3463

#: a relay says the same few things all day; what is hostile is read anew each time
_REMEMBERED = 256

#: what a line is: its code, whether the reply goes on after it, its text
_Form: TypeAlias = tuple[int, bool, bytes]


class ReplyReader:
    """Collects bytes as they come, and gives the replies in them."""

    def __init__(self) -> None:
        self._rest = b""  # of a line that is not complete
        self._texts: list[bytes] = []  # of a reply that is not complete
        self._class = 0  # its first digit
        self._length = 0
        self._is_malformed = False

    @property
    def is_idle(self) -> bool:
        """Return whether nothing but complete replies has been read."""
        return not (self._rest or self._texts or self._is_malformed)

    def feed(self, data: bytes) -> list[SmtpReply | Silence]:
        """
        Return the replies that are complete with `data`, in order.

        `Silence.MALFORMED` stands for the first bytes that are no reply;
        nothing is read after it, since nobody knows where a reply begins.
        """
        if self._is_malformed:
            return []
        read: list[SmtpReply | Silence] = []
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            reply = self._line(line)
            if reply is not None:
                read.append(reply)
            if self._is_malformed:
                break
        else:
            if len(self._rest) > MAX_LINE:
                read.append(self._malformed())
        return read

    def _line(self, line: bytes) -> SmtpReply | Silence | None:
        """Return what ends with `line`; `None` if the reply goes on."""
        self._length += len(line)
        if len(line) > MAX_LINE or self._length > MAX_REPLY:
            return self._malformed()
        form = _form(line)
        if form is None:
            return self._malformed()
        code, goes_on, text = form
        if self._texts and code // 100 != self._class:
            # All lines must have one code (section 4.2.1).  "250-" and then "421"
            # is a relay that took the message and went down while it said so: to
            # believe either would be a guess.  Within a class the last line holds.
            return self._malformed()
        if goes_on:
            self._class = code // 100
            self._texts.append(text)
            return None
        texts, self._texts, self._length = [*self._texts, text], [], 0
        return reply_of(code, b"\n".join(texts))

    def _malformed(self) -> Silence:
        self._is_malformed = True
        self._rest = b""
        return Silence.MALFORMED


@lru_cache(_REMEMBERED)
def _form(line: bytes) -> _Form | None:
    """Return what `line` is; `None` if it is no line of a reply."""
    form = _LINE.fullmatch(line.removesuffix(b"\r"))
    return form and (int(form[1]), form[2] == b"-", form[3] or b"")


@lru_cache(_REMEMBERED)
def reply_of(code: int, text: bytes) -> SmtpReply | Silence:
    """
    Return the reply with that code and text; lines of text end in LF.

    An enhanced status code is taken only if its class agrees with the code's;
    a code that no reply can have makes it `Silence.MALFORMED`.
    """
    if not 200 <= code <= 599:  # noqa: PLR2004 - RFC 5321, section 4.2
        return Silence.MALFORMED
    enhanced = ""
    cleaned = []
    for line in text.decode("utf-8", "replace").split("\n"):
        status = _ENHANCED.match(line)
        if status and int(status[1]) == code // 100:
            enhanced = enhanced or status[0].strip()
            line = line[status.end() :]  # noqa: PLW2901 - the code stands in a field
        cleaned.append(_clean(line))
        if sum(map(len, cleaned)) > MAX_TEXT:
            break
    return SmtpReply(code, " ".join(filter(None, cleaned))[:MAX_TEXT], enhanced)


def _clean(line: str) -> str:
    """Return `line` without what could move a terminal's cursor or hide text."""
    line = line.strip()[:MAX_TEXT]
    if line.isprintable():
        return line
    return "".join(each if each.isprintable() else "?" for each in line)
