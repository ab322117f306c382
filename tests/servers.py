"""
Which of Debian's servers a test needs, and what happens where it is missing.

At home a test marked `server("postfix")` is skipped with the reason; where the
environment says CI, a missing server is a failure: there it was promised.
The hook is taken over by name in a conftest.py.
"""

from __future__ import annotations

import os
import shutil

import pytest

#: the marker's name → the program, and whether only root can start it
SERVERS = {
    "postfix": ("/usr/sbin/postfix", True),
    "opendkim": ("/usr/sbin/opendkim", False),
}


def why_missing(name: str) -> str:
    """Return why the server cannot be started here; "" if it can."""
    program, needs_root = SERVERS[name]
    if shutil.which(program) is None:
        return f"{name}: there is no {program}; apt-get install {name}"
    if needs_root and os.geteuid() != 0:
        return f"{name}: only root can start it"
    return ""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail in CI, a test whose server is not there."""
    for marker in item.iter_markers("server"):
        if reason := why_missing(*marker.args):
            if os.environ.get("CI"):
                pytest.fail(f"{reason}; CI must have it", pytrace=False)
            pytest.skip(reason)
