"""
An address of a mailbox on a server: `imaps://user@host:port/folder` (RFC 5092).

TLS from the first byte, or nothing: with STARTTLS a third party can let the
offer disappear, and the password would go out in clear.
Where the password is, is said beside it and never in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

IMAPS_PORT = 993
SCHEME = "imaps"


@dataclass(frozen=True, slots=True)
class ImapAddress:
    """One folder of one account."""

    user: str
    host: str
    port: int = IMAPS_PORT
    folder: str = "INBOX"

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Return the address in `text`; "@", "/" and others may stand as %40, %2F.

        Raises:
            ValueError: It is none; the words say why.
        """
        try:
            parts = urlsplit(text)
        except ValueError:
            raise ValueError(f"'{text}': a [ or ] in the host is alone") from None
        try:
            port = parts.port
        except ValueError:
            raise ValueError(
                f"'{text}': the port is no number from 1 to 65535"
            ) from None
        if parts.scheme == "imap":
            raise ValueError("imap: would read mail in clear; write imaps://…")
        # The last "@" divides: in front of it may be an address.
        user, at, _ = parts.netloc.rpartition("@")
        if parts.scheme != SCHEME or not at or not user or not parts.hostname:
            raise ValueError(f"'{text}' is no mailbox, e.g. imaps://user@host/INBOX")
        if ":" in user:
            # Not repeated: the words end up in logs.
            raise ValueError("a password has no place in it; name password_file")
        if parts.query or parts.fragment:
            raise ValueError(f"'{text}': write ? as %3F and # as %23")
        folder = unquote(parts.path.removeprefix("/")) or "INBOX"
        found = cls(unquote(user), parts.hostname, port or IMAPS_PORT, folder)
        if not (found.user + found.folder).isprintable():
            raise ValueError(f"'{text}' has a control character in it")
        return found

    def __str__(self) -> str:
        return f"{SCHEME}://{self.user}@{self.host}:{self.port}/{self.folder}"
