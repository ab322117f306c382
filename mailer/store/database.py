"""
Open the database, and hold its transactions to their rules.

`read` shows one moment of the database; `write` is done whole or not at all,
and is on the disk when it ends.
How SQLite and PostgreSQL are brought to keep that is in `store.sqlite` and
`store.postgres`; nothing else asks which of them it is.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import delete
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from mailer.errors import ConfigurationError, DiskFullError, StoreError
from mailer.store.postgres import Postgres
from mailer.store.sqlite import SQLite
from mailer.store.tables import SCHEMA_VERSION, heard, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from mailer.store.ballast import Ballast


class Rules(Protocol):
    """What one kind of database needs to keep the promises."""

    begin_read: str
    begin_write: str
    begin_late: str

    @property
    def place(self) -> str:
        """Return its name, as a person knows it."""

    @property
    def reading(self) -> Engine:
        """Return where connections to read come from."""

    @property
    def writing(self) -> Engine:
        """Return where connections to write come from."""

    @property
    def ballast(self) -> Ballast | None:
        """Return what can be dropped when the disk is full, if that is ours."""

    def at_hand(self) -> Connection | None:
        """Return a connection that never waits, `None` if each statement travels."""

    def version(self, connection: Connection) -> int | None:
        """
        Return the schema's version: `None` without any table, 0 if not ours.

        Nobody else opens an empty database until this transaction ends.
        """

    def set_version(self, connection: Connection, version: int) -> None:
        """Write down the schema's version."""

    def sole_sender(self) -> AbstractContextManager[None]:
        """Keep senders on other machines out, and write only while they are."""

    def remedy(self, error: DBAPIError) -> tuple[str, str] | None:
        """Return cause and next step, `None` if the error is unknown."""

    def is_full(self, error: DBAPIError) -> bool:
        """Return whether it says that the disk has no room."""


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
        self._rules = _rules(url, folder)
        with contextlib.ExitStack() as on_error:
            on_error.callback(self.close)
            with self.write() as connection:
                self._ensure_schema(connection)
            on_error.pop_all()

    @property
    def engine(self) -> Engine:
        """Return where the connections of `write` come from."""
        return self._rules.writing

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a read transaction: one moment of the database."""
        rules = self._rules
        with self._translated(), _begun(rules.reading, rules.begin_read) as connection:
            yield connection
            connection.exec_driver_sql("COMMIT")

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """
        Open a write transaction; commits at the end, rolls back on an error.

        Raises:
            StoreError: Nothing of it happened; only if the connection was lost
                during the commit, it may have.
            LeaseError: We were the sole sender, and another took our place.
        """
        rules = self._rules
        with self._translated(), _begun(rules.writing, rules.begin_write) as connection:
            yield connection
            commit(connection)

    def try_to_write(self) -> None:
        """
        Write, and change nothing.

        Raises:
            StoreError: It cannot be written; SQLite begins a transaction even so.
        """
        with self.write() as connection:
            connection.execute(delete(heard).where(heard.c.id != heard.c.id))

    def at_hand(self) -> Connection | None:
        """
        Return a connection for `write_at_once`, `None` if there can be none.

        Its statements are quick enough for the event loop.  Close it afterwards.
        """
        with self._translated():
            return self._rules.at_hand()

    @contextlib.contextmanager
    def write_at_once(self, at_hand: Connection) -> Iterator[bool]:
        """
        Open a write transaction, or give `False` if that would take waiting.

        The caller commits it, in whichever thread, since that waits for the disk.
        Rolls back on an error.
        """
        with self._translated(), at_hand.begin() as transaction:
            try:
                at_hand.connection.cursor().execute(self._rules.begin_write)
            except Exception:  # noqa: BLE001 - whoever begins with patience learns why
                transaction.close()
                yield False
                return
            yield True

    @contextlib.contextmanager
    def write_late(self) -> Iterator[Connection]:
        """
        Open a write transaction that keeps nobody out before its first write.

        For long work in temporary tables of its own.  Nothing of ours may be
        read before that write: it would be of another moment.
        """
        with self._translated(), self.engine.connect() as connection:
            connection.exec_driver_sql(self._rules.begin_late)
            yield connection
            commit(connection)

    @contextlib.contextmanager
    def sole_sender(self) -> Iterator[None]:
        """
        Be the only sender on this database, on whichever machine.

        Raises:
            LeaseError: There is one already.
        """
        with self._translated(), self._rules.sole_sender():
            yield

    def take_in_ballast(self) -> None:
        """
        Have room on the disk for a batch of messages, and to record how they ended.

        Raises:
            StoreError: There is none; nothing should begin.
        """
        if self._rules.ballast is not None:
            self._rules.ballast.take_in()

    def drop_ballast(self) -> bool:
        """Make room on a full disk, for what must be written; return whether we did."""
        return self._rules.ballast is not None and self._rules.ballast.drop()

    def close(self) -> None:
        """Close all connections."""
        self._rules.reading.dispose()
        self._rules.writing.dispose()

    def _ensure_schema(self, connection: Connection) -> None:
        """Create the tables in an empty database; refuse one of another version."""
        version = self._rules.version(connection)
        if version == SCHEMA_VERSION:
            return
        if version is not None:
            raise StoreError.at(
                self._rules.place,
                f"schema version {version}, this program writes {SCHEMA_VERSION}",
                "name another database in mailer.toml",
            )
        metadata.create_all(connection)
        self._rules.set_version(connection, SCHEMA_VERSION)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        place = self._rules.place
        try:
            yield
        except PoolTimeoutError as error:
            raise StoreError.at(
                place, "another part of this program is writing", "try again"
            ) from error
        except DBAPIError as error:
            if remedy := self._rules.remedy(error):
                full = self._rules.is_full(error)
                kind = DiskFullError if full else StoreError
                raise kind.at(place, *remedy) from error
            if isinstance(error, OperationalError):
                raise StoreError.at(place, str(error.orig)) from error
            raise


def _begun(engine: Engine, how: str) -> Connection:
    """Begin a transaction; a connection that died since the last one is replaced."""
    connection = engine.connect()
    try:
        connection.exec_driver_sql(how)
    except DBAPIError as error:
        connection.close()
        if not error.connection_invalidated:
            raise
        connection = engine.connect()
        connection.exec_driver_sql(how)
    return connection


def commit(connection: Connection) -> None:
    """Commit what was begun by us; whatever ends it early leaves nothing open."""
    try:
        connection.commit()
    except BaseException:
        # SQLAlchemy takes it for over, and would keep the connection for the next
        # one; but it still holds its transaction, and the lock with it.
        connection.invalidate()
        raise


def _rules(url: str, folder: Path) -> Rules:
    with contextlib.suppress(ArgumentError):
        parsed = make_url(url)
        if parsed.drivername in {"sqlite", "sqlite+pysqlite"}:
            return SQLite(parsed, folder)
        if parsed.drivername in {"postgresql", "postgresql+psycopg"}:
            return Postgres(parsed)
    raise ConfigurationError.at(
        "mailer.toml, office, database",
        f"'{url}' is no database this version can use",
        "write sqlite:///mailer.db, or postgresql+psycopg://user@host/database",
    )
