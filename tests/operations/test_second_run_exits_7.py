"""B05: one sender per office: the second `run` leaves at once and says why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from offices import an_office

from mailer.errors import ExitCode, LeaseError
from mailer.operations.lock import sender_lock


def mailer(*arguments):
    """Run the command as a shell does."""
    return subprocess.run(
        [Path(sys.executable).with_name("mailer"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"NO_COLOR": "1"},
    )


def test_a_second_run_on_the_same_office_exits_7(office):
    """It sends nothing, and no traceback is shown."""
    with sender_lock(office):
        second = mailer("--office", str(office.folder), "run", "--once")

    assert ExitCode.LEASED == second.returncode
    assert "another `mailer run` is at work on this office" in second.stderr
    assert "Traceback" not in second.stderr


def test_once_the_first_has_ended_the_second_runs(office):
    """The lock is the operating system's: it ends with its holder."""
    with sender_lock(office):
        pass

    done = mailer("--office", str(office.folder), "run", "--once")

    assert (ExitCode.DONE, "") == (done.returncode, done.stdout)


def test_the_lock_is_the_offices_own(office, clock, tmp_path):
    """Two offices on one machine do not wait for each other."""
    with (
        an_office(tmp_path / "neighbour", clock) as neighbour,
        sender_lock(office),
        sender_lock(neighbour),
        pytest.raises(LeaseError),
        sender_lock(office),
    ):
        pass
