"""The office's key: made once, missed when it is gone, and never mistaken."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from commands import aside, assert_is_clear, at
from killing import point_at
from offices import BEFORE, Desk, an_office, taken

from mailer.errors import ExitCode
from mailer.sandbox.clock import VirtualClock
from mailer.sandbox.relay import ScriptedRelay

DUE = "2019-04-08T09:05:00+02:00"
OTHER = "ab" * 32


@pytest.fixture
def sent(tmp_path):
    """Make an office whose invitation has left; return its folder."""
    folder, clock = tmp_path / "office", VirtualClock(BEFORE)
    with an_office(folder, clock) as office:
        desk = Desk.running(office, clock, ["obcina", "urad"])
        desk.send()
    return folder


def run_once(folder):
    relay = ScriptedRelay()
    with aside(relay):
        point_at(folder, relay, connections=1)
        return at(DUE, "--no-input", "run", "--once", office=folder), taken(relay)


def failures(folder):
    said = at(DUE, "doctor", "--json", office=folder)
    found = json.loads(said.out)["findings"]
    return {one["subject"]: one for one in found if one["health"] == "fail"}


def test_one_that_is_gone_is_not_made_anew(sent):
    """Doctor and scheduler ask for the backup; with it all is well again."""
    key = (sent / "office.key").read_text()
    (sent / "office.key").unlink()
    doctor = failures(sent)
    said, _ = run_once(sent)
    is_made = (sent / "office.key").exists()
    (sent / "office.key").write_text(key)

    assert not is_made
    assert "backup" in doctor["office"]["fix"]
    assert_is_clear(said, ExitCode.CONFIGURATION, "is gone", "unsubscription")
    assert "key" not in failures(sent)
    assert ExitCode.DONE == run_once(sent)[0].code


def test_one_that_named_no_letter_of_the_ledger_stops_the_scheduler(sent):
    (sent / "office.key").write_text(OTHER)
    doctor = failures(sent)
    said, left = run_once(sent)

    assert "is not the key" in doctor["key"]["said"]
    assert_is_clear(said, ExitCode.CONFIGURATION, "is not the key", "backup")
    assert [] == left


def test_staff_may_go_on_without_it(sent):
    """By the very command that the error shows."""
    (sent / "office.key").unlink()
    said, _ = run_once(sent)
    [command] = re.findall(r"`(\(openssl[^`]*)`", said.text)
    subprocess.run(["sh", "-c", command], check=True, cwd=sent)

    assert ExitCode.DONE == run_once(sent)[0].code
    assert "key" not in failures(sent)
