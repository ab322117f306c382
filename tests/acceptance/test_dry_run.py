"""C18: whatever only shows, checks or plays a campaign never asks for the relay."""

from __future__ import annotations

import sys

import pytest
from commands import PEOPLE, aside, edit

from mailer.sandbox.relay import ScriptedRelay

CAMPAIGN = "conference"


@pytest.fixture
def asked():
    """Return the ports that this process connects to from now on."""
    ports: list[int] = []
    is_over = False

    def note(event, arguments):
        address = arguments[1] if event in {"socket.connect", "socket.sendto"} else ""
        if isinstance(address, tuple) and not is_over:
            ports.append(address[1])

    sys.addaudithook(note)  # it stays, and notes nothing afterwards
    yield ports
    is_over = True


@pytest.fixture
def relay(listed):
    """Run a relay, and name it in the office's settings."""
    with aside(ScriptedRelay()) as relay:
        file = listed.office / "mailer.toml"
        edit(file, r"\n#?host = \S+", '\nhost = "127.0.0.1"')
        edit(file, r"\n#?port = \S+", f"\nport = {relay.port}")
        edit(file, r"\n#?security = \S+", '\nsecurity = "none"')
        yield relay


@pytest.mark.parametrize(
    "words",
    [
        ("check", CAMPAIGN),
        ("preview", CAMPAIGN),
        ("preview", CAMPAIGN, "--all", "letters"),
        ("campaign", "plan", CAMPAIGN),
        ("approve", CAMPAIGN, "--sheet", "sheet.html"),
        ("approve", CAMPAIGN, "--by", "načelnica"),
    ],
    ids=" ".join,
)
def test_no_connection_at_all(listed, relay, asked, tmp_path, monkeypatch, words):
    """Neither to the relay nor to anybody."""
    monkeypatch.chdir(tmp_path)

    listed(*words).done()

    assert [] == asked
    assert [] == relay.heard


def test_a_rehearsal_has_a_relay_of_its_own(listed, relay, asked):
    """It is played over real connections, and none of them goes there."""
    said = listed("rehearse", CAMPAIGN).done()

    assert "nothing was sent" in said.text
    assert asked
    assert relay.port not in asked
    assert [] == relay.heard


def test_started_it_does_go_there(listed, relay, asked):
    """That is what these tests would have seen."""
    listed("approve", CAMPAIGN, "--by", "načelnica").done()
    listed("start", CAMPAIGN, "--confirm", PEOPLE).done()
    assert [] == asked

    listed("run", "--once").done()

    assert {relay.port} == set(asked)
    assert PEOPLE == len(relay.accepted)
