"""
Hear an IMAP server no longer than it takes: bytes and seconds are counted.

imaplib reads whatever a server announces, and waits as long as a byte comes now
and then.  Its `read` and `readline` are there to be overridden; ours have limits
for the answer to each command.
"""

from __future__ import annotations

import imaplib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

    from mailer.model.mailbox import ImapAddress

#: to connect; a server that is there greets at once
CONNECT_SECONDS = 30.0
#: of silence; some servers sort a big mailbox before they answer
IDLE_SECONDS = 60.0
#: for the answer to a goodbye, which nobody needs
GOODBYE_SECONDS = 2.0
#: for one command, beside what its bytes may take at the slowest rate
COMMAND_SECONDS = 120.0
SLOWEST_BYTES_PER_SECOND = 16 * 1024
#: in the answer to one command, beside the messages that were asked for
MAX_TALK_BYTES = 4 * 1024 * 1024

_CHUNK = 64 * 1024


class BoundedImap(imaplib.IMAP4_SSL):
    """imaplib, which asks where its bytes come from."""

    def __init__(self, address: ImapAddress, trust: ssl.SSLContext) -> None:
        self._buffer = bytearray()
        self.allow()
        super().__init__(
            address.host, address.port, ssl_context=trust, timeout=CONNECT_SECONDS
        )

    def allow(
        self,
        expected_bytes: int = 0,
        most_bytes: int = 0,
        seconds: float | None = None,
    ) -> None:
        """Begin to count and to time the answer to the next command."""
        seconds = COMMAND_SECONDS if seconds is None else seconds
        seconds += expected_bytes / SLOWEST_BYTES_PER_SECOND
        self._deadline = time.monotonic() + seconds
        self._left = most_bytes + MAX_TALK_BYTES

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes; imaplib calls it for a literal."""
        self._spend(size)  # before there is room for it: 2 GB are quickly announced
        while len(self._buffer) < size:
            self._receive()
        return self._take(size)

    def readline(self) -> bytes:
        """Return the next line; imaplib calls it for everything else."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > self._left:
                self._spend(searched)
            self._receive()
        self._spend(end + 1)
        return self._take(end + 1)

    def _take(self, size: int) -> bytes:
        taken = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return taken

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self.abort("it says more than was asked for")

    def _receive(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise self.abort("it took too long")
        self.sock.settimeout(min(IDLE_SECONDS, left))
        received = self.sock.recv(_CHUNK)
        if not received:
            raise self.abort("it ended the connection")
        self._buffer += received
