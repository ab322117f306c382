"""
M12: docs/quickstart.md: what stands there is what the screen says.

The commands are run by a shell, as a reader does, on the day which the page
names.  A line "…" stands for any lines; seconds are left out of the comparison.
"""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
from commands import MOMENT, RUNNER, environment

PAGE = Path(__file__).parents[2] / "docs" / "quickstart.md"
ANYTHING = "…"


def blocks():
    """Yield each command of the page, and the lines it is said to print."""
    for block in re.findall(
        r"```console\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    ):
        command, *lines = block.splitlines()
        assert command.startswith("$ ")
        yield command.removeprefix("$ "), lines


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """Return what runs a command where the last one left the shell."""
    folder = tmp_path_factory.mktemp("reader")
    program = folder / "bin" / "mailer"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {RUNNER} {MOMENT} "$@"\n')
    program.chmod(0o755)
    env = environment(PYTHONUNBUFFERED="1")
    env["PATH"] = f"{program.parent}:{env['PATH']}"
    here = [folder]

    def run(command):
        done = subprocess.run(
            ["bash", "-c", f"{{ {command}\n}} 2>&1; echo; pwd"],
            cwd=here[0],
            env=env,
            capture_output=True,
            text=True,
            check=True,
            timeout=240,
        )
        said, _, place = done.stdout.rstrip("\n").rpartition("\n")
        here[0] = Path(place)
        return [line.rstrip() for line in said.rstrip("\n").splitlines()]

    return run


def differs(said, expected):
    """Return the first expected line that is not where it should be, or nothing."""
    said = [_steady(line) for line in said]
    position, may_skip = 0, False
    for line in map(_steady, expected):
        if line == ANYTHING:
            may_skip = True
            continue
        found = next(
            (at for at in count(position) if at >= len(said) or said[at] == line), 0
        )
        if found >= len(said) or (found != position and not may_skip):
            return line
        position, may_skip = found + 1, False
    return None if may_skip or position == len(said) else said[position]


def _steady(line):
    return re.sub(r"Rehearsed in \d+ s", "Rehearsed in N s", line.rstrip())


def test_the_page_is_what_the_screen_says(shell):
    """One command after the other; each next one is what the last one proposed."""
    proposed = ""
    for command, expected in blocks():
        said = shell(command)

        assert differs(said, expected) is None, "\n".join(said)
        is_proposed = command == proposed
        is_aside = command.startswith(("mailer init", "mailer --office", "mailer doc"))
        assert is_proposed or is_aside, f"nothing led to: {command}"
        proposed = said[-1].removeprefix("Next: ")


@pytest.mark.parametrize(
    ("said", "expected", "wrong"),
    [
        (["a", "b"], ["a", "b"], None),
        (["a", "b", "c"], ["a", "…", "c"], None),
        (["a", "b"], ["a", "…"], None),
        (["a", "b"], ["b"], "b"),
        (["a", "b"], ["a"], "b"),
        (["a", "b"], ["a", "c"], "c"),
        (["a"], ["a", "b"], "b"),
    ],
)
def test_the_comparison_can_fail(said, expected, wrong):
    assert wrong == differs(said, expected)
