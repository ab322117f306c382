"""
One sender per office: locks that are taken back at a crash.

One is a file's, in the office's folder; the operating system takes it back.
The other is the database's, where several machines may use it (`store.postgres`).
Whoever holds it knows that no other sender lives, so what the ledger shows as
under way was left behind by a dead one (`operations.recover`).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from typing import TYPE_CHECKING

from mailer.errors import LeaseError
from mailer.operations.instance import require_instance
from mailer.planning.words import moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from mailer.operations.office import Office

FILE_NAME = "mailer.lock"
_LONGEST = 200  #: characters of it that are shown


@contextlib.contextmanager
def sender_lock(office: Office) -> Iterator[None]:
    """
    Hold the office's locks, if this is the office and no copy of it.

    Raises:
        LeaseError: Another process holds one, or folder and database do not
            belong together.
        StoreError: The database cannot be reached.
    """
    with lock_folder(office), office.database.sole_sender():
        require_instance(office)
        yield


@contextlib.contextmanager
def lock_folder(office: Office) -> Iterator[None]:
    """
    Hold the folder's lock alone.

    Raises:
        LeaseError: Another process holds it.
    """
    with (office.folder / FILE_NAME).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LeaseError.at(
                str(office.folder),
                f"another `mailer run` is at work on this office{_holder(file)}",
                "wait until it has ended, or stop it",
            ) from None
        _name_holder(office, file)
        yield


def _name_holder(office: Office, file: TextIO) -> None:
    """Write into the file who we are; nothing is decided by it."""
    since = office.clock.now().astimezone(office.settings.office.zone)
    who = f"process {os.getpid()} on {socket.gethostname()}"
    with contextlib.suppress(OSError):  # a full disk
        file.truncate(0)
        file.write(f"{who}, since {moment(since)}\n")
        file.flush()


def _holder(file: TextIO) -> str:
    """Return who holds the lock, as a part of a sentence."""
    file.seek(0)
    said = file.readline(_LONGEST).strip()
    return f": {said}" if said else ""
