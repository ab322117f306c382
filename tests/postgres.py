"""
A PostgreSQL of our own for tests: a real server on 127.0.0.1, with databases for all.

It has its data, log and port for itself and is started once for all tests that
ask for it.  Each test has a database of its own.  Nothing is flushed to the
disk: what a test kills is the server, never the machine.
Words are in the order of Slovenian, not of their octets, as on an office's server.
Whether there is a PostgreSQL here at all is asked in `servers`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
NOBODY = 65534

_SETTINGS = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 40
fsync = off
full_page_writes = off
synchronous_commit = off  # the program says otherwise
lc_messages = 'C'
"""

_ACCESS = """\
host all guarded 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
"""


@dataclass
class Cluster:
    """A running server."""

    home: Path
    port: int
    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str, user: str = "mailer") -> str:
        """Return a database's URL, as it would stand in mailer.toml."""
        return f"postgresql+psycopg://{user}@127.0.0.1:{self.port}/{database}"

    @contextlib.contextmanager
    def fresh(self, options: str = "") -> Iterator[str]:
        """Make an empty database; return its URL."""
        name = f"office{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} {options}")
        yield self.url(name)
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Execute statements as somebody who may do everything."""
        with self.connect(database) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]

    def cut(self, url: str) -> None:
        """End every session of a database, as a restart of the server does."""
        with self.connect("postgres") as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s",
                [url.rpartition("/")[2]],
            )

    def connect(self, database: str) -> psycopg.Connection:
        """Return a connection that has nothing to do with ours."""
        where = f"host=127.0.0.1 port={self.port} user=mailer dbname={database}"
        return psycopg.connect(where, autocommit=True)

    def start(self) -> None:
        """Start the server; return once it takes connections."""
        self._control("start", "-l", str(self.home / "log"))

    def stop(self, how: str = "fast") -> None:
        """Stop the server; "immediate" is as good as a crash."""
        self._control("stop", "-m", how)

    def _control(self, *words: str) -> None:
        data = str(self.home / "data")
        _as_nobody(PROGRAMS / "pg_ctl", "-s", "-w", "-t", "60", "-D", data, *words)


@contextlib.contextmanager
def a_cluster() -> Iterator[Cluster]:
    """Make a server, start it, and throw it away afterwards."""
    # It runs as another user: pytest's folders are closed to that one.
    home = Path(tempfile.mkdtemp(prefix="mailer-postgres-", dir="/tmp"))
    try:
        if os.geteuid() == 0:
            os.chown(home, NOBODY, NOBODY)
        order = ("--locale-provider=icu", "--icu-locale=sl-SI", "--locale=C.UTF-8")
        user = ("-U", "mailer", "-A", "trust", "-E", "UTF8")
        data = home / "data"
        _as_nobody(PROGRAMS / "initdb", "--no-sync", *order, *user, "-D", str(data))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port: int = free.getsockname()[1]
        with (data / "postgresql.conf").open("a") as file:
            file.write(_SETTINGS.format(port=port))
        (data / "pg_hba.conf").write_text(_ACCESS)
        cluster = Cluster(home, port)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")
    finally:
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Start the server that tests share."""
    with a_cluster() as started:
        yield started


def _as_nobody(*command: Path | str) -> None:
    """Run a program of the server's: it refuses to be run by root."""
    root = os.geteuid() == 0
    ids = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if root else {}
    done = subprocess.run(
        command,
        check=False,
        stdout=subprocess.DEVNULL,  # the server would keep a pipe open
        stderr=subprocess.PIPE if command[0] == PROGRAMS / "initdb" else None,
        cwd="/",
        timeout=120,
        **ids,
    )
    assert done.returncode == 0, f"{command}: {done.stderr}"
