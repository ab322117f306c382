"""
One sender per office: a lock that the operating system takes back at a crash.

Whoever holds it knows that no other sender lives, so what the ledger shows as
under way was left behind by a dead one (`operations.recover`).
"""

from __future__ import annotations

import contextlib
import fcntl
from typing import TYPE_CHECKING

from mailer.errors import LeaseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_NAME = "mailer.lock"


@contextlib.contextmanager
def sender_lock(folder: Path) -> Iterator[None]:
    """
    Hold the office's lock.

    Raises:
        LeaseError: Another process holds it.
    """
    with (folder / FILE_NAME).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LeaseError.at(
                str(folder),
                "another `mailer run` is at work on this office",
                "wait until it has ended, or stop it",
            ) from None
        yield
