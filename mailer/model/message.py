"""What goes over the wire: an envelope and the bytes in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Envelope:
    """MAIL FROM and RCPT TO (RFC 5321, section 2.3.1); not the header."""

    reverse_path: str  #: the token's address, where DSNs return
    forward_path: str  #: exactly one recipient per transaction
    envid: str = ""  #: RFC 3461, section 4.4; sent only if the relay offers DSN


@dataclass(frozen=True, slots=True)
class Message:
    """One compiled message; the same delivery always compiles to the same bytes."""

    envelope: Envelope
    message_id: str  #: with angle brackets
    data: bytes  #: RFC 5322: CRLF line ends, lines ≤ 998 octets, not dot-stuffed

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()


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
