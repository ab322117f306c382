"""
SQLite: the office's database is a file in its folder.

Write-ahead log, so that a report can be read while a campaign is being sent.
`synchronous=FULL`: what is committed survives a power cut.
`BEGIN IMMEDIATE` for every write: a read transaction that wants to become a
write one fails at once with SQLITE_BUSY_SNAPSHOT, whatever the busy timeout.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import create_engine, event, text

from mailer.errors import StoreError
from mailer.store.ballast import Ballast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.exc import DBAPIError

BUSY_TIMEOUT_MS = 5_000

#: no room for the file or its log; or for the memory that programs share
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}
_MAKE_ROOM = "the disk is full", "free some space, then run the command again"

#: what SQLite says → what a person does about it
_REMEDIES = (
    ("locked", "another program is writing", "wait, then run the command again"),
    ("readonly", "it cannot be written", "give this user the right to write it"),
    ("read-only", "it cannot be written", "give this user the right to write it"),
    ("disk i/o", "the disk fails", "look after the disk, then run the command again"),
    ("unable to open", "it cannot be opened", "check path, rights and disk"),
    ("not a database", "it is no database of ours", "restore it from a backup"),
    ("malformed", "it is damaged", "restore it from a backup"),
    ("no such table", "it is no database of ours", "name another in mailer.toml"),
)


class SQLite:
    """A file; a relative path belongs to `folder`."""

    begin_read = "BEGIN"
    begin_write = "BEGIN IMMEDIATE"
    begin_late = "BEGIN"

    def __init__(self, url: URL, folder: Path) -> None:
        self._file = folder / (url.database or "mailer.db")
        self._log = self._file.with_name(f"{self._file.name}-wal")
        self.place = str(self._file)
        self.ballast = Ballast(self._file)
        self._engine = create_engine(
            url.set(database=self.place),
            connect_args={
                "timeout": BUSY_TIMEOUT_MS / 1000,
                "check_same_thread": False,
            },
        )
        self._identity: _Identity | None = None  # of the file that was opened first
        _make_private(self._file)
        event.listen(self._engine, "do_connect", self._make_no_other_file)
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "commit", self._require_same_files)

    @property
    def reading(self) -> Engine:
        """Return the engine of the file."""
        return self._engine

    @property
    def writing(self) -> Engine:
        """Return the same engine."""
        return self._engine

    def at_hand(self) -> Connection | None:
        """Return a connection of its own that does not wait for other programs."""
        connection = self._engine.connect()
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        connection.commit()
        return connection

    def version(self, connection: Connection) -> int | None:
        """Return the schema's version: `None` without any table, 0 if not ours."""
        version: int = connection.execute(text("PRAGMA user_version")).scalar_one()
        tables = connection.execute(text("SELECT count(*) FROM sqlite_master"))
        return version if version or tables.scalar_one() else None

    def set_version(self, connection: Connection, version: int) -> None:
        """Write the version into the file's head."""
        connection.execute(text(f"PRAGMA user_version = {version}"))

    @contextlib.contextmanager
    def sole_sender(self) -> Iterator[None]:
        """Do nothing: the lock in the office's folder is enough for a file in it."""
        yield

    def remedy(self, error: DBAPIError) -> tuple[str, str] | None:
        """Return cause and next step, `None` if the error is unknown."""
        if self.is_full(error):
            return _MAKE_ROOM
        said = str(error.orig).lower()
        for sign, cause, next_step in _REMEDIES:
            if sign in said:
                return cause, next_step
        return None

    def is_full(self, error: DBAPIError) -> bool:
        """Return whether it says that the disk has no room."""
        return getattr(error.orig, "sqlite_errorcode", None) in _FULL

    def _require_same_files(self, connection: Connection) -> None:
        """
        Refuse to commit into files that are no longer where they were.

        Open files live on without a name.  SQLite would go on writing marks into
        them that nobody would find again, while their messages leave.
        """
        file, log = _identity(self._file), _identity(self._log)
        self._identity = self._identity or file
        known_log = connection.info.setdefault("log", log) or log
        if (file, log) != (self._identity, known_log):
            connection.connection.rollback()  # nobody does after a failed event
            raise self._gone()

    def _make_no_other_file(self, *_: object) -> None:
        """Refuse to connect once the file is gone: SQLite would make an empty one."""
        if self._identity not in (None, _identity(self._file)):
            raise self._gone()

    def _gone(self) -> StoreError:
        return StoreError.at(
            self.place,
            "it was deleted, moved or replaced while we were at work",
            "put it back if you can, then run the command again",
        )


#: device and number of a file; its name says nothing about which it is
_Identity: TypeAlias = tuple[int, int]


def _make_private(file: Path) -> None:
    """Make an empty file for its owner only; SQLite's log beside it becomes so, too."""
    with contextlib.suppress(OSError):  # it is there, or SQLite says why it is not
        os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))


def _identity(path: Path) -> _Identity | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _prepare(dbapi_connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's
    # The driver must not begin transactions by itself: we say when, and how.
    dbapi_connection.isolation_level = None
    _write_ahead(dbapi_connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _write_ahead(dbapi_connection: sqlite3.Connection) -> None:
    """Switch a new file to its log; two programs may do so at the same time."""
    # The busy timeout does not hold for this statement: SQLite takes it for a
    # deadlock that one of the two wants to read and then to write.
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            dbapi_connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
