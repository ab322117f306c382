"""`mailer doctor`: each thing that can be wrong is named, with what to do."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import datetime, timedelta

import pytest
import time_machine
from commands import MOMENT, barred, edit

from mailer.operations.heartbeat import beat
from mailer.operations.office import open_office
from mailer.sandbox.clock import VirtualClock


def found(said):
    return {one["subject"]: one for one in json.loads(said.out)["findings"]}


def test_a_new_office_is_well(mailer):
    said = mailer("doctor").done()

    assert "FAIL" not in said.out
    assert "WARN" not in said.out
    assert said.text.endswith("campaign list")
    for subject in ("settings", "database", "key file", "clock", "mailbox", "relay"):
        assert subject in said.out


@pytest.mark.parametrize(
    ("subject", "change", "fix"),
    [
        ("settings", ("connections = 4", "conections = 4"), "connections"),
        ("relay", ('host = "sandbox"', 'host = "localhost"'), "[relay]"),
        ("mailbox", ("maildir:mail/office", "maildir:mail/nowhere"), "cur"),
        (
            "relay password",
            ('username = ""', 'username = "x"\npassword_env = "NOT_SET"'),
            "export it",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_fix(mailer, subject, change, fix):
    edit(mailer.office / "mailer.toml", *change)

    said = mailer("doctor", "--json")

    assert 1 == said.code, said.err
    assert said.out, said.err
    assert "fail" == found(said)[subject]["health"]
    assert fix in found(said)[subject]["fix"]


def test_a_key_that_others_can_read(mailer):
    mailer("campaign", "list").done()
    (mailer.office / "office.key").chmod(0o644)

    one = found(mailer("doctor", "--json").done())["key file"]

    assert "warn" == one["health"]
    assert "chmod 600" in one["fix"]


def test_a_damaged_key_is_one_finding_among_others(mailer):
    (mailer.office / "office.key").write_text("no key")

    said = mailer("doctor", "--json")

    assert 1 == said.code
    assert {"settings", "disk", "office"} <= found(said).keys()
    assert "backup" in found(said)["office"]["fix"]


def test_a_database_of_another_version(mailer):
    mailer("campaign", "list").done()
    with sqlite3.connect(mailer.office / "mailer.db") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()

    said = mailer("doctor", "--json")

    assert 1 == said.code
    assert "fail" == found(said)["office"]["health"]


def test_a_clock_that_went_back(started):
    """The ledger knows a later moment than the clock."""
    with time_machine.travel("2026-12-24T09:00:00+01:00"):
        said = started("doctor", "--json")

    assert 1 == said.code
    assert "set the clock" == found(said)["clock"]["fix"]


def test_a_campaign_that_nobody_runs(started):
    """It waits for `mailer run`; after a round it does not, for an hour."""
    assert "mailer run" == found(started("doctor", "--json").done())["scheduler"]["fix"]

    started("run", "--once").done()
    one = found(started("doctor", "--json").done())["scheduler"]

    assert "ok" == one["health"]
    assert "last tick 2 Mar 2027" in one["said"]


def test_a_campaign_that_was_paused(started):
    started("pause", "conference").done()

    one = found(started("doctor", "--json").done())["campaign"]

    assert "mailer resume conference" == one["fix"]


def test_what_troubles_the_scheduler(mailer):
    """The last word of a tick stays until the same work went well."""
    now = VirtualClock(datetime.fromisoformat(MOMENT))
    with open_office(mailer.office, now) as office:
        beat(office, "collect", "the mailbox cannot be reached")
        beat(office, "send")
    ill = json.loads(mailer("doctor", "--json").done().out)["findings"]

    with open_office(mailer.office, now) as office:
        beat(office, "collect")
    well = mailer("doctor").done()

    assert ["warn"] == [
        one["health"] for one in ill if "cannot be reached" in one["said"]
    ]
    assert "cannot be reached" not in well.out


def test_a_torn_note_of_the_last_tick_is_no_trouble(mailer):
    (mailer.office / "mailer.tick").write_text('{"send": {"at"')

    assert "never ran" in mailer("doctor").done().out


def test_whether_it_ticks_is_asked_without_a_login(mailer):
    """For health checks: a wrong password would lock the account soon."""
    edit(mailer.office / "mailer.toml", "(?m)^source = .*", 'source = "maildir:x"')
    never = mailer("doctor", "--ticks")
    now = VirtualClock(datetime.fromisoformat(MOMENT))
    with open_office(mailer.office, now) as office:
        beat(office, "send")
    fresh = mailer("doctor", "--ticks")
    with time_machine.travel(now.now() + timedelta(minutes=6)):
        old = mailer("doctor", "--ticks")

    assert [1, 0, 1] == [never.code, fresh.code, old.code]
    assert "never ran" in never.text
    assert "last tick 360 seconds ago" in old.text


def test_where_the_log_is(mailer):
    """And whether it can be written."""
    before = mailer("doctor").done()
    (mailer.office / "mailer.log").mkdir()
    after = json.loads(mailer("doctor", "--json").done().out)["findings"]
    [log] = [one for one in after if one["subject"] == "log"]

    assert "mailer.log, not begun yet" in before.text
    assert "warn" == log["health"]
    assert "nothing is logged" in log["said"]


@pytest.mark.parametrize("how", ["gone", "changed"])
def test_what_was_approved_is_no_longer_there(started, how):
    """The scheduler leaves the campaign out, so doctor says it, too."""
    before = found(started("doctor", "--json").done())["campaign"]
    if how == "gone":
        shutil.rmtree(started.office / "approved")
    else:
        [letter] = (started.office / "approved").rglob("invitation.txt.j2")
        letter.write_text("Nekaj drugega.")
    said = started("doctor", "--json")

    assert "ok" == before["health"]
    assert 1 == said.code
    assert "fail" == found(said)["campaign"]["health"]
    assert "mailer approve conference" in found(said)["campaign"]["fix"]


def test_a_database_that_may_not_be_written_is_one_finding_among_others(mailer):
    """The table is shown all the same."""
    mailer("campaign", "list").done()
    (mailer.office / "mailer.db").chmod(0o444)

    said = barred(MOMENT, "doctor", "--json", office=mailer.office)

    assert 1 == said.code, said.err
    assert {"settings", "disk", "mailbox", "relay"} <= found(said).keys()
    assert "cannot be written" in said.out
    assert "writable" not in found(said).get("database", {"said": ""})["said"]


def test_what_the_program_makes_is_its_owners_only(started):
    """Whatever the system's habit; and doctor says of the ledger if it is not."""
    mailer = started
    mailer("run", "--once").done()
    names = ("", "mailer.db", "mailer.toml", "office.key", "approved", "mailer.log")
    made = [mailer.office / name for name in names]
    modes = {path.name: path.stat().st_mode & 0o077 for path in made}
    for name in ("mailer.db", "mailer.toml"):
        (mailer.office / name).chmod(0o644)
    doctor = found(mailer("doctor", "--json").done())

    assert set() == {name for name, mode in modes.items() if mode}
    for subject in ("database file", "settings file"):
        assert "warn" == doctor[subject]["health"]
        assert "chmod 600" in doctor[subject]["fix"]
