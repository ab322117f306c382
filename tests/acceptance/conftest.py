"""Fixtures of the acceptance tests: an office, a played demo, the hook for servers."""

from __future__ import annotations

import subprocess

import pytest
import time_machine
from commands import (
    INSTALLED,
    LIST,
    MOMENT,
    PEOPLE,
    Command,
    environment,
    installed,
    start,
)
from servers import pytest_runtest_setup  # noqa: F401 - a hook, found by its name
from waiting import until


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """Play the demo in a folder where an earlier one was torn down; once."""
    folder = tmp_path_factory.mktemp("played") / "demo"
    earlier = subprocess.Popen(
        [INSTALLED, "demo", folder],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        taken = folder / "mail" / "relay"
        until(lambda: list(taken.glob("*.eml")), "the earlier demo sends")
    finally:
        earlier.kill()
        earlier.wait()
    installed("demo", folder).done()
    return folder


@pytest.fixture
def mailer(tmp_path, monkeypatch, capsys):
    """Make an office on a working day, and a list of three; return its command."""
    folder = tmp_path / "office"
    command = Command(folder, monkeypatch, capsys)
    with time_machine.travel(MOMENT):
        command("init", folder).done()
        with (folder / "recipients" / "municipalities.csv").open("rb") as file:
            lines = file.readlines()[: PEOPLE + 1]
        (folder / "recipients" / "list.csv").write_bytes(b"".join(lines))
        yield command


@pytest.fixture
def listed(mailer):
    """Import the list; return the command."""
    mailer("recipients", "import", mailer.office / "recipients" / "list.csv", *LIST)
    return mailer


@pytest.fixture
def started(listed):
    """Approve and start the conference; return the command."""
    start(listed)
    return listed
