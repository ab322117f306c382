"""
Read a message tolerantly: header fields, parts, decoded text.

Total: any bytes make a `Part`, and LF or CRLF line ends make the same one.
The standard library's parser is not used, because it raises on hostile mail
and recurses as deep as the sender likes.
Here everything is capped before it is looked at: size, depth, parts, header.
What the message means is decided by those who read the parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.inbox.decoding import (
    MAX_TEXT_BYTES,
    header_text,
    html_to_text,
    text_of,
    transfer_decoded,
)
from mailer.inbox.parameters import file_name, parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_MESSAGE_BYTES = 25 * 1024 * 1024
MAX_HEADER_BYTES = 256 * 1024
MAX_FIELD_CHARACTERS = 16 * 1024
MAX_FIELDS = 1000
MAX_DEPTH = 20
MAX_PARTS = 200
#: of all parts together, those within others counted again
MAX_READ_BYTES = 5 * MAX_MESSAGE_BYTES
#: lines that begin like a boundary; most of them are one
MAX_MARKS = 20 * MAX_PARTS

#: base64 and quoted-printable take more room than what they encode
MAX_ENCODED_BYTES = 3 * MAX_TEXT_BYTES

#: a field with its folded lines; some gateways forget to indent the parameters of
#: Content-Type
_FIELD = re.compile(
    r"([!-9;-~]{1,100}+)[ \t]*+:[ \t]*+"
    r"(.*+(?:\n(?:[ \t].*+|(?<=;\n)[\w-]++=.*+))*+)(?:\n|\Z)"
)
_FOLD = re.compile(r"\n[ \t]*+")
_BLANK = re.compile(r"[ \t]*+(?:\n|\Z)")
_MEDIA_TYPE = re.compile(r"\s*([\w.+-]+/[\w.+-]+)")
_AFTER_BOUNDARY = re.compile(rb"(--)?+[ \t]*+(?:\n|\Z)")
_BEFORE_HEADER = re.compile(rb"(?:\s*\n)+|>?From [^\n]*\n")

#: media types whose body is a returned message, or its header
RETURNED = frozenset(
    {
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/global-headers",
    }
)


class Header:
    """The fields of a header section, in order; names in lower case."""

    __slots__ = ("_by_name", "_fields")

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields = tuple(fields)
        self._by_name: dict[str, list[str]] = {}
        for name, value in self._fields:
            self._by_name.setdefault(name, []).append(value)

    def first(self, name: str) -> str:
        """Return the raw value of the first field called `name`, or ""."""
        found = self._by_name.get(name)
        return found[0] if found else ""

    def every(self, *names: str) -> list[str]:
        """Return the raw values of all fields with one of these names."""
        return [value for name in names for value in self._by_name.get(name, ())]

    def text(self, name: str) -> str:
        """Return the first field called `name`, decoded, in one line."""
        return header_text(self.first(name))

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __bool__(self) -> bool:
        return bool(self._fields)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._fields)


@dataclass(frozen=True, slots=True)
class Part:
    """A message, or one part of it."""

    header: Header
    media_type: str  #: "text/plain", lower case
    parameters: dict[str, str]  #: of Content-Type; names in lower case
    body: bytes  #: LF line ends, still in its transfer encoding; empty if it has parts
    parts: tuple[Part, ...] = ()

    @property
    def text(self) -> str:
        """Return the body as text: decoded, HTML made plain."""
        encoding = self.header.first("content-transfer-encoding")
        body = transfer_decoded(self.body[:MAX_ENCODED_BYTES], encoding)
        text = text_of(body, self.parameters.get("charset", "us-ascii"))
        return html_to_text(text) if self.media_type == "text/html" else text

    @property
    def content(self) -> bytes:
        """Return the body without its transfer encoding."""
        encoding = self.header.first("content-transfer-encoding")
        return transfer_decoded(self.body, encoding)

    @property
    def is_attachment(self) -> bool:
        """Tell whether its sender meant it as a file, whatever is in it (RFC 2183)."""
        given = self.header.first("content-disposition")
        return given[:10].lower() == "attachment"

    @property
    def file_name(self) -> str:
        """Return the name its sender gave it, or ""."""
        disposition = parameters(self.header.first("content-disposition"))
        return file_name(disposition, self.parameters)

    @property
    def is_returned(self) -> bool:
        """Tell whether this part is a message inside the message, or its header."""
        return self.media_type in RETURNED

    @property
    def is_broken(self) -> bool:
        """Tell whether it says that it has parts, and none could be found."""
        return self.media_type.startswith("multipart/") and not self.parts

    def walk(self) -> Iterator[Part]:
        """Return this part and those below it, in order, but none inside a message."""
        yield self
        if not self.is_returned:
            for part in self.parts:
                yield from part.walk()


def read(raw: bytes) -> Part:
    """Return the message in `raw`, as far as it can be understood."""
    return _Reader().part(_with_lf(raw[:MAX_MESSAGE_BYTES]), depth=0)


def _with_lf(raw: bytes) -> bytes:
    """Return `raw` with LF line ends, also where CRLF was made of CRLF again."""
    if b"\r" not in raw:
        return raw
    if b"\n" not in raw:
        return raw.replace(b"\r", b"\n")  # the Macintosh of old
    return raw.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n")


def read_header(text: str) -> tuple[Header, str]:
    """Return the header fields at the start of `text`, and what follows them."""
    fields: list[tuple[str, str]] = []
    position = 0
    while len(fields) < MAX_FIELDS and (found := _FIELD.match(text, position)):
        name, value = found.groups()
        if "\n" in value:
            value = _FOLD.sub(" ", value[:MAX_FIELD_CHARACTERS])
        fields.append((name.lower(), value[:MAX_FIELD_CHARACTERS].strip()))
        position = found.end()
    # The blank line, or a first line of text: the header ends here.
    blank = _BLANK.match(text, position)
    return Header(fields), text[blank.end() if blank else position :]


class _Reader:
    """One reading, with what is left of its allowance."""

    def __init__(self) -> None:
        self._left = MAX_PARTS
        self._bytes_left = MAX_READ_BYTES

    def part(self, raw: bytes, depth: int, default: str = "text/plain") -> Part:
        """Return the part whose header and body are `raw`."""
        self._left -= 1
        self._bytes_left -= len(raw)
        may_descend = depth < MAX_DEPTH and self._bytes_left > 0
        header, body = _split(raw)
        media_type, given = _content_type(header.first("content-type"), default)
        boundary = given.get("boundary", "")
        if media_type.startswith("multipart/") and boundary and may_descend:
            parts = self._parts(body, boundary, depth, media_type)
            if parts:
                return Part(header, media_type, given, b"", parts)
        if media_type in RETURNED and may_descend and self._left > 0:
            encoding = header.first("content-transfer-encoding")
            inner = _with_lf(transfer_decoded(body, encoding))
            parts = (self.part(inner, depth + 1),)
            return Part(header, media_type, given, b"", parts)
        return Part(header, media_type, given, body)

    def _parts(
        self, body: bytes, boundary: str, depth: int, media_type: str
    ) -> tuple[Part, ...]:
        """Return the parts between the boundaries; none if there is no boundary."""
        default = "text/plain"
        if media_type == "multipart/digest":
            default = "message/rfc822"  # RFC 2046, section 5.1.5
        parts: list[Part] = []
        begin = None
        for start, end, is_last in _boundaries(body, boundary):
            if begin is not None and self._left > 0:
                # The line end before a boundary belongs to the boundary.
                inside = body[begin : max(begin, start - 1)]
                parts.append(self.part(inside, depth + 1, default))
            begin = end
            if is_last or self._left <= 0:
                return tuple(parts)
        if begin is not None:  # a message that was cut off has no last boundary
            parts.append(self.part(body[begin:], depth + 1, default))
        return tuple(parts)


def _boundaries(body: bytes, boundary: str) -> Iterator[tuple[int, int, bool]]:
    """Yield where each boundary line begins and ends, and whether it is the last."""
    mark = b"--" + boundary.encode("utf-8", "replace")
    start = 0 if body.startswith(mark) else body.find(b"\n" + mark) + 1
    for _ in range(MAX_MARKS if start or body.startswith(mark) else 0):
        found = _AFTER_BOUNDARY.match(body, start + len(mark))
        if found:
            yield start, found.end(), found.group(1) is not None
        start = body.find(b"\n" + mark, start + len(mark)) + 1
        if not start:
            return


def _split(raw: bytes) -> tuple[Header, bytes]:
    """Return the header and the body of `raw`."""
    if found := _BEFORE_HEADER.match(raw):
        if found.group() == b"\n":
            return Header(), raw[1:]  # a part without header (RFC 2046, 5.1)
        raw = raw[found.end() :]
    end = raw.find(b"\n\n", 0, MAX_HEADER_BYTES)
    stop = end + 1 if end >= 0 else min(len(raw), MAX_HEADER_BYTES)
    try:
        codec = "utf-8"  # RFC 6532
        text = raw[:stop].decode(codec)
    except UnicodeDecodeError:
        codec = "latin-1"  # a character for each byte
        text = raw[:stop].decode(codec)
    header, rest = read_header(text)
    body = raw[stop + raw.startswith(b"\n", stop) :]  # one copy, of 25 MB perhaps
    return header, rest.encode(codec) + body if rest else body


def _content_type(value: str, default: str) -> tuple[str, dict[str, str]]:
    """Return the media type and its parameters (RFC 2045, section 5.1)."""
    found = _MEDIA_TYPE.match(value)
    media_type = found.group(1).lower() if found else default
    return media_type, parameters(value)
