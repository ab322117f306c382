"""
Fixtures of all tests: a real office in a temporary folder, and a closed house.

Nothing of the caller's environment reaches the program, and no test reaches a
machine other than this one.
"""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address

import pytest
from offices import BEFORE, Desk, an_office

from mailer.sandbox.clock import VirtualClock


def pytest_configure():
    """Forget the caller's MAILER_* and close the door to other machines."""
    for name in [name for name in os.environ if name.startswith("MAILER_")]:
        del os.environ[name]
    sys.addaudithook(_only_loopback)


def _only_loopback(event, arguments):
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""  # a path
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _is_here(host):
        raise RuntimeError(f"a test wants to reach {host}: only loopback is open")


def _is_here(host):
    if not host or host == "localhost":
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:  # a name; asking for it would leave this machine
        return False


@pytest.fixture
def clock():
    """Return a clock that shows a Friday before the invitation, and only jumps."""
    return VirtualClock(BEFORE)


@pytest.fixture
def office(tmp_path, clock):
    """Open an office as `mailer init` makes it."""
    with an_office(tmp_path / "office", clock) as opened:
        yield opened


@pytest.fixture
def running(office, clock):
    """Return a function: local parts → the desk of a conference they are invited to."""

    def start(*people, name="conference"):
        return Desk.running(office, clock, people, name)

    return start
