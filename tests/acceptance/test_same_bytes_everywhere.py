"""B17: the machine's language, its time zone and -O change no byte that leaves."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from commands import LIST, MOMENT, PEOPLE, RUNNER, at, environment, installed

CAMPAIGNS = ("conference", "ministry-letter")
ELSEWHERE = {
    "as here": ({}, []),
    "language C in Tokyo": ({"LC_ALL": "C", "TZ": "Asia/Tokyo"}, []),
    "UTC, optimised": ({"TZ": "UTC", "PYTHONHASHSEED": "7"}, ["-O"]),
}


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Make an office with a short list, and its key."""
    folder = tmp_path_factory.mktemp("everywhere") / "office"
    at(MOMENT, "init", folder, office=folder.parent).done()
    register = folder / "recipients" / "municipalities.csv"
    lines = register.read_text("utf-8").splitlines(keepends=True)
    short = folder / "recipients" / "short.csv"
    short.write_text("".join(lines[: PEOPLE + 1]), "utf-8")
    installed("recipients", "import", short, *LIST, office=folder).done()
    return folder


def made(office, changes, options):
    """Return every letter, plan and sheet's hash, as made in such an environment."""
    folder = office / "reports"
    shutil.rmtree(folder, ignore_errors=True)
    found = {}
    for name in CAMPAIGNS:
        ran(office, changes, options, "preview", name, "--all", folder / name)
        plan = ran(office, changes, options, "campaign", "plan", name)
        found[f"plan of {name}"] = plan
        for file in sorted((folder / name).iterdir()):
            found[f"{name}/{file.name}"] = file.read_bytes()
    return found


def ran(office, changes, options, *words):
    done = subprocess.run(
        [sys.executable, *options, RUNNER, MOMENT, *map(str, words)],
        cwd=office,
        env=environment(**changes),
        capture_output=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_b17_the_same_bytes_leave_everywhere(office):
    """Letters, forms and plans are what they are."""
    here, *others = [made(office, *where) for where in ELSEWHERE.values()]

    assert 2 * (PEOPLE + 1) == len(here)
    for other in others:
        assert here == other
