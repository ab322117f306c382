"""
PostgreSQL: the office's database is on a server, and several machines may use it.

`read` is REPEATABLE READ: one snapshot for all that is asked.
`write` is READ COMMITTED: whoever changes a row that another is changing waits,
and then sees it as the other left it.  That is enough because every change of
state is one UPDATE with the state it expects in its condition: the second one
finds no row, and learns it.  (A stricter level would abort the second one
instead, and with it all marks that share its transaction.)
`synchronous_commit=on`: what is committed survives a power cut, whatever the
server's own default is.

One sender: an advisory lock that belongs to a session.  Whoever holds it writes
over that session and no other.  If the session is lost the lock is, and so is
the way to commit the mark without which no final dot is sent; a new session is
of use only once it has the lock again.
"""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import OperationalError

from mailer.errors import ConfigurationError, LeaseError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.abc import Buffer
    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.exc import DBAPIError

LOCK_TIMEOUT_MS = 5_000

#: of the server's advisory locks, which each database has for itself
_SCHEMA_LOCK = 0x6D61696C_00000001
_SENDER_LOCK = 0x6D61696C_00000002

#: unless the URL says otherwise; a peer that is gone is noticed within a minute
_CONNECT: dict[str, Any] = {
    "application_name": "mailer",
    "client_encoding": "utf8",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
#: the same for the server's end: the lock of a sender whose machine died is free then
_PREPARE = """
SET synchronous_commit = on;
SET lock_timeout = {lock_timeout};
SET tcp_keepalives_idle = 30;
SET tcp_keepalives_interval = 10;
SET tcp_keepalives_count = 3
"""

_AGAIN = "run the command again"
_GRANT = "make this user the owner of the database: ALTER DATABASE … OWNER TO …"
_DIRECT = "name the primary server in mailer.toml"

#: SQLSTATE, or its class → what it means, what a person does about it
#: (PostgreSQL 15, appendix A)
_REMEDIES = {
    "08": ("the connection was lost", _AGAIN),
    "25006": ("it cannot be written", _DIRECT),
    "3F000": ("there is no schema for our tables", "CREATE SCHEMA public"),
    "40": ("another program changed the same rows", _AGAIN),
    "42501": ("this user has no right to it", _GRANT),
    "42P01": ("it is no database of ours", "name another in mailer.toml"),
    "53100": ("the disk is full", f"free some space on the server, then {_AGAIN}"),
    "53200": ("the server has no memory left", f"wait, then {_AGAIN}"),
    "53300": ("the server has no connection left", f"wait, then {_AGAIN}"),
    "55P03": ("another program is writing", f"wait, then {_AGAIN}"),
    "57P": ("the server is shutting down or starting", f"wait, then {_AGAIN}"),
    "58": ("the server cannot use its disk", "look into the server's log"),
    "XX001": ("it is damaged", "restore it from a backup"),
    "XX002": ("it is damaged", "restore it from a backup"),
}

#: what is said where there is no SQLSTATE: the connection could not be made
_REFUSALS = (
    ("password", "it does not let us in", "put the password into ~/.pgpass"),
    ("authentication", "it does not let us in", "look into the server's pg_hba.conf"),
    ("pg_hba.conf", "it does not let us in", "look into the server's pg_hba.conf"),
    ("role ", "the server does not know this user", "createuser NAME"),
    ("database ", "the server has no such database", "createdb NAME"),
    ("starting up", *_REMEDIES["57P"]),
    ("shutting down", *_REMEDIES["57P"]),
    ("too many", *_REMEDIES["53300"]),
    ("connection slots", *_REMEDIES["53300"]),
)

_version = Table(
    "schema_version", MetaData(), Column("version", Integer, nullable=False)
)


class Postgres:
    """A database on a server; secrets are libpq's business, never in the URL."""

    begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    begin_write = "BEGIN ISOLATION LEVEL READ COMMITTED"
    begin_late = begin_write
    ballast = None

    def __init__(self, url: URL) -> None:
        self._url = url.set(drivername="postgresql+psycopg")
        self.place = self._url.render_as_string(hide_password=True)
        if url.password:
            raise ConfigurationError.at(
                "mailer.toml, office, database",
                "a password stands in it",
                "put it into ~/.pgpass, or into the environment as PGPASSWORD",
            )
        self._shared = self._engine()
        self._sole: Engine | None = None

    @property
    def reading(self) -> Engine:
        """Return the engine with as many connections as are needed."""
        return self._shared

    @property
    def writing(self) -> Engine:
        """Return the sole sender's engine, if we are; otherwise that of everybody."""
        return self._sole or self._shared

    def at_hand(self) -> Connection | None:
        """Return `None`: each statement is a journey."""
        return None

    def version(self, connection: Connection) -> int | None:
        """Return the schema's version: `None` without any table, 0 if not ours."""
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})"))
        encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
        if encoding != "UTF8":
            raise StoreError.at(
                self.place,
                f"its encoding is {encoding}: not every name can be kept in it",
                "createdb --template template0 --encoding UTF8 NAME",
            )
        tables = inspect(connection).get_table_names()
        if _version.name in tables:
            version: int = connection.execute(select(_version.c.version)).scalar_one()
            return version
        return 0 if tables else None

    def set_version(self, connection: Connection, version: int) -> None:
        """Write the version into a table of its own."""
        _version.create(connection)
        connection.execute(insert(_version).values(version=version))

    @contextlib.contextmanager
    def sole_sender(self) -> Iterator[None]:
        """
        Write over one session, which holds the sender's lock.

        Raises:
            LeaseError: Another session holds it.
        """
        sole = self._engine(
            pool_size=1, max_overflow=0, pool_timeout=LOCK_TIMEOUT_MS / 1000
        )
        event.listen(sole, "connect", self._take_sender_lock)
        try:
            with sole.connect():
                self._sole = sole
            yield
        finally:
            self._sole = None
            sole.dispose()

    def remedy(self, error: DBAPIError) -> tuple[str, str] | None:
        """Return cause and next step, `None` if the error is unknown."""
        state: str | None = getattr(error.orig, "sqlstate", None)
        if state is not None:
            known = (_REMEDIES.get(state[:length]) for length in (5, 3, 2))
            return next(filter(None, known), None)
        if error.connection_invalidated:
            return _REMEDIES["08"]
        if not isinstance(error, OperationalError):
            return None
        said = str(error.orig)
        for sign, cause, next_step in _REFUSALS:
            if sign in said:
                return cause, next_step
        return f"it cannot be reached: {said.partition(chr(10))[0]}", "start the server"

    def is_full(self, error: DBAPIError) -> bool:
        """Return whether it says that the server's disk has no room."""
        return getattr(error.orig, "sqlstate", None) == "53100"

    def _engine(self, **pool: Any) -> Engine:  # noqa: ANN401 - SQLAlchemy's options
        arguments = {
            name: value
            for name, value in _CONNECT.items()
            if name not in self._url.query
        }
        try:
            engine = create_engine(self._url, connect_args=arguments, **pool)
        except ImportError as error:
            raise ConfigurationError.at(
                "mailer.toml, office, database",
                f"PostgreSQL needs the package psycopg: {error}",
                "pip install 'mailer[postgres]'",
            ) from None
        event.listen(engine, "connect", _prepare)
        return engine

    def _take_sender_lock(self, dbapi_connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's
        taken = dbapi_connection.execute(f"SELECT pg_try_advisory_lock({_SENDER_LOCK})")
        if taken.fetchone()[0]:
            return
        dbapi_connection.close()
        raise LeaseError.at(
            self.place,
            "another `mailer run` is at work on this database",
            "wait until it has ended, or stop it",
        )


def _prepare(dbapi_connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's
    # The driver must not begin transactions by itself: we say when, and how.
    dbapi_connection.autocommit = True
    dbapi_connection.execute(_PREPARE.format(lock_timeout=LOCK_TIMEOUT_MS))
    dbapi_connection.adapters.register_dumper(str, _without_nul())


@functools.cache
def _without_nul() -> type:
    """Return how a string is sent: PostgreSQL keeps no NUL, but mails have some."""
    from psycopg.types.string import StrDumperUnknown  # noqa: PLC0415 - an extra

    class WithoutNul(StrDumperUnknown):
        def dump(self, obj: str) -> Buffer | None:
            return super().dump(obj.replace("\0", "\N{REPLACEMENT CHARACTER}"))

    return WithoutNul
