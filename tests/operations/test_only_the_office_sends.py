"""B09, C17, M04: a restored or copied office sends nothing until it is adopted."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from commands import Command, assert_is_clear, edit
from offices import BEFORE, Desk, an_office, import_list, taken
from postgres import cluster  # noqa: F401 - a fixture
from restored import (
    PEOPLE,
    adopted,
    assert_sends_nothing,
    begin,
    office_of,
    send,
)
from servers import pytest_runtest_setup  # noqa: F401 - a hook, found by its name

from mailer.errors import ExitCode
from mailer.files.instance import ANCHOR, COUNT, read_anchor
from mailer.files.office_folder import make_office
from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState as S
from mailer.operations.campaign_status import approve, resume, start
from mailer.operations.instance import Difference, look_at_instance
from mailer.operations.lock import sender_lock
from mailer.operations.office import open_office
from mailer.store import instance


@pytest.fixture
def folder(tmp_path):
    """Return where the office is."""
    return tmp_path / "office"


def test_b09_a_database_from_yesterday_sends_nothing(folder, clock, tmp_path):
    """It knows nothing of what left since; the folder's count does."""
    begin(folder, clock)
    backup = shutil.copy(folder / "mailer.db", tmp_path / "backup.db")
    assert sorted(PEOPLE) == send(folder, clock)

    shutil.copy(backup, folder / "mailer.db")

    assert_sends_nothing(folder, clock, "older than its folder")


def test_b09_a_deleted_database_sends_nothing(folder, clock):
    """A new one, in which the same campaign is approved and started again."""
    begin(folder, clock)
    assert sorted(PEOPLE) == send(folder, clock)
    for file in folder.glob("mailer.db*"):
        file.unlink()

    with office_of(folder, clock) as desk:
        Desk.running(desk.office, clock, PEOPLE)

    assert_sends_nothing(folder, clock, "empty, but this folder had another")


def test_b09_a_database_from_an_hour_ago_sends_nothing(folder, clock, tmp_path):
    """Nor does one that had seen some batches."""
    begin(folder, clock)
    send(folder, clock)
    backup = shutil.copy(folder / "mailer.db", tmp_path / "backup.db")
    with office_of(folder, clock) as desk:
        desk.until("reminder")
    assert sorted(PEOPLE) == send(folder, clock)

    shutil.copy(backup, folder / "mailer.db")

    assert_sends_nothing(folder, clock, "older than its folder")


def test_b09_a_folder_restored_whole_sends_nothing(folder, clock, tmp_path):
    """Counts agree then; the time at which its files were made does not."""
    begin(folder, clock)
    send(folder, clock)
    shutil.copytree(folder, tmp_path / "backup")
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "backup", folder)

    assert_sends_nothing(folder, clock, "is a copy of .* or was restored")


def test_c17_a_copy_sends_nothing_and_the_office_goes_on(folder, clock, tmp_path):
    """A copied office is none; the one it was copied from does not care."""
    begin(folder, clock)
    send(folder, clock)
    copy = shutil.copytree(folder, tmp_path / "copy")
    with office_of(folder, clock) as desk:
        desk.until("reminder")

    assert_sends_nothing(copy, clock, "is a copy of")
    assert sorted(PEOPLE) == send(folder, clock)


def test_b09_another_offices_database_sends_nothing(folder, clock, tmp_path):
    """Whose letters these are, nobody can know."""
    other = tmp_path / "other"
    begin(folder, clock)
    send(folder, clock)
    begin(other, clock)
    send(other, clock)

    shutil.copy(other / "mailer.db", folder / "mailer.db")

    assert_sends_nothing(
        folder, clock, f"does not belong to this folder, but to {other}"
    )


def test_a_folder_that_moved_is_adopted_and_loses_nothing(folder, clock, tmp_path):
    """It paused; what was planned goes when it is resumed."""
    begin(folder, clock)
    with office_of(folder, clock) as desk:
        desk.plan()
        with sender_lock(desk.office):
            pass
        with desk.office.database.write() as connection:
            identity = read_anchor(folder).identity
            assert 1 == instance.raise_counter(connection, identity)
    moved = folder.rename(tmp_path / "moved")
    assert_sends_nothing(moved, clock, "was moved here from")

    done = adopted(moved, clock)

    assert (Difference.MOVED, ("conference",), 0) == (
        done.difference,
        done.paused,
        done.in_doubt,
    )
    with office_of(moved, clock) as desk:
        resume(desk.office, desk.name, "skrbnik")
    assert sorted(PEOPLE) == send(moved, clock)


