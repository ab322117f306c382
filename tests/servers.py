"""
Which of Debian's servers and programs a test needs, and what if one is missing.

At home a test marked `server("postfix")` is skipped with the reason; where the
environment says CI, a missing server is a failure: there it was promised.
The hook is taken over by name in a conftest.py.

Debian installs one mail server only.  The others need no installation: it is
enough that their packages are unpacked in `.servers`, as `.ci/run` does.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

#: where a program may lie: installed, or unpacked
ROOTS = (Path("/"), Path(__file__).parents[1] / ".servers")

#: the marker's name → the program, and whether only root can start it
SERVERS = {
    "postfix": ("/usr/sbin/postfix", True),
    "opendkim": ("/usr/sbin/opendkim", False),
    "exim": ("/usr/sbin/exim4", True),
    "opensmtpd": ("/usr/sbin/smtpd", True),
    "dovecot": ("/usr/sbin/dovecot", True),
    "libreoffice": ("/usr/bin/soffice", False),
    "poppler": ("/usr/bin/pdftotext", False),
    "postgresql": ("/usr/lib/postgresql/15/bin/postgres", False),
}


def located(program: str) -> Path | None:
    """Return where an absolute path of Debian's is on this machine."""
    places = (root / program.lstrip("/") for root in ROOTS)
    return next((path for path in places if os.access(path, os.X_OK)), None)


def why_missing(name: str) -> str:
    """Return why the server cannot be started here; "" if it can."""
    program, needs_root = SERVERS[name]
    if located(program) is None:
        return f"{name}: there is no {program}; .ci/run fetches what tests need"
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
