"""
The rules that every file of the house keeps, whoever wrote it.

What the storeys are is written in pyproject.toml; here they are only asked for.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest
import typer

from mailer.cli.app import app
from mailer.errors import ExitCode
from mailer.settings import RESERVED_DOMAINS

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "mailer").rglob("*.py"))

LONGEST_FILE = 400  #: lines
LONGEST_FUNCTION = 60  #: lines

#: real hosts that may be named, and why
REAL_HOSTS = {
    "jinja.palletsprojects.com": "the manual that the guide to templates names",
    "schemas.microsoft.com": "names a vocabulary of XML",
    "schemas.openxmlformats.org": "names a vocabulary of XML",
    "www.apache.org": "the licence",
    "www.cnvos.si": "the guidelines which the invitation of 2019 linked to",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def each(sources):
    return pytest.mark.parametrize("path", sources, ids=name_of)


@cache
def everything_written() -> dict[str, str]:
    """Return the text files that the repository holds, or is about to."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    found = {}
    for name in filter(None, listed):
        path = ROOT / name
        if path.is_file():
            content = path.read_bytes()
            if b"\0" not in content:
                found[name] = content.decode("utf-8", "replace")
    return found


# Sources.


@each(SOURCES)
def test_a_file_is_short_and_says_what_it_decides(path):
    """At most 400 lines, of which the first say what the file is for."""
    text = path.read_text("utf-8")

    assert len(text.splitlines()) <= LONGEST_FILE
    assert ast.get_docstring(ast.parse(text))


@each(SOURCES)
def test_a_function_fits_on_a_page(path):
    """At most 60 lines, its docstring included."""
    long = [
        node.name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]

    assert [] == long


def test_the_storeys_hold():
    """A package imports only from the storeys below it."""
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )

    assert 0 == linted.returncode, linted.stdout


def test_no_modules_import_each_other_in_a_circle():
    """Also within a package, where the storeys do not look."""
    graph = grimp.build_graph(
        "mailer", exclude_type_checking_imports=True, cache_dir=None
    )
    imported = {
        module: graph.find_modules_directly_imported_by(module)
        for module in graph.modules
    }

    TopologicalSorter(imported).prepare()  # raises CycleError, naming the circle


def test_one_file_knows_aiosmtplib():
    """Its errors are mapped in one place; elsewhere nobody meets them."""
    knowing = [
        name_of(path)
        for path in SOURCES
        if re.search(
            r"^\s*(?:import|from) aiosmtplib", path.read_text("utf-8"), re.MULTILINE
        )
    ]

    assert ["mailer/smtp/opening.py"] == knowing


def test_no_port_is_fixed():
    """Servers on loopback take the port that is free, so that many can run."""
    fixed = re.compile(r"(?:127\.0\.0\.1|localhost)[\"']?(?:, ?|:)([1-9]\d+)\b")
    found = {
        name: fixed.findall(text)
        for name, text in everything_written().items()
        if name.startswith(("mailer/", "tests/", "benchmarks/")) and fixed.search(text)
    }

    assert {} == found


# What people read.


def commands(group=None, path="mailer"):
    """Yield each command with its path: "mailer inbox show"."""
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield pytest.param(command, id=f"{path} {name}")


@pytest.mark.parametrize("command", list(commands()))
def test_a_command_says_what_it_does(command):
    """In one sentence, and each of its options in a few words."""
    silent = [
        parameter.name
        for parameter in command.params
        if parameter.name != "help"
        and not parameter.help
        and parameter.metavar != "CAMPAIGN"
    ]

    assert command.help
    assert command.help.partition("\n\n")[0].endswith(".")
    assert [] == silent


@pytest.mark.parametrize("code", ExitCode)
def test_an_exit_code_is_documented(code):
    """Whoever writes a cron job finds each of them in the README's table."""
    assert f"\n| {code.value} |" in (ROOT / "README.md").read_text("utf-8")


def test_the_glossarys_words_are_the_codes():
    """A word nobody uses is a word for something else."""
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    table = glossary.partition("## What happens")[2].partition("\n## ")[0]
    words = re.findall(r"^\| (\w[\w ]*) \|", table, re.MULTILINE)[1:]
    code = " ".join(path.read_text("utf-8") for path in SOURCES).casefold()
    code = code.replace("_", " ").replace("-", " ")

    assert len(words) > 20
    assert [] == [word for word in words if word.casefold() not in code]


def test_nobody_real_is_named():
    """Addresses and links lead to reserved domains (RFC 2606), with few exceptions."""
    # One-letter hosts ("a@b.exam") are what tests tear to pieces.
    host = re.compile(
        r"(?:https?://|[\w.+-]@)((?:[\w-]+\.)*[\w-]{2,}\.[a-z]{2,})\b", re.IGNORECASE
    )
    found = {
        f"{name}: {match}"
        for name, text in everything_written().items()
        for match in map(str.lower, host.findall(text))
        if match.rpartition(".")[2] not in RESERVED_DOMAINS and match not in REAL_HOSTS
    }

    assert [] == sorted(found)
