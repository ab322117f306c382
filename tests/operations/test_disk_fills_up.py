"""
B06: a real disk that fills up at a mark: what was answered is recorded, then it stops.

The relay fills it, so that the moment is exact.
"""

from __future__ import annotations

import pytest
from disks import assert_sound, fill, make_room, small_disk
from offices import an_office, taken
from relays import run

from mailer.errors import DiskFullError, ExitCode
from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Stage
from mailer.sandbox.relay import ScriptedRelay
from mailer.store import ledger

PEOPLE = [f"obcina{number}" for number in range(30)]

#: where the relay fills the disk → the mark that finds it full
MOMENTS = {
    "before the mark": Stage.MAIL,
    "at the mark": Stage.DATA,
    "at the outcome": Stage.END_OF_DATA,
}

at_each_moment = pytest.mark.parametrize("stage", MOMENTS.values(), ids=MOMENTS)


class Filling(ScriptedRelay):
    """
    A relay that fills the sender's disk at the n-th of a stage.

    Args:
        desk: The sender's.
        disk: The folder on it.
        stage: Where.
        countdown: How often the stage is reached until then.
        lost: A file that is lost there before.
    """

    def __init__(self, desk, disk, stage, countdown, lost=None):
        super().__init__(clock=desk.clock)
        self.disk, self.stage, self.countdown = disk, stage, countdown
        self.lost = lost
        self.had = 0  #: messages by then

    def steps(self, stage, address):
        """Fill the disk if it is time, then go on as usual."""
        if stage is self.stage:
            self.countdown -= 1
            if self.countdown == 0:
                if self.lost is not None:
                    self.lost.unlink()
                fill(self.disk)
                self.had = len(self.accepted)
        return super().steps(stage, address)


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """Mount a small disk, on which the office's database is to be."""
    with small_disk(tmp_path / "disk") as folder:
        monkeypatch.setenv("MAILER_OFFICE__DATABASE", f"sqlite:///{folder}/mailer.db")
        yield folder


@pytest.fixture(params=[1, 4], ids="{} connections".format)
def office(disk, tmp_path, clock, monkeypatch, request):  # noqa: ARG001 - it is mounted before
    """Open an office whose database is on the small disk."""
    monkeypatch.setenv("MAILER_RELAY__CONNECTIONS", str(request.param))
    with an_office(tmp_path / "office", clock) as opened:
        yield opened


def names_in(desk, state):
    return {name for name, one in desk.states().items() if one is state}


@at_each_moment
@pytest.mark.parametrize("countdown", [1, 9])
def test_what_was_answered_is_recorded(running, disk, stage, countdown):
    """The ballast makes room for that, and nothing more begins."""
    desk = running(*PEOPLE)
    relay = Filling(desk, disk, stage, countdown)

    async def scenario():
        async with relay:
            with pytest.raises(DiskFullError, match="the disk is full") as caught:
                await desk.round(relay)
        return caught.value

    error = run(scenario())

    [problem] = error.problems
    assert "free some space" in problem.next_step
    assert ExitCode.TEMPORARY is error.exit_code
    assert not (disk / "mailer.db-ballast").exists()
    # On each connection one dot was out, and the next mark shared the commit.
    most = relay.had + 2 * desk.office.settings.relay.connections
    assert relay.had <= len(relay.accepted) <= most < len(PEOPLE)
    assert set(taken(relay)) == names_in(desk, S.ACCEPTED)
    assert {S.ACCEPTED, S.PLANNED} == set(desk.states().values())
    assert_sound(disk / "mailer.db")


@at_each_moment
def test_nothing_begins_until_there_is_room(running, disk, stage):
    """A second round on the full disk stops at once; with room the rest goes."""
    desk = running(*PEOPLE)
    first, second, third = Filling(desk, disk, stage, 9), desk.a_relay(), desk.a_relay()

    async def scenario():
        async with first, second, third:
            with pytest.raises(DiskFullError):
                await desk.round(first)
            with pytest.raises(DiskFullError, match="16 MB must be free"):
                await desk.round(second)
            make_room(disk)
            await desk.round(third)

    run(scenario())

    assert [] == second.heard
    assert sorted(PEOPLE) == sorted(taken(first) + taken(third))
    assert set(PEOPLE) == names_in(desk, S.ACCEPTED)
    assert (disk / "mailer.db-ballast").exists()
    assert_sound(disk / "mailer.db")


@at_each_moment
def test_without_ballast_no_dot_goes_without_its_mark(running, disk, stage):
    """Somebody deleted it: then an outcome may be lost, but is shown as in doubt."""
    desk = running(*PEOPLE)
    first = Filling(desk, disk, stage, 9, lost=disk / "mailer.db-ballast")
    second = desk.a_relay()

    async def scenario():
        async with first, second:
            with pytest.raises(DiskFullError):
                await desk.round(first)
            make_room(disk)
            with desk.office.database.write() as connection:
                ledger.recover(connection, desk.clock.now())
            await desk.round(second)

    run(scenario())
    accepted, in_doubt = names_in(desk, S.ACCEPTED), names_in(desk, S.IN_DOUBT)

    assert set(PEOPLE) == accepted | in_doubt
    assert len(in_doubt) <= desk.office.settings.relay.connections
    assert in_doubt <= set(taken(first))
    assert sorted(PEOPLE) == sorted(taken(first) + taken(second))
    assert_sound(disk / "mailer.db")
