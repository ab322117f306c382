"""
Write header fields: each value by its own grammar, folded and encoded here.

A field is built from its parts, never from a finished line, and every value
that holds a control character or a line break is refused; so no value can add
a field (RFC 5322, section 2.2).
Which fields a message has is decided in `mailer.rendering.mime`.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from urllib.parse import quote

LINE = 78  #: octets a line should keep to, without CRLF (RFC 5322, 2.1.1)
ENCODED_LINE = 76  #: the same for a line with encoded words (RFC 2047, section 2)
HARD_LINE = 998  #: octets no line may exceed (RFC 5322, 2.1.1)

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_PRINTABLE = re.compile(r"[ -~]*")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+", re.ASCII)
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?:; ?[\w-]+=[\w.-]+)*", re.ASCII)

_WORD_START, _WORD_END = "=?utf-8?q?", "?="
_WORD = 75  #: octets of an encoded word at most (RFC 2047, section 2)
_FRAME = len(_WORD_START) + len(_WORD_END)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


@lru_cache(maxsize=256)  # the letters of a step have mostly the same subject
def text(name: str, value: str) -> bytes:
    """
    Return the field `name` for words people read, such as a subject.

    Plain ASCII is folded at its spaces; everything else, and what a reader
    could mistake for an encoded word, becomes encoded words as a whole.

    Raises:
        ValueError: `value` holds a control character or a line break.
    """
    _refuse_breaks(name, value)
    words = value.split(" ")
    room = LINE - len(name) - 2
    if _reads_as_itself(value) and max(map(len, words)) <= room:
        return _field(name, words, LINE)
    return _field(name, _encoded_words(value, len(name) + 2), ENCODED_LINE)


def mailbox(name: str, display_name: str, address: str) -> bytes:
    """
    Return the field `name` with one mailbox (RFC 5322, section 3.4).

    Args:
        name: The field's name.
        display_name: Words before the address; may be empty.
        address: A dot-atom and a domain, both ASCII (others need SMTPUTF8).

    Raises:
        ValueError: The address is not one, or the name holds a line break.
    """
    _refuse_breaks(name, display_name)
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"{name}: {address!r} is not an ASCII address")
    if not display_name:
        return _field(name, [address], LINE)
    # "=?" inside quotes must not be decoded (RFC 2047, section 5), but is.
    if _PRINTABLE.fullmatch(display_name) and "=?" not in display_name:
        quoted = _quoted_string(display_name)
        if len(name) + 2 + len(quoted) <= LINE:
            return _field(name, [quoted, f"<{address}>"], LINE)
    words = _encoded_words(display_name, len(name) + 2)
    return _field(name, [*words, f"<{address}>"], ENCODED_LINE)


def raw(name: str, value: str) -> bytes:
    """
    Return the field `name` with ids or URIs, folded at spaces, never encoded.

    An encoded List-Unsubscribe or References is of no use to its reader
    (RFC 2369, section 2), which is why a long one stays a long line.

    Raises:
        ValueError: `value` is not printable ASCII between single spaces, or a
            line would be longer than 998 octets.
    """
    if not _PLAIN.fullmatch(value):
        raise ValueError(f"{name}: {value!r} is not plain ASCII")
    return _field(name, value.split(" "), LINE)


def date(name: str, when: datetime) -> bytes:
    """
    Return the field `name` with the aware instant `when` in its own zone.

    RFC 5322, section 3.3; whole minutes of offset, as the grammar has no others.

    Raises:
        ValueError: `when` is naive.
    """
    offset = when.utcoffset()
    if offset is None:
        raise ValueError(f"{name}: {when} has no time zone")
    return _date(name, when, offset // timedelta(minutes=1))


@lru_cache(maxsize=256)  # many letters begin in the same instant
def _date(name: str, when: datetime, minutes: int) -> bytes:
    """Return the field; equal instants are one to the memo, so it gets the offset."""
    local = when.astimezone(timezone(timedelta(minutes=minutes)))
    sign = "-" if minutes < 0 else "+"
    hours, minutes = divmod(abs(minutes), 60)
    return (
        f"{name}: {_DAYS[local.weekday()]}, {local.day:02} {_MONTHS[local.month - 1]} "
        f"{local.year:04} {local:%H:%M:%S} {sign}{hours:02}{minutes:02}\r\n"
    ).encode()


def file_fields(media_type: str, file_name: str) -> bytes:
    """
    Return the Content-Type and Content-Disposition of an attached file.

    A name beyond ASCII goes out as RFC 2231 says, in one piece because old
    Outlook does not join continuations, and again in ASCII for readers that
    know neither.  The extended form comes first: readers that see a parameter
    twice keep the first, Python's among them.

    Raises:
        ValueError: The type is not one, or the name holds a line break, or is
            too long for a line.
    """
    _refuse_breaks("file name", file_name)
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise ValueError(f"{media_type!r} is not a media type")
    plain = _ascii_file_name(file_name)
    disposition = ["attachment;"]
    if plain != file_name:
        disposition.append(f"filename*=utf-8''{quote(file_name, safe='')};")
    disposition.append(f"filename={_quoted_string(plain)}")
    return _field(
        "Content-Type", [f"{media_type};", f"name={_quoted_string(plain)}"], LINE
    ) + _field("Content-Disposition", disposition, LINE)


def _field(name: str, words: list[str], limit: int) -> bytes:
    """Return the field with `words` parted by a space, folded before them."""
    whole = f"{name}: {' '.join(words)}"
    if len(whole) <= limit:
        return f"{whole}\r\n".encode("ascii")
    lines, line = [], f"{name}:"
    for position, word in enumerate(words):
        # Never right after the name: some relays drop a field that begins with
        # an empty line.
        if position and len(line) + 1 + len(word) > limit:
            lines.append(line)
            line = ""
        line += f" {word}"
    lines.append(line)
    if max(map(len, lines)) > HARD_LINE:
        raise ValueError(f"{name}: a line is longer than {HARD_LINE} octets")
    return "\r\n".join([*lines, ""]).encode("ascii")


def _encoded_words(value: str, used: int) -> list[str]:
    """
    Return `value` as encoded words (RFC 2047), each of whole characters.

    `used` is what stands before the first of them on its line.
    """
    words, payload = [], ""
    room = min(_WORD, ENCODED_LINE - used) - _FRAME
    for character in value:
        encoded = _q_encoded(character)
        if len(payload) + len(encoded) > room:
            words.append(payload)
            payload, room = "", _WORD - _FRAME
        payload += encoded
    return [f"{_WORD_START}{word}{_WORD_END}" for word in (*words, payload)]


@lru_cache(maxsize=1024)
def _q_encoded(character: str) -> str:
    """Return a character as the Q encoding writes it within a phrase (5(3))."""
    if character == " ":
        return "_"
    if character.isascii() and (character.isalnum() or character in "!*+-/"):
        return character
    return "".join(f"={octet:02X}" for octet in character.encode())


def _reads_as_itself(value: str) -> bool:
    return (not value or bool(_PLAIN.fullmatch(value))) and "=?" not in value


def _quoted_string(value: str) -> str:
    escaped = value.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def _ascii_file_name(file_name: str) -> str:
    """Return `file_name` in letters every reader knows; itself if it is in them."""
    bare = unicodedata.normalize("NFKD", file_name.replace("đ", "d").replace("Đ", "D"))
    letters = "".join(char for char in bare if not unicodedata.combining(char))
    return re.sub(r"""[^ !#-\[\]-~]""", "_", letters).replace("=?", "=_")


def _refuse_breaks(name: str, value: str) -> None:
    if found := _BREAKS.search(value):
        raise ValueError(f"{name}: U+{ord(found[0]):04X} cannot stand in a header")
