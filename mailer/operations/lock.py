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
from typing import TYPE_CHECKING

from mailer.errors import LeaseError
from mailer.operations.instance import require_instance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.operations.office import Office

FILE_NAME = "mailer.lock"


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
    with (office.folder / FILE_NAME).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LeaseError.at(
                str(office.folder),
                "another `mailer run` is at work on this office",
                "wait until it has ended, or stop it",
            ) from None
        yield
