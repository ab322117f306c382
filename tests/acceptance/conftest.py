"""Fixtures of the acceptance tests: the hook for servers, and a played demo."""

from __future__ import annotations

import subprocess

import pytest
from commands import INSTALLED, environment, installed
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
