"""B08: another program has the database: a writer stops us, a reader does not."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from offices import an_office, taken
from relays import run

from mailer.errors import StoreError
from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Stage
from mailer.sandbox.relay import ScriptedRelay
from mailer.store import ledger, sqlite

PEOPLE = [f"obcina{number}" for number in range(30)]


class Locking(ScriptedRelay):
    """A relay during whose n-th `stage` another program begins to write."""

    def __init__(self, desk, theirs, stage, countdown=9):
        super().__init__(clock=desk.clock)
        self.theirs, self.stage, self.countdown = theirs, stage, countdown
        self.had = 0  #: messages when it began

    def steps(self, stage, address):
        """Let the other begin if it is time, then go on as usual."""
        if stage is self.stage:
            self.countdown -= 1
            if self.countdown == 0:
                self.theirs.execute("BEGIN IMMEDIATE")
                self.had = len(self.accepted)
        return super().steps(stage, address)


@pytest.fixture
def office(tmp_path, clock, monkeypatch):
    """Open an office that does not wait long for others."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 100)
    with an_office(tmp_path / "office", clock) as opened:
        yield opened


@pytest.fixture
def theirs(office):
    """Open the database as another program does."""
    path = office.folder / "mailer.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


@pytest.mark.parametrize("stage", [Stage.DATA, Stage.END_OF_DATA])
def test_a_writer_who_does_not_end_stops_us(running, theirs, stage):
    """No dot goes without its mark; afterwards the rest does, once."""
    desk = running(*PEOPLE)
    connections = desk.office.settings.relay.connections
    first, second = Locking(desk, theirs, stage), desk.a_relay()

    async def scenario():
        async with first, second:
            with pytest.raises(StoreError, match="another program is writing"):
                await desk.round(first)
            theirs.execute("ROLLBACK")
            with desk.office.database.write() as connection:
                ledger.recover(connection, desk.clock.now())
            await desk.round(second)

    run(scenario())
    states = desk.states()
    in_doubt = {name for name, state in states.items() if state is S.IN_DOUBT}

    assert first.had <= len(first.accepted) <= first.had + connections
    assert sorted(PEOPLE) == sorted(taken(first) + taken(second))
    assert {S.ACCEPTED, S.IN_DOUBT} >= set(states.values())
    assert in_doubt <= set(taken(first))
    assert len(in_doubt) <= connections


def test_a_long_reader_stops_nobody(running, theirs):
    """A report that takes an hour sees the ledger as it was; the letters go."""
    desk = running(*PEOPLE)
    count = "SELECT count(*) FROM attempt"
    theirs.execute("BEGIN")
    before = theirs.execute(count).fetchone()

    desk.send()

    assert (0,) == before == theirs.execute(count).fetchone()
    assert {S.ACCEPTED} == set(desk.states().values())
