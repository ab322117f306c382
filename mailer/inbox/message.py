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

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_MESSAGE_BYTES = 25 * 1024 * 1024
MAX_HEADER_BYTES = 256 * 1024
MAX_FIELD_CHARACTERS = 16 * 1024
MAX_FIELDS = 1000
MAX_DEPTH = 20
MAX_PARTS = 200

#: base64 and quoted-printable take more room than what they encode
MAX_ENCODED_BYTES = 3 * MAX_TEXT_BYTES

_FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]*:[ \t]*(.*)", re.DOTALL)
_FOLD = re.compile(r"\n[ \t]+")
_PARAMETER = re.compile(r'[;\s]([\w*%-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))')
_BARE = re.compile(r"[\w-]+=")
_MEDIA_TYPE = re.compile(r"\s*([\w.+-]+/[\w.+-]+)")
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

    __slots__ = ("_fields",)

    def __init__(self, fields: tuple[tuple[str, str], ...] = ()) -> None:
        self._fields = fields

    def first(self, name: str) -> str:
        """Return the raw value of the first field called `name`, or ""."""
        return next((value for field, value in self._fields if field == name), "")

    def every(self, *names: str) -> list[str]:
        """Return the raw values of all fields with one of these names."""
        return [value for field, value in self._fields if field in names]

    def text(self, name: str) -> str:
        """Return the first field called `name`, decoded, in one line."""
        return header_text(self.first(name))

    def __contains__(self, name: str) -> bool:
        return any(field == name for field, _ in self._fields)

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
    raw = raw[:MAX_MESSAGE_BYTES].replace(b"\r\n", b"\n")
    return _Reader().part(raw, depth=0)


def read_header(text: str) -> tuple[Header, str]:
    """Return the header fields at the start of `text`, and what follows them."""
    fields: list[tuple[str, str]] = []
    lines = text.split("\n")
    position = 0
    while position < len(lines) and len(fields) < MAX_FIELDS:
        start = position
        position += 1
        while position < len(lines) and _continues(lines, position):
            position += 1
        found = _FIELD.fullmatch("\n".join(lines[start:position]))
        if not found:
            # The blank line, or a first line of text: the header ends here.
            start += not lines[start].strip()
            return Header(tuple(fields)), "\n".join(lines[start:])
        name, value = found.groups()
        value = _FOLD.sub(" ", value[:MAX_FIELD_CHARACTERS]).strip()
        fields.append((name.lower(), value))
    return Header(tuple(fields)), ""


def _continues(lines: list[str], position: int) -> bool:
    """Tell whether a line belongs to the header field above it."""
    if lines[position][:1] in (" ", "\t"):
        return True
    # Some gateways forget to indent the parameters of Content-Type.
    return lines[position - 1].endswith(";") and bool(_BARE.match(lines[position]))


class _Reader:
    """One reading, with what is left of its allowance."""

    def __init__(self) -> None:
        self._left = MAX_PARTS

    def part(self, raw: bytes, depth: int, default: str = "text/plain") -> Part:
        """Return the part whose header and body are `raw`."""
        self._left -= 1
        header, body = _split(raw)
        media_type, parameters = _content_type(header.first("content-type"), default)
        boundary = parameters.get("boundary", "")
        if media_type.startswith("multipart/") and boundary and depth < MAX_DEPTH:
            parts = self._parts(body, boundary, depth, media_type)
            if parts:
                return Part(header, media_type, parameters, b"", parts)
        if media_type in RETURNED and depth < MAX_DEPTH and self._left > 0:
            encoding = header.first("content-transfer-encoding")
            inner = transfer_decoded(body, encoding).replace(b"\r\n", b"\n")
            parts = (self.part(inner, depth + 1),)
            return Part(header, media_type, parameters, b"", parts)
        return Part(header, media_type, parameters, body)

    def _parts(
        self, body: bytes, boundary: str, depth: int, media_type: str
    ) -> tuple[Part, ...]:
        """Return the parts between the boundaries; none if there is no boundary."""
        default = "text/plain"
        if media_type == "multipart/digest":
            default = "message/rfc822"  # RFC 2046, section 5.1.5
        mark = re.escape(boundary.encode("utf-8", "replace"))
        found = list(re.finditer(rb"(?m)^--" + mark + rb"(--)?[ \t]*(?:\n|\Z)", body))
        parts: list[Part] = []
        # The line end before a boundary belongs to the boundary; the last part of
        # a message that was cut off has none.
        ends = [one.start() - 1 for one in found[1:]] + [len(body)]
        for here, end in zip(found, ends, strict=False):
            if here.group(1) or self._left <= 0:
                break
            inside = body[here.end() : max(here.end(), end)]
            parts.append(self.part(inside, depth + 1, default))
        return tuple(parts)


def _split(raw: bytes) -> tuple[Header, bytes]:
    """Return the header and the body of `raw`."""
    if found := _BEFORE_HEADER.match(raw):
        if found.group() == b"\n":
            return Header(), raw[1:]  # a part without header (RFC 2046, 5.1)
        raw = raw[found.end() :]
    end = raw.find(b"\n\n", 0, MAX_HEADER_BYTES)
    stop = end + 1 if end >= 0 else min(len(raw), MAX_HEADER_BYTES)
    header, rest = read_header(_raw_text(raw[:stop]))
    body = raw[stop:].removeprefix(b"\n")
    return header, rest.encode() + body


def _raw_text(raw: bytes) -> str:
    """Return header bytes as text: UTF-8 (RFC 6532), else one byte a character."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _content_type(value: str, default: str) -> tuple[str, dict[str, str]]:
    """Return the media type and its parameters (RFC 2045, section 5.1)."""
    found = _MEDIA_TYPE.match(value)
    media_type = found.group(1).lower() if found else default
    parameters: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(value[:4096]):
        content = re.sub(r"\\(.)", r"\1", quoted) if quoted else bare
        parameters.setdefault(name.lower().rstrip("*"), content)
    return media_type, parameters
