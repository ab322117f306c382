"""The tests' own house rules hold: no other machine, nothing of the caller's."""

from __future__ import annotations

import os
import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "relay.example"])
def test_no_test_reaches_another_machine(host):
    """Whoever tries fails at once, and is told which machine it was."""
    with pytest.raises(RuntimeError, match=f"wants to reach {host}"):
        socket.create_connection((host, 25), timeout=1)


def test_nothing_of_the_callers_settings_reaches_a_test():
    """MAILER_* would win over every office's own mailer.toml."""
    assert [] == [name for name in os.environ if name.startswith("MAILER_")]
