"""
What a person sees: data on stdout, messages and progress on stderr.

Every text command ends with one `Next:` line that can be copied.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress, ProgressColumn
from rich.table import Table
from rich.text import Text

from mailer.cli.harmless import harmless, harmless_json
from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SCHEMA_VERSION = 1

_NAME = "mailer"
#: the program and its global options, as a person has to write them here
_called = [_NAME]
_COMMAND = re.compile(rf"(?<![\w/.-]){_NAME} (?=[a-z-])")

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Tell the person something; not data."""
    err.print(harmless(text), markup=False)


def counted(count: int, noun: str) -> str:
    """Return "1 row" or "2 rows"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def data(text: str) -> None:
    """Print data, exactly as it is."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def as_json(**values: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Print data for a program."""
    document = {"schema_version": SCHEMA_VERSION, **values}
    text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
    data(harmless_json(text))


def called_as(program: str, office: Path | None) -> None:
    """Remember how we were called, so that a `Next:` line can be copied as it is."""
    if shutil.which(_NAME) is None:
        _called[0] = shlex.quote(str(Path(program).absolute()))
    _called[1:] = ["--office", shlex.quote(str(office))] if office else []


def next_step(command: str) -> None:
    """Print the one line that says how to go on."""
    err.print(f"Next: {as_called(command)}", markup=False, soft_wrap=True)


def as_called(text: str) -> str:
    """Return `text` with `mailer` written as it was called this time."""
    return _COMMAND.sub(" ".join(_called) + " ", text)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their headings; an empty list says so."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(harmless(str(cell))) for cell in row))
    if shown.row_count:
        out.print(shown)
    else:
        say("(none)")


def problems(found: Iterable[Problem]) -> None:
    """Print each problem as place, cause and next step."""
    for problem in found:
        warns = problem.severity is Severity.WARNS
        sign, style = ("!", "yellow") if warns else ("✗", "red")
        err.print(sign, style=style, end=" ")
        said = replace(problem, next_step=as_called(problem.next_step))
        err.print(harmless(str(said)), markup=False, soft_wrap=True)


@contextmanager
def progress(*columns: ProgressColumn) -> Iterator[Progress]:
    """Show a bar on stderr while the block runs; nothing where nobody looks."""
    hidden = err.quiet or not err.is_terminal
    with Progress(*columns, console=err, transient=True, disable=hidden) as bar:
        yield bar
