"""
Disks that fail: full ones, read-only ones.

`small_disk` is a real file system of the test's own, which only root can mount.
`full_disk` needs no right, and is SQLite's own word for it.
"""

from __future__ import annotations

import errno
import subprocess
from contextlib import closing, contextmanager
from sqlite3 import connect
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from waiting import until

from mailer.store.ballast import BATCH, SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mailer.store.database import Database

#: as much as a sender asks for, and some room for what the test puts there
ROOM = BATCH + SIZE + 2**22

FILLER = "filler"


@contextmanager
def full_disk(database: Database, pages_left: int = 0) -> Iterator[None]:
    """
    Let `database` grow by `pages_left` pages and no further.

    SQLite then says SQLITE_FULL, as it does when the disk has no room; but
    making room on the disk does not help.
    """
    with database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(dbapi_connection: Any, _record: Any) -> None:
        most = pages + pages_left
        dbapi_connection.execute(f"PRAGMA max_page_count = {most}")

    event.listen(database.engine, "connect", limit)
    database.engine.dispose()
    try:
        yield
    finally:
        event.remove(database.engine, "connect", limit)
        database.engine.dispose()


@contextmanager
def small_disk(folder: Path, size: int = ROOM) -> Iterator[Path]:
    """Mount a file system of `size` octets on `folder`; skip who may not."""
    folder.mkdir()
    mounted = _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
    if mounted.returncode:
        pytest.skip(f"a disk can be mounted by root only: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def fill(disk: Path) -> None:
    """Take the last octet that is free."""
    with (disk / FILLER).open("ab", buffering=0) as file:
        for size in (2**20, 2**12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


def make_room(disk: Path) -> None:
    """Take away what filled it."""
    (disk / FILLER).unlink()


def make_read_only(disk: Path, database: Database) -> None:
    """Let nothing be written any more; idle connections have to go for that."""

    def is_done() -> bool:
        # The kernel refuses as long as a file is open.  One pool throughout: what is
        # in use now comes back to it, and is closed the next time.
        database.engine.pool.dispose()
        return _mount("-o", "remount,ro", str(disk)).returncode == 0

    until(is_done, "the disk is read-only")


def make_writable(disk: Path) -> None:
    """Let it be written again."""
    assert _mount("-o", "remount,rw", str(disk)).returncode == 0


def assert_sound(file: Path) -> None:
    """Assert that SQLite finds nothing wrong in a database."""
    with closing(connect(file)) as connection:
        assert [("ok",)] == connection.execute("PRAGMA integrity_check").fetchall()


def _mount(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["mount", *arguments], check=False, capture_output=True, text=True
    )
