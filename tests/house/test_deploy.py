"""What stands in `deploy/` fits the program: names, commands, exit codes."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from mailer.cli.app import app
from mailer.errors import ExitCode
from mailer.operations.examine import ALIVE, SILENCE

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
HOW_TO = ROOT / "docs" / "how-to" / "run-it-as-a-service.md"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
CONTAINER = (DEPLOY / "Containerfile").read_text("utf-8")


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.name)


def set_in(path, key):
    """Return what a unit sets, in the order of its lines."""
    return re.findall(rf"(?m)^{key}=(.*)$", path.read_text("utf-8"))


def instructions(name):
    """Return the arguments of a container file's instructions of one kind."""
    whole = CONTAINER.replace("\\\n", " ")
    return re.findall(rf"(?m)^\s*(?:HEALTHCHECK .*)?{name} (.*)$", whole)


def commands():
    """Yield each command line that something here runs."""
    for path in UNITS:
        for line in set_in(path, "ExecStart"):
            yield pytest.param(shlex.split(line), id=path.name)
    for line in instructions("CMD"):
        yield pytest.param(json.loads(line), id=f"Containerfile, {line[-12:]}")
    for line in re.findall(r"(?m)^\*/\d+ .*&& (.*)$", HOW_TO.read_text("utf-8")):
        yield pytest.param(shlex.split(line), id="crontab")


@pytest.mark.parametrize("line", list(commands()))
def test_a_command_is_one_of_ours(line):
    """Each option and command in it is known."""
    program, *arguments = line
    assert "mailer" == Path(program).name

    done = CliRunner().invoke(app, [*arguments, "--help"])

    assert 0 == done.exit_code, done.output
    known = typer.main.get_command(app).commands
    assert {"run", "doctor"} & set(arguments) <= set(known)


@each([path for path in UNITS if path.suffix == ".service"])
def test_a_unit_knows_our_exit_codes(path):
    """Those that another start would not mend, and those that are no failure."""
    codes = " ".join(
        set_in(path, "RestartPreventExitStatus") + set_in(path, "SuccessExitStatus")
    )

    assert {int(code) for code in codes.split()} <= set(map(int, ExitCode))


@each(UNITS)
def test_systemd_takes_a_unit(path):
    """Every key is known; only the program is not here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze")
    found = subprocess.run(
        ["systemd-analyze", "verify", path], capture_output=True, text=True, check=False
    )
    said = [line for line in found.stderr.splitlines() if DEPLOY.name in line]

    assert [] == [line for line in said if "is not executable" not in line]


def test_what_is_copied_into_the_container_is_there():
    """Each source of a COPY is a file of the repository."""
    sources = [
        word
        for line in instructions("COPY")
        if not line.startswith("--from")
        for word in line.split()[:-1]
    ]

    assert {"requirements.lock", "mailer"} <= set(sources)
    assert [] == [name for name in sources if not (ROOT / name).exists()]
    assert "--require-hashes -r requirements.lock" in CONTAINER
    assert ["mailer"] == instructions("USER")


def test_what_an_office_is_made_of_is_in_the_container_and_no_list_is():
    """The links in `mailer/bundled` lead somewhere; real lists stay outside."""
    copied = " ".join(instructions("COPY")).split()
    linked = {path.readlink().name for path in (ROOT / "mailer/bundled").iterdir()}

    assert linked <= {Path(name).name for name in copied}
    assert "recipients" not in copied


def test_a_health_check_waits_for_less_than_a_person():
    """It fails long before `mailer doctor` warns."""
    assert ALIVE < SILENCE


@each([*DEPLOY.iterdir()])
def test_the_how_to_names_it(path):
    """Whoever reads how to run it finds each file."""
    assert path.name in HOW_TO.read_text("utf-8")
