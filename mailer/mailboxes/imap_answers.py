"""
Read what an IMAP server answers (RFC 3501, section 7), as far as we ask.

Pure and total: from whatever a server says, these functions take what they know
and leave the rest.  What is asked is in `mailer.mailboxes.imap`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

#: a line, or the line before a literal and the literal, as imaplib gives them
Answer: TypeAlias = bytes | tuple[bytes, bytes]

#: 32 bits, as all numbers of IMAP
_NUMBER = re.compile(rb"(?<!\S)\d{1,10}(?!\S)")
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
#: a short body may stand in quotes, an empty one usually does
_SHORT = re.compile(rb'\bBODY\[\](?:<\d+>)? "((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Listed:
    """A message as the server lists it."""

    uid: int
    size: int  #: in bytes; some servers only guess
    received_at: datetime | None


def numbers(answers: Sequence[Answer]) -> list[int]:
    """Return the numbers in the answers to a SEARCH."""
    lines = [one for one in answers if isinstance(one, bytes)]
    return [int(word) for line in lines for word in _NUMBER.findall(line)]


def listed(answer: Answer) -> Listed | None:
    """Return what an answer to a FETCH tells about a message, if it does."""
    if not isinstance(answer, bytes):
        return None
    uid, size, date = _UID.search(answer), _SIZE.search(answer), _DATE.search(answer)
    if not (uid and size):
        return None  # of another program's doings, such as a flag that was set
    return Listed(int(uid[1]), int(size[1]), _instant(date[1]) if date else None)


def bodies(answers: Sequence[Answer]) -> dict[int, bytes]:
    """Return the messages in the answers to a FETCH, by their numbers."""
    found: dict[int, bytes] = {}
    literal: bytes | None = None
    for answer in answers:
        if isinstance(answer, tuple):
            about, literal = answer
        else:
            about = answer
            if short := _SHORT.search(about):
                literal = re.sub(rb"\\(.)", rb"\1", short[1])
                about = _SHORT.sub(b"", about)  # it may say UID, too
        if literal is not None and (uid := _UID.search(about)):
            found.setdefault(int(uid[1]), literal)
            literal = None
    return found


def _instant(text: bytes) -> datetime | None:
    """Return an INTERNALDATE such as " 7-Apr-2019 09:00:00 +0200"."""
    try:
        words = text.decode("ascii").strip().replace("-", " ", 2)
        return parsedate_to_datetime(words).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def as_set(uids: Sequence[int]) -> str:
    """Return numbers as IMAP names them: 3,7:9."""
    ranges: list[list[int]] = []
    for uid in sorted(uids):
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(f"{a}" if a == b else f"{a}:{b}" for a, b in ranges)
