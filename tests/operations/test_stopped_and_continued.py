"""B03: a sender that slept while another did its work sends nothing more."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from contextlib import asynccontextmanager, closing
from functools import partial

import pytest
from killing import START, Shot, a_range, a_sender, is_stopped, point_at
from offices import Desk, an_office
from postgres import cluster  # noqa: F401 - a fixture
from promises import assert_promises_kept
from relays import run
from servers import pytest_runtest_setup  # noqa: F401 - a hook, found by its name

from mailer.model.delivery import DeliveryState as S
from mailer.model.history import NEVER
from mailer.model.smtp import Stage
from mailer.operations.instance import make_instance
from mailer.operations.office import open_office

PEOPLE = [f"obcina{number}" for number in range(40)]
CONNECTIONS = 2

#: the lease of what the first had begun is over
LATER = START.replace("09:05", "10:05")

#: seven messages are through, or nearly; one waits for the reply to DATA
IN_THE_MIDDLE = 8


def is_asleep(database, number):
    """
    Return whether a process is stopped, and holds no lock on the database.

    If it holds one, it goes on for a moment: whoever is stopped while it writes
    keeps all others out, and there would be nothing to see.
    """
    if not is_stopped(number):
        return False
    with closing(sqlite3.connect(database, timeout=0)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            os.kill(number, signal.SIGCONT)
            os.kill(number, signal.SIGSTOP)
            return False
    return True


@asynccontextmanager
async def a_stopped_sender(shooting, hit):
    """Let `mailer run` be stopped; let it go on when the block ends."""
    number = shooting.relay.target = await shooting.sender.start()
    shot = shooting.relay.shot = Shot(
        IN_THE_MIDDLE,
        Stage.DATA,
        signal=signal.SIGSTOP,
        hit=lambda: hit(number),
    )
    await shot.fired.wait()
    try:
        yield
    finally:
        os.kill(number, signal.SIGCONT)


def assert_the_dot_was_withheld(shooting):
    """Assert that both had told the relay of somebody, who has it once."""
    heard = [line for line in shooting.relay.heard if line.startswith(b"RCPT TO:")]
    rows = shooting.rows()
    in_doubt = [row for row in rows if row.state is S.IN_DOUBT]

    assert len(set(heard)) == len(PEOPLE) < len(heard)
    assert {S.ACCEPTED} >= {row.state for row in rows} - {S.IN_DOUBT}
    assert len(in_doubt) <= CONNECTIONS
    assert_promises_kept(rows, shooting.relay.accepted)


def test_another_took_over_in_spite_of_the_lock(running):
    """The lock failed; the second mark alone keeps the promise."""
    folder = running(*PEOPLE).office.folder
    asleep = partial(is_asleep, folder / "mailer.db")

    async def scenario():
        async with (
            a_range(folder, CONNECTIONS) as shooting,
            a_sender(folder, LATER) as other,
        ):
            async with a_stopped_sender(shooting, asleep):
                await other.start("takeover")
                assert 0 == await other.end()
                assert len(PEOPLE) - CONNECTIONS <= len(shooting.relay.accepted)
            assert 0 == await shooting.sender.end()
            assert_the_dot_was_withheld(shooting)

    run(scenario())


@pytest.fixture
def office_on_server(tmp_path, clock, url, monkeypatch):
    """Open an office whose ledger is on a server."""
    monkeypatch.setenv("MAILER_OFFICE__DATABASE", url)
    with an_office(tmp_path / "office", clock) as opened:
        yield opened


@pytest.fixture
def url(cluster):  # noqa: F811 - the fixture
    """Make an empty database; return its URL."""
    with cluster.fresh() as fresh:
        yield fresh


@pytest.mark.server("postgresql")
def test_another_machine_took_over(office_on_server, clock, cluster, url, tmp_path):  # noqa: F811 - the fixture
    """As long as the first is connected nobody can; then it is, and too late."""
    here = Desk.running(office_on_server, clock, PEOPLE).office.folder
    there = shutil.copytree(here, tmp_path / "elsewhere")

    async def scenario():
        async with a_range(here, CONNECTIONS) as shooting:
            point_at(there, shooting.relay, CONNECTIONS)
            async with a_sender(there, LATER) as other:
                async with a_stopped_sender(shooting, is_stopped):
                    await other.start()
                    assert 1 == await other.end()
                    assert "another `mailer run` is at work" in other.said
                    cluster.cut(url)  # the server restarted, or the network did
                    with open_office(there, clock) as office:
                        make_instance(office, 1, NEVER)  # what an adoption ends with
                    await other.start()
                    assert 0 == await other.end()
                await shooting.sender.end()
                assert_the_dot_was_withheld(shooting)

    run(scenario())
