"""
Open the database, and hold its transactions to their rules.

SQLite: write-ahead log, `synchronous=FULL`, and `BEGIN IMMEDIATE` for every
write: a read transaction that wants to become a write one fails at once with
SQLITE_BUSY_SNAPSHOT, whatever the busy timeout.
This is the only place that knows SQLAlchemy's and SQLite's errors.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from mailer.errors import ConfigurationError, StoreError
from mailer.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMA_VERSION = 1
BUSY_TIMEOUT_MS = 5_000

#: what SQLite says → what a person does about it
_REMEDIES = (
    ("locked", "another program is writing", "wait, then run the command again"),
    ("readonly", "it cannot be written", "give this user the right to write it"),
    ("read-only", "it cannot be written", "give this user the right to write it"),
    ("full", "the disk is full", "free some space, then run the command again"),
    ("unable to open", "it cannot be opened", "check the path and its rights"),
    ("not a database", "it is no database of ours", "restore it from a backup"),
    ("malformed", "it is damaged", "restore it from a backup"),
    ("no such table", "it is no database of ours", "name another in mailer.toml"),
)


class Database:
    """
    The office's database.

    Args:
        url: As in `mailer.toml`; a relative SQLite path belongs to `folder`.

    Raises:
        ConfigurationError: The URL names no database we can use.
        StoreError: It cannot be opened, or its schema is not ours.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self.engine = _engine(url, folder)
        self.place = self.engine.url.database or url
        with self.write() as connection:
            _ensure_schema(connection)

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a read transaction: one moment of the database."""
        with self._translated(), self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a write transaction; commits at the end, rolls back on an error."""
        with self._translated(), self.engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            said = str(error.orig).lower()
            for sign, cause, next_step in _REMEDIES:
                if sign in said:
                    raise StoreError.at(str(self.place), cause, next_step) from error
            if isinstance(error, OperationalError):
                raise StoreError.at(str(self.place), str(error.orig)) from error
            raise


def _engine(url: str, folder: Path) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() != "sqlite":
        raise ConfigurationError.at(
            "mailer.toml, office, database",
            f"'{url}' is no database this version can use",
            "write sqlite:///mailer.db",
        )
    path = folder / (parsed.database or "mailer.db")
    engine = create_engine(
        parsed.set(database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(dbapi_connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's
    # The driver must not begin transactions by itself: we say when, and how.
    dbapi_connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        dbapi_connection.execute(f"PRAGMA {pragma}")


def _ensure_schema(connection: Connection) -> None:
    """Create the tables in an empty database; refuse one of another version."""
    version = connection.execute(text("PRAGMA user_version")).scalar_one()
    if version == SCHEMA_VERSION:
        return
    tables = connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one()
    if tables:
        raise StoreError.at(
            str(connection.engine.url.database),
            f"schema version {version}, this program writes {SCHEMA_VERSION}",
            "name another database in mailer.toml",
        )
    metadata.create_all(connection)
    connection.execute(text(f"PRAGMA user_version = {SCHEMA_VERSION}"))
