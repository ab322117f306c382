"""B09, C17, M04: a restored or copied office sends nothing until it is adopted."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from commands import Command, assert_is_clear, edit
from offices import Desk, an_office, taken

from mailer.errors import ExitCode, LeaseError
from mailer.files.instance import ANCHOR, read_anchor
from mailer.files.office_folder import make_office
from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState as S
from mailer.operations.adopt import adopt
from mailer.operations.campaign_status import resume
from mailer.operations.instance import Difference, look_at_instance
from mailer.operations.lock import sender_lock
from mailer.operations.office import open_office
from mailer.store import instance

PEOPLE = ("obcina", "urad")


@pytest.fixture
def folder(tmp_path):
    """Return where the office is."""
    return tmp_path / "office"


@contextmanager
def office_of(folder, clock):
    """Open an office again; give its desk."""
    with open_office(folder, clock) as office:
        yield Desk(office, clock)


def begin(folder, clock):
    """Start a campaign; leave its invitation due, and unsent."""
    with an_office(folder, clock) as office:
        Desk.running(office, clock, PEOPLE)


def send(folder, clock):
    """Send what is due; return who got something."""
    with office_of(folder, clock) as desk:
        relay = desk.a_relay()
        desk.send(relay)
        return sorted(taken(relay))


def assert_sends_nothing(folder, clock, cause):
    with office_of(folder, clock) as desk:
        relay = desk.a_relay()
        with pytest.raises(LeaseError, match=cause) as caught:
            desk.send(relay)
        with pytest.raises(LeaseError, match=cause), sender_lock(desk.office):
            pass

        assert [] == relay.accepted
        assert ExitCode.LEASED is caught.value.exit_code
        assert "mailer doctor --adopt" in caught.value.problems[0].next_step
        assert caught.value.problems[0] == look_at_instance(desk.office)


def adopted(folder, clock):
    with office_of(folder, clock) as desk:
        return adopt(desk.office, "skrbnik")


def test_b09_a_database_from_yesterday_sends_nothing(folder, clock, tmp_path):
    """It knows nothing of what left since; the folder's count does."""
    begin(folder, clock)
    backup = shutil.copy(folder / "mailer.db", tmp_path / "backup.db")
    assert sorted(PEOPLE) == send(folder, clock)

    shutil.copy(backup, folder / "mailer.db")

    assert_sends_nothing(folder, clock, "empty, but this folder has sent")


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


def test_an_office_that_never_sent_needs_no_adoption(folder, clock, tmp_path):
    """Prepared here, run there: that is how an office is set up."""
    begin(folder, clock)
    with office_of(folder, clock) as desk, sender_lock(desk.office):
        assert (folder / ANCHOR).exists()
    copy = shutil.copytree(folder, tmp_path / "copy")

    assert sorted(PEOPLE) == send(copy, clock)


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
    assert "may send already" in mailer("doctor", "--adopt").done().text
    assert "may send" in mailer("doctor").done().text
    mailer("run", "--once").done()
