"""The room that is kept for the last marks: really there, and really given back."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import pytest
from disks import assert_sound, fill, make_room, small_disk
from ledgers import FILE, NOW, a_database
from relays import run

from mailer.errors import DiskFullError, StoreError
from mailer.store import campaigns
from mailer.store.ballast import BATCH, SIZE, Ballast
from mailer.store.database import Database
from mailer.store.writer import GroupWriter

NOBODY = 65534


@pytest.fixture
def disk(tmp_path):
    """Mount a disk with as much room as a sender asks for, and a little more."""
    with small_disk(tmp_path / "disk") as folder:
        yield folder


@pytest.fixture
def file(tmp_path):
    """Return where the ballast of a database in `tmp_path` is."""
    return tmp_path / "mailer.db-ballast"


@pytest.fixture
def ballast(tmp_path):
    return Ballast(tmp_path / "mailer.db")


def test_its_room_is_taken(ballast, file):
    """A file with a hole in it would keep no room at all."""
    ballast.take_in()

    assert SIZE == file.stat().st_size
    assert SIZE <= file.stat().st_blocks * 512


def test_it_is_written_once(ballast, file):
    """The second batch finds it there."""
    ballast.take_in()
    before = file.stat()
    ballast.take_in()

    assert before == file.stat()


def test_what_was_cut_short_is_written_anew(ballast, file):
    """The program may have ended while it wrote it."""
    file.write_bytes(b"short")

    ballast.take_in()

    assert SIZE == file.stat().st_size


def test_it_is_dropped_once(ballast, file):
    """The second time there is nothing to be had from it."""
    ballast.take_in()

    assert [True, False] == [ballast.drop(), ballast.drop()]
    assert not file.exists()


@pytest.mark.parametrize("size", [SIZE // 2, SIZE + BATCH // 2])
def test_nothing_begins_without_room(tmp_path, size):
    """Neither without room for itself, nor without some for a batch beside it."""
    with small_disk(tmp_path / "disk", size) as folder:
        with pytest.raises(DiskFullError, match="16 MB must be free — free some space"):
            Ballast(folder / "mailer.db").take_in()

        assert [] == list(folder.iterdir())


def test_the_next_batch_begins_only_with_room(disk):
    """It is there already, but the rest of the disk was filled meanwhile."""
    ballast = Ballast(disk / "mailer.db")
    ballast.take_in()
    fill(disk)

    with pytest.raises(DiskFullError):
        ballast.take_in()
    make_room(disk)
    ballast.take_in()


def test_a_folder_that_cannot_be_written_is_said():
    """It is our right that is missing, not room."""
    if os.geteuid():
        pytest.skip("only root can become somebody without rights")
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        os.seteuid(NOBODY)
        try:
            with pytest.raises(StoreError, match="cannot be written") as caught:
                Ballast(Path(name) / "mailer.db").take_in()
        finally:
            os.seteuid(0)

    assert not isinstance(caught.value, DiskFullError)


def test_a_folder_that_is_gone_is_said(tmp_path):
    """Somebody deleted the office while it was sending."""
    with pytest.raises(StoreError, match="No such file or directory"):
        Ballast(tmp_path / "gone" / "mailer.db").take_in()


def test_who_only_reads_takes_none_in(tmp_path, file):
    """Opening a database, and writing into it, leaves no ballast behind."""
    a_database(tmp_path).close()

    assert not file.exists()


def test_a_disk_that_is_full_from_the_start_is_said(disk):
    """Not even a report can be read then: SQLite wants some room for that."""
    a_database(disk).close()
    fill(disk)

    with pytest.raises(DiskFullError, match="the disk is full — free some space"):
        Database(FILE, disk)


def noting(text):
    """Return work that writes a line into the journal, and returns how long it is."""

    def work(connection):
        campaigns.note(connection, NOW, "mailer", "test", "work", text)
        return len(text)

    return work


def test_a_commit_that_finds_no_room_gets_some_once(disk):
    """What was asked for is done; the writer says that it was the last time."""
    database = a_database(disk)
    database.take_in_ballast()
    fill(disk)

    async def scenario():
        writer = GroupWriter(database)
        wanted = (writer.do(noting("n" * size)) for size in (20_000, 30_000))
        done = await asyncio.gather(*wanted)
        error = await asyncio.wait_for(writer.out_of_room, 20)
        await writer.close()
        return done, error

    done, error = run(scenario())
    fill(disk)  # somebody takes what was left of it
    with database.read() as connection:
        noted = [len(row.detail) for row in campaigns.notes(connection, "work")]

    assert [20_000, 30_000] == done == sorted(noted)
    assert "the disk is full" in str(error)
    assert not database.drop_ballast()
    with pytest.raises(DiskFullError):
        run(only(database, noting("n" * 90_000)))
    database.close()
    assert_sound(disk / "mailer.db")


async def only(database, work):
    """Have one thing written."""
    writer = GroupWriter(database)
    try:
        await writer.do(work)
    finally:
        await writer.close()
        assert not writer.out_of_room.done()


def test_other_errors_drop_nothing(disk):
    """A commit that fails for another reason has no use for room."""
    database = a_database(disk)
    database.take_in_ballast()

    def spoil(_connection):
        raise ValueError("spoilt")

    with pytest.raises(ValueError, match="spoilt"):
        run(only(database, spoil))

    assert database.drop_ballast()
    database.close()
