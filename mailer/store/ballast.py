"""
Ballast: room that the disk keeps for the ledger's last marks.

When a disk is full, not even what became of the messages on the wire could be
written down, and each would be in doubt.  So a file of no meaning lies beside
the database; it is dropped when a commit finds no room, and the commit is tried
again.  Whoever dropped it begins nothing more (`store.writer`), and no batch of
messages begins without it.
Only a database in a file needs it: a server's disk is the server's.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from typing import TYPE_CHECKING

from mailer.errors import DiskFullError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

MIB = 2**20

#: what is still written once the disk is full: over 100 connections the second and
#: third marks make 4 MiB if none share a commit (measured: 20 KiB each), and taking
#: back a batch of leases half of one
SIZE = 8 * MIB

#: what a batch of messages needs beside it: 0.2 MiB of rows, and the log at its
#: usual 4 MiB (1000 pages)
BATCH = 8 * MIB


class Ballast:
    """
    The file beside a database.

    Args:
        database: The database's own file.
    """

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}-ballast")

    def take_in(self) -> None:
        """
        Have it there, and room for a batch of messages as well.

        Raises:
            DiskFullError: There is no room; nothing should begin.
            StoreError: It cannot be written.
        """
        try:
            is_there = self._is_there()
            needed = BATCH if is_there else BATCH + SIZE
            if shutil.disk_usage(self._path.parent).free < needed:
                raise self._no_room()
            if not is_there:
                self._write()
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise self._no_room() from error
            raise StoreError.at(
                str(self._path),
                f"cannot be written: {error.strerror}",
                "let this user write there, then run the command again",
            ) from error

    def drop(self) -> bool:
        """Give its room back; return whether it had any."""
        try:
            self._path.unlink()
        except OSError:  # it was dropped before, or nothing can be changed any more
            return False
        return True

    def _is_there(self) -> bool:
        try:
            return self._path.stat().st_size == SIZE
        except FileNotFoundError:
            return False

    def _write(self) -> None:
        """Write it to the disk: octets that no file system can leave out or pack."""
        try:
            with self._path.open("wb") as file:
                for _ in range(SIZE // MIB):
                    file.write(secrets.token_bytes(MIB))
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            self.drop()
            raise

    def _no_room(self) -> DiskFullError:
        return DiskFullError.at(
            str(self._path.parent),
            f"the disk is full: to send, {(BATCH + SIZE) // MIB} MB must be free",
            "free some space, then run the command again",
        )
