"""Every way in which a file is unusable says what it is, and what to do."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from disks import full_disk
from ledgers import FILE, NOW, a_database, plan

from mailer.errors import ExitCode, StoreError
from mailer.store import campaigns, sqlite
from mailer.store.database import Database
from mailer.store.tables import SCHEMA_VERSION

NOBODY = 65534


def assert_helps(error, cause):
    """Assert that an error names the place, the cause and the next step."""
    [problem] = error.problems

    assert problem.place.endswith("mailer.db")
    assert cause in problem.cause
    assert problem.next_step
    assert ExitCode.TEMPORARY is error.exit_code


@contextmanager
def as_nobody():
    """Be a user who may not write everywhere: root may, whatever the rights say."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder():
    """Make a folder that other users may enter and read."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_another_writer_is_waited_for_and_then_said(tmp_path, monkeypatch):
    """Locked for longer than we wait: nothing is written, and it says why."""
    a_database(tmp_path).close()
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    ours = Database(FILE, tmp_path)
    with closing(sqlite3.connect(tmp_path / "mailer.db")) as theirs:
        theirs.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as caught:
            plan(ours, 1)

    assert_helps(caught.value, "another program is writing")
    assert 1 == plan(ours, 1)
    ours.close()


def test_a_new_file_that_another_is_making_is_waited_for(tmp_path, monkeypatch):
    """SQLite's own timeout does not hold for the switch to the write-ahead log."""
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 300)
    with closing(sqlite3.connect(tmp_path / "mailer.db")) as theirs:
        theirs.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        with pytest.raises(StoreError) as caught:
            Database(FILE, tmp_path)
        waited = time.monotonic() - begun

    assert_helps(caught.value, "another program is writing")
    assert waited >= 0.3
    Database(FILE, tmp_path).close()


@pytest.mark.parametrize("rights", [0o444, 0o000], ids=["read-only", "closed"])
def test_a_file_that_cannot_be_written_is_said(open_folder, rights):
    """Whose rights are wrong is said before anything is sent."""
    a_database(open_folder).close()
    (open_folder / "mailer.db").chmod(rights)

    with as_nobody(), pytest.raises(StoreError) as caught:
        Database(FILE, open_folder)

    assert_helps(caught.value, "it cannot be")


def test_a_folder_that_does_not_exist_is_said(tmp_path):
    """The path may be wrong; it is named."""
    with pytest.raises(StoreError) as caught:
        Database("sqlite:///nowhere/mailer.db", tmp_path)

    assert_helps(caught.value, "it cannot be opened")


def test_what_is_no_database_is_said_and_left_alone(tmp_path):
    """Somebody's letter stays somebody's letter."""
    file = tmp_path / "mailer.db"
    file.write_text("Spoštovani, to ni podatkovna baza.\n" * 100, encoding="utf-8")
    before = file.read_bytes()

    with pytest.raises(StoreError) as caught:
        Database(FILE, tmp_path)

    assert_helps(caught.value, "it is no database of ours")
    assert before == file.read_bytes()


def test_a_damaged_database_is_said(tmp_path):
    """Torn pages are not read as if they were rows."""
    ours = a_database(tmp_path, 200)
    plan(ours, *range(1, 200))
    ours.close()
    file = tmp_path / "mailer.db"
    file.write_bytes(file.read_bytes()[:4096] + b"\xff" * 60_000)

    with pytest.raises(StoreError) as caught:
        plan(Database(FILE, tmp_path), 200)

    assert_helps(caught.value, "it is damaged")


@pytest.mark.parametrize("version", [0, SCHEMA_VERSION + 1])
def test_another_schema_is_said_and_left_alone(tmp_path, version):
    """Somebody else's tables, or those of a newer program."""
    with closing(sqlite3.connect(tmp_path / "mailer.db")) as theirs:
        theirs.execute("CREATE TABLE letters (id INTEGER PRIMARY KEY)")
        theirs.execute(f"PRAGMA user_version = {version}")

    with pytest.raises(StoreError) as caught:
        Database(FILE, tmp_path)
    with closing(sqlite3.connect(tmp_path / "mailer.db")) as theirs:
        tables = theirs.execute("SELECT name FROM sqlite_master").fetchall()

    assert_helps(caught.value, f"schema version {version}")
    assert [("letters",)] == tables


def note(ours, *details):
    """Write lines into the journal in one transaction."""
    with ours.write() as connection:
        for detail in details:
            campaigns.note(connection, NOW, "mailer", "test", "work", detail)


def noted(ours):
    with ours.read() as connection:
        return campaigns.notes(connection, "work")


def test_a_full_disk_loses_nothing_that_was_there(tmp_path):
    """The transaction that did not fit is gone whole; the others stand."""
    ours = a_database(tmp_path)
    plan(ours, 1)

    with full_disk(ours), pytest.raises(StoreError) as caught:
        note(ours, "short", "long" * 9999)

    assert_helps(caught.value, "the disk is full")
    assert [] == noted(ours)
    assert (0, 1) == (plan(ours, 1), plan(ours, 2))
    ours.close()
