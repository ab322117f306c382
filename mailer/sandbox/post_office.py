"""
Where the sandbox's mail lies: what the relay took, and what comes back.

`relay/` holds every accepted message as a file that a mail program opens;
`letters/` the same as a Maildir, once it was asked for;
`office/` is the Maildir from which the office collects.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.clock import Clock
    from mailer.sandbox.reports import StoredMessage

MAILDIR_FOLDERS = ("tmp", "new", "cur")


class PostOffice:
    """
    The sandbox's mail in a folder.

    Args:
        folder: Made when the first message comes.
        clock: Dates what is delivered to the office; `None` is the machine's.
    """

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self._clock = clock
        self.accepted = folder / "relay"
        self.letters = folder / "letters"
        self.maildir = folder / "office"
        self._delivered = 0
        self.accepted.mkdir(parents=True, exist_ok=True)
        for name in MAILDIR_FOLDERS:
            (self.maildir / name).mkdir(parents=True, exist_ok=True)

    def keep(self, message: StoredMessage) -> None:
        """Keep a message which the relay took, named by date and recipient."""
        day = f"{message.accepted_at:%Y-%m-%d}"
        mark = hashlib.sha256(message.data).hexdigest()[:8]
        name = f"{day} {message.forward_path} {mark}.eml".replace("/", "_")
        (self.accepted / name).write_bytes(message.data)

    def bind(self) -> int:
        """Make a Maildir of what the relay took, without a copy; return how many."""
        for name in MAILDIR_FOLDERS:
            (self.letters / name).mkdir(parents=True, exist_ok=True)
        files = sorted(self.accepted.iterdir())
        for number, file in enumerate(files):
            # A mail program wants neither blanks nor colons in a name.
            own = self.letters / "cur" / f"{number:010}.sandbox"
            own.unlink(missing_ok=True)
            own.hardlink_to(file)
        return len(files)

    def deliver_report(self, _reverse_path: str, report: bytes) -> None:
        """Deliver a DSN to the office."""
        self.deliver(report)

    def deliver(self, message: bytes) -> None:
        """Deliver a message to the office's Maildir, whole or not at all."""
        self._delivered += 1
        mark = hashlib.sha256(message).hexdigest()[:16]
        name = f"{self._delivered:010}.{mark}.sandbox"
        written = self.maildir / "tmp" / name
        written.write_bytes(message)
        if self._clock is not None:  # a file's time is when its message came
            now = self._clock.now().timestamp()
            os.utime(written, (now, now))
        written.rename(self.maildir / "new" / name)
