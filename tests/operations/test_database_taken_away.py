"""B07: the database goes away in the middle of a round: no further dot goes out."""

from __future__ import annotations

import shutil

import pytest
from disks import assert_sound, make_read_only, make_writable, small_disk
from offices import Desk, an_office, taken
from relays import run

from mailer.errors import ExitCode, StoreError
from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Stage
from mailer.sandbox.relay import ScriptedRelay
from mailer.store import ledger

PEOPLE = [f"obcina{number}" for number in range(30)]


class Meddling(ScriptedRelay):
    """A relay that does something to the sender before it lets a body come."""

    def __init__(self, desk, meddle, countdown):
        super().__init__(clock=desk.clock)
        self.meddle, self.countdown = meddle, countdown
        self.had = 0  #: messages when it did

    def steps(self, stage, address):
        """Do it at the n-th DATA, then go on as usual."""
        if stage is Stage.DATA:
            self.countdown -= 1
            if self.countdown == 0:
                self.meddle()
                self.had = len(self.accepted)
        return super().steps(stage, address)


@pytest.fixture
def disk(tmp_path):
    """Mount a small disk."""
    with small_disk(tmp_path / "disk") as folder:
        yield folder


def place_of(office):
    return office.folder / "mailer.db"


def assert_stops(desk, relay, cause, connections=4):
    """Send through `relay`; assert that it stopped in time, and said why."""

    async def scenario():
        async with relay:
            with pytest.raises(StoreError) as caught:
                await desk.round(relay)
        return caught.value

    error = run(scenario())

    [problem] = error.problems
    assert cause in problem.cause
    assert problem.next_step
    assert problem.place.endswith("mailer.db")
    assert ExitCode.TEMPORARY is error.exit_code
    # What had its mark may have its dot; each connection has one such message.
    assert relay.had <= len(relay.accepted) <= relay.had + connections - 1
    assert len(taken(relay)) < len(PEOPLE)


def assert_recorded(desk, first, second):
    """Assert that each has it once, and what could not be recorded is in doubt."""
    states = desk.states()
    in_doubt = {name for name, state in states.items() if state is S.IN_DOUBT}

    assert sorted(PEOPLE) == sorted(taken(first) + taken(second))
    assert {S.ACCEPTED, S.IN_DOUBT} >= set(states.values())
    assert in_doubt <= set(taken(first))
    assert len(in_doubt) <= desk.office.settings.relay.connections


def test_a_disk_that_became_read_only(tmp_path, clock, disk, monkeypatch):
    """
    Nothing is marked, so nothing is sent; when it can be written again, all is.

    Between two rounds: the kernel lets nobody do it while the ledger is open.
    """
    monkeypatch.setenv("MAILER_OFFICE__DATABASE", f"sqlite:///{disk}/mailer.db")
    with an_office(tmp_path / "office", clock) as office:
        desk = Desk.running(office, clock, PEOPLE)
        desk.plan()
        make_read_only(disk, office.database)
        relay = desk.a_relay()

        with pytest.raises(StoreError, match="cannot be opened"):
            desk.send(relay)
        make_writable(disk)
        desk.send(relay)

        assert {S.ACCEPTED} == set(desk.states().values())
        assert sorted(PEOPLE) == sorted(taken(relay))
    assert_sound(disk / "mailer.db")


@pytest.mark.parametrize("countdown", [1, 9])
@pytest.mark.parametrize("name", ["mailer.db", "mailer.db-wal"])
def test_a_file_that_is_deleted(running, name, countdown):
    """Marks are not written where nobody would find them."""
    desk = running(*PEOPLE)
    path = desk.office.folder / name

    assert_stops(desk, Meddling(desk, path.unlink, countdown), "it was deleted, moved")
    if name == "mailer.db":
        assert not path.exists()  # nor is an empty one in its place


def test_a_database_that_is_moved_can_be_put_back(running):
    """Then the rest goes out, once; what could not be recorded is in doubt."""
    desk = running(*PEOPLE)
    here = place_of(desk.office)
    there = here.with_name("elsewhere.db")
    first, second = Meddling(desk, lambda: here.rename(there), 9), desk.a_relay()

    assert_stops(desk, first, "it was deleted, moved")
    there.rename(here)
    with desk.office.database.write() as connection:
        ledger.recover(connection, desk.clock.now())
    desk.send(second)

    assert_recorded(desk, first, second)
    assert_sound(here)


def test_a_database_that_is_replaced(running):
    """Another file with its name is not what we were at work on."""
    desk = running(*PEOPLE)
    here = place_of(desk.office)

    def replace():
        copy = here.with_name("copy.db")
        shutil.copy(here, copy)
        copy.replace(here)

    assert_stops(desk, Meddling(desk, replace, 9), "replaced")


def test_a_page_that_is_damaged(running):
    """A ledger that cannot be read is not guessed at: nobody is written to."""
    desk = running(*PEOPLE)
    desk.plan()
    database, here = desk.office.database, place_of(desk.office)
    with database.read() as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'delivery_due'"
        page = connection.exec_driver_sql(query).scalar_one()
    database.close()  # the log is written into the file, and nothing is remembered
    with here.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    relay = desk.a_relay()

    async def scenario():
        async with relay:
            with pytest.raises(StoreError, match=r"it is damaged.*from a backup"):
                await desk.round(relay)

    run(scenario())

    assert [] == relay.heard