def test_b09_what_a_restored_ledger_would_send_is_in_doubt(folder, clock, tmp_path):
    """Also what it would plan only now: nobody gets anything twice."""
    begin(folder, clock)
    send(folder, clock)
    backup = shutil.copy(folder / "mailer.db", tmp_path / "backup.db")
    with office_of(folder, clock) as desk:
        desk.until("reminder")
    send(folder, clock)
    shutil.copy(backup, folder / "mailer.db")

    done = adopted(folder, clock)

    assert Difference.BEHIND is done.difference
    with office_of(folder, clock) as desk:
        assert CampaignStatus.PAUSED is desk.status.status
        assert {S.ACCEPTED} == set(desk.states("invitation").values())
        resume(desk.office, desk.name, "skrbnik")
    assert [] == send(folder, clock)
    with office_of(folder, clock) as desk:
        assert dict.fromkeys(PEOPLE, S.IN_DOUBT) == desk.states("reminder")


def test_b09_what_was_due_before_the_adoption_is_in_doubt_whenever_it_is_planned(
    folder, clock, tmp_path
):
    """Restored in the evening: the next morning, too, nobody gets it twice."""
    begin(folder, clock)
    send(folder, clock)
    backup = shutil.copy(folder / "mailer.db", tmp_path / "backup.db")
    with office_of(folder, clock) as desk:
        desk.until("reminder")
    assert sorted(PEOPLE) == send(folder, clock)
    clock.jump(clock.now() + timedelta(hours=12))
    shutil.copy(backup, folder / "mailer.db")

    assert Difference.BEHIND is adopted(folder, clock).difference
    clock.jump(clock.now() + timedelta(hours=12))
    with office_of(folder, clock) as desk:
        resume(desk.office, desk.name, "skrbnik")
    assert [] == send(folder, clock)
    with office_of(folder, clock) as desk:
        assert dict.fromkeys(PEOPLE, S.IN_DOUBT) == desk.states("reminder")
        desk.until("last-call")
    assert sorted(PEOPLE) == send(folder, clock)


@pytest.mark.parametrize("taken_at", [1, 5, 10])
def test_b09_a_database_from_the_middle_of_a_batch_sends_nothing(
    folder, clock, tmp_path, taken_at
):
    """What left of this batch after the backup is not in it; nor is a new batch."""
    everybody = [f"obcina{number}" for number in range(18)]
    backup = tmp_path / "backup.db"
    make_office(folder)
    edit(folder / "mailer.toml", 'rate = "60/min"', 'rate = ""')  # all are one batch
    with open_office(folder, clock) as office:
        desk = Desk.running(office, clock, everybody)

        def copied_in_the_middle(_message):
            if len(relay.accepted) == taken_at:
                copy_of_a_live(folder / "mailer.db", backup)

        relay = desk.a_relay(on_accepted=copied_in_the_middle)
        desk.send(relay)
    assert sorted(everybody) == sorted(taken(relay))

    shutil.copy(backup, folder / "mailer.db")

    assert_sends_nothing(folder, clock, "older than its folder")
    adopted(folder, clock)
    with office_of(folder, clock) as desk:
        states = desk.states()
        resume(desk.office, desk.name, "skrbnik")
    assert {S.ACCEPTED, S.IN_DOUBT} >= set(states.values())
    assert set(everybody) == set(states)
    assert [] == send(folder, clock)


def copy_of_a_live(database, backup):
    """Copy a database as backup programs do, while it is written."""
    with (
        closing(sqlite3.connect(database)) as source,
        closing(sqlite3.connect(backup)) as target,
    ):
        source.backup(target)


def test_once_adopted_the_first_office_sends_no_more(folder, clock, tmp_path):
    """Two folders on one database: the one that was adopted last."""
    begin(folder, clock)
    send(folder, clock)
    copy = shutil.copytree(folder, tmp_path / "copy")
    adopted(copy, clock)
    shutil.copy(copy / "mailer.db", folder / "mailer.db")

    assert_sends_nothing(folder, clock, f"belong to this folder, but to {copy}")
    assert adopted(copy, clock).difference is None


def test_an_office_that_never_approved_needs_no_adoption(folder, clock, tmp_path):
    """Prepared here, run there; to look whether it may send binds it to no place."""
    with an_office(folder, clock) as office:
        assert look_at_instance(office) is None
    copy = shutil.copytree(folder, tmp_path / "copy")
    with office_of(copy, clock) as desk:
        Desk.running(desk.office, clock, PEOPLE)

    assert not (folder / ANCHOR).exists()
    assert sorted(PEOPLE) == send(copy, clock)


