"""`mailer run --once` as cron runs it: silent unless something happened."""

from __future__ import annotations

import json

import pytest
from commands import aside, at, barred
from killing import point_at
from offices import BEFORE, Desk, an_office, taken

from mailer.errors import ExitCode
from mailer.sandbox.clock import VirtualClock
from mailer.sandbox.relay import ScriptedRelay

PEOPLE = ["obcina", "urad"]
DUE = "2019-04-08T09:05:00+02:00"
LATER = "2019-04-08T10:05:00+02:00"


@pytest.fixture
def folder(tmp_path):
    """Make an office whose invitation is due."""
    folder, clock = tmp_path / "office", VirtualClock(BEFORE)
    with an_office(folder, clock) as office:
        Desk.running(office, clock, PEOPLE)
    return folder


def once(folder, moment):
    return at(moment, "--no-input", "run", "--once", office=folder)


def test_it_speaks_once_and_then_it_is_silent(folder):
    """What was sent is said, with how to go on; a round without work says nothing."""
    relay = ScriptedRelay()
    with aside(relay):
        point_at(folder, relay, connections=1)
        first, second, third = (once(folder, moment) for moment in (DUE, DUE, LATER))

    assert sorted(PEOPLE) == sorted(taken(relay))
    assert [ExitCode.DONE] * 3 == [first.code, second.code, third.code]
    assert "2 accepted" in first.text
    assert "Next: " in first.text
    assert ["", ""] == [second.text, third.text]


def test_a_relay_that_is_away_is_said_at_each_round(folder):
    """It is for a person to know, and the next round tries again."""
    relay = ScriptedRelay()
    with aside(relay):
        point_at(folder, relay, connections=1)
    said = [once(folder, moment) for moment in (DUE, LATER)]

    assert [ExitCode.TEMPORARY] * 2 == [one.code for one in said]
    assert all("the relay: connect: lost" in one.text for one in said)


def test_a_mailbox_that_is_away_keeps_no_letter(folder):
    """The invitations go, and the exit code says that something is wrong."""
    (folder / "mail" / "office").rename(folder / "mail" / "elsewhere")
    relay = ScriptedRelay()
    with aside(relay):
        point_at(folder, relay, connections=1)
        said = once(folder, DUE)

    assert sorted(PEOPLE) == sorted(taken(relay))
    assert ExitCode.CONFIGURATION == said.code
    assert "there is no Maildir" in said.text


@pytest.mark.parametrize("what", ["a message", "a folder"])
def test_a_mailbox_that_is_read_in_part_is_for_a_person(folder, what):
    """Letters go, the file is named, and the exit code is not that all went well."""
    new = folder / "mail" / "office" / "new"
    if what == "a message":
        (new / "1.answer").mkdir()
    else:
        new.chmod(0)
    relay = ScriptedRelay()
    with aside(relay):
        point_at(folder, relay, connections=1)
        said = barred(DUE, "--no-input", "run", "--once", office=folder)
        doctor = barred(DUE, "doctor", "--json", office=folder)

    assert sorted(PEOPLE) == sorted(taken(relay))
    assert ExitCode.TEMPORARY == said.code
    assert str(new) in said.text
    assert "cannot be read" in said.text
    [mailbox] = [
        one for one in json.loads(doctor.out)["findings"] if one["subject"] == "mailbox"
    ]
    assert "fail" == mailbox["health"]
    assert str(new) in mailbox["said"]
    assert mailbox["fix"]


def test_a_clock_that_was_set_back_is_said(folder):
    """What would be due waits, so a person has to know; only once, and no mail goes."""
    relay = ScriptedRelay()
    with aside(relay):
        point_at(folder, relay, connections=1)
        once(folder, LATER)
        back, again = once(folder, DUE), once(folder, LATER)

    assert sorted(PEOPLE) == sorted(taken(relay))
    assert 1 == back.text.count("clock: it was set back: the ledger is of 8 Apr 2019")
    assert ["", ExitCode.DONE] == [again.text, back.code]
