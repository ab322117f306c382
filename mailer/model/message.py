"""What goes over the wire: an envelope and the bytes in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Envelope:
    """MAIL FROM and RCPT TO (RFC 5321, section 2.3.1); not the header."""

    reverse_path: str  #: the token's address, where DSNs return
    forward_path: str  #: exactly one recipient per transaction
    envid: str = ""  #: RFC 3461, section 4.4; sent only if the relay offers DSN


@dataclass(frozen=True, slots=True)
class Lines:
    """
    Whole lines of a message, looked at once, however many messages have them.

    Raises:
        ValueError: A line does not end in CRLF.  Servers disagree about what a
            bare LF ends, and a second message could hide behind it.
    """

    data: bytes
    #: with a second dot before each line that begins with one (RFC 5321, 4.5.2)
    stuffed: bytes = field(init=False, repr=False)
    is_7bit: bool = field(init=False, repr=False)  #: without octets over 127

    def __post_init__(self) -> None:
        """Look at the line ends, and stuff the dots."""
        line_ends = self.data.count(b"\r\n")
        if (
            self.data.count(b"\n") != line_ends
            or self.data.count(b"\r") != line_ends
            or not self.data.endswith(b"\r\n")
        ):
            raise ValueError("a line of the message does not end with CRLF")
        stuffed = self.data.replace(b"\r\n.", b"\r\n..")
        if stuffed.startswith(b"."):
            stuffed = b"." + stuffed
        object.__setattr__(self, "stuffed", stuffed)
        object.__setattr__(self, "is_7bit", self.data.isascii())


@dataclass(frozen=True, slots=True)
class Message:
    """One compiled message; the same delivery always compiles to the same bytes."""

    envelope: Envelope
    message_id: str  #: with angle brackets
    #: RFC 5322, lines ≤ 998 octets: what is its own, and what it shares
    pieces: tuple[Lines, ...]

    @property
    def data(self) -> bytes:
        """Return the whole message, not dot-stuffed."""
        return b"".join(piece.data for piece in self.pieces)

    @property
    def size(self) -> int:
        """Return the octets of the message, not dot-stuffed (RFC 1870, section 3)."""
        return sum(len(piece.data) for piece in self.pieces)

    @property
    def is_7bit(self) -> bool:
        """Return whether it needs no 8BITMIME (RFC 6152)."""
        return all(piece.is_7bit for piece in self.pieces)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the bytes, in hex."""
        digest = hashlib.sha256()
        for piece in self.pieces:
            digest.update(piece.data)
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with a message, byte for byte."""

    name: str  #: the file name as the reader sees it, šumniki intact
    content: bytes
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the templates made for one recipient."""

    subject: str  #: one line
    text: str
    html: str | None = None
    subject_lines: tuple[str, ...] = ()  #: as they were made, not joined