def test_c17_a_copy_from_before_the_first_letter_sends_nothing(folder, clock, tmp_path):
    """What was approved is one office's to send, also if nothing has left yet."""
    begin(folder, clock)
    copy = shutil.copytree(folder, tmp_path / "copy")

    assert sorted(PEOPLE) == send(folder, clock)
    assert_sends_nothing(copy, clock, "is a copy of")

    assert len(PEOPLE) == adopted(copy, clock).in_doubt
    with office_of(copy, clock) as desk:
        resume(desk.office, desk.name, "skrbnik")
    assert [] == send(copy, clock)


def test_a_folder_copied_to_a_server_the_evening_before_loses_nothing(
    folder, clock, tmp_path
):
    """Nothing was due yet: nothing can have left, and nothing is in doubt."""
    clock.jump(BEFORE)
    with an_office(folder, clock) as office:
        import_list(office, PEOPLE)
        desk = Desk(office, clock)
        approve(office, desk.opened, "načelnica")
        start(office, desk.opened, len(PEOPLE), "načelnica")
    server = shutil.copytree(folder, tmp_path / "server")

    done = adopted(server, clock)

    assert (Difference.COPIED, 0) == (done.difference, done.in_doubt)
    with office_of(server, clock) as desk:
        resume(desk.office, desk.name, "skrbnik")
        desk.until("invitation")
    assert sorted(PEOPLE) == send(server, clock)


def as_rsync(backup, folder):
    """Bring back what differs in size or time, as `rsync -a` does: a file beside."""
    for file in filter(Path.is_file, backup.rglob("*")):
        target = folder / file.relative_to(backup)
        if not target.exists() or _looks(file) != _looks(target):
            beside = target.with_name(".beside")
            shutil.copy2(file, beside)
            beside.rename(target)


def _looks(file):
    return file.stat().st_size, file.stat().st_mtime_ns


def test_b09_a_folder_that_rsync_brought_back_sends_nothing(folder, clock, tmp_path):
    """It leaves the identity alone, and brings back database and count together."""
    begin(folder, clock)
    backup = shutil.copytree(folder, tmp_path / "backup")
    assert sorted(PEOPLE) == send(folder, clock)
    identity = (folder / ANCHOR).stat()

    as_rsync(backup, folder)

    assert identity == (folder / ANCHOR).stat()
    assert 0 == read_anchor(folder).count
    assert_sends_nothing(folder, clock, "is a copy of .* or was restored")


@pytest.mark.parametrize("content", [None, b"", b"00000000000000000000\n"])
def test_b09_a_folder_without_its_count_sends_nothing(folder, clock, tmp_path, content):
    """A count that somebody removed, or emptied, is not zero."""
    begin(folder, clock)
    backup = shutil.copy(folder / "mailer.db", tmp_path / "backup.db")
    assert sorted(PEOPLE) == send(folder, clock)
    shutil.copy(backup, folder / "mailer.db")
    if content is None:
        (folder / COUNT).unlink()
    else:
        (folder / COUNT).write_bytes(content)

    assert_sends_nothing(folder, clock, "mailer.count is missing or torn")
    assert Difference.UNCOUNTED is adopted(folder, clock).difference
    with office_of(folder, clock) as desk:
        assert look_at_instance(desk.office) is None


def test_b09_the_commands_say_what_to_do(folder, clock, tmp_path, monkeypatch, capsys):
    """`run` ends with 7, `doctor` says how to mend it; adopted, the copy sends."""
    begin(folder, clock)
    send(folder, clock)
    mailer = Command(shutil.copytree(folder, tmp_path / "copy"), monkeypatch, capsys)

    said = mailer("run", "--once")
    assert_is_clear(said, ExitCode.LEASED, "is a copy of", "--adopt")
    said = mailer("doctor")
    assert ExitCode.FAILURE == said.code
    assert "is a copy of" in " ".join(said.out.split())
    assert "--adopt" in said.out
    said = mailer("doctor", "--adopt").done()
    assert "Paused: conference" in said.text
    assert "The last that its database knows of is from " in said.text
    assert "mailer responses import" in said.text
    assert "mailer resume" in said.text
    assert "may send already" in mailer("doctor", "--adopt").done().text
    assert "may send" in mailer("doctor").done().text
    mailer("run", "--once").done()
