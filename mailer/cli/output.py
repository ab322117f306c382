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
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress, ProgressColumn

from mailer.cli.columns import laid_out
from mailer.cli.harmless import harmless, harmless_json, harmless_line
from mailer.errors import Problem, Severity
from mailer.report.layout import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SCHEMA_VERSION = 1
_WIDEST = 100  #: characters in a line of text; longer ones are hard to read

_NAME = "mailer"
#: the program and its global options, as a person has to write them here
_called = [_NAME]
_COMMAND = re.compile(rf"(?<![\w/.-]){_NAME} (?=[a-z-])")
#: what a shell takes for one word
_WORD = re.compile(r"""(?:'[^']*'|"[^"]*"|\S)+""")

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Tell the person something; not data."""
    shown = harmless(text)
    if err.is_terminal:
        shown = _folded(shown, err.width)
    err.print(shown, markup=False, soft_wrap=True)


def counted(count: int, noun: str) -> str:
    """Return "1 row" or "2 rows"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def data(text: str) -> None:
    """Print data, exactly as it is."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def pages(text: str) -> None:
    """Print text; for a person's eyes its long lines are wrapped, and hang."""
    data(_folded(text, min(out.width, _WIDEST)) if out.is_terminal else text)


def _folded(text: str, width: int) -> str:
    """
    Return `text` in lines of `width`, what belongs to a line a little further in.

    No word is broken: a path that is longer than a line can be copied whole.
    """
    lines: list[str] = []
    for line in text.splitlines():
        bare = line.lstrip()
        indent = line.removesuffix(bare)
        lines += wrapped(bare, width, indent=indent, hang=2) or [""]
    return "\n".join(lines)


def as_json(**values: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Print data for a program."""
    document = {"schema_version": SCHEMA_VERSION, **values}
    text = json.dumps(document, ensure_ascii=False, indent=2, default=_plain)
    data(harmless_json(text))


def _plain(value: object) -> str:
    """Return what JSON has no type for: an instant as ISO 8601 with its offset."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def called_as(program: str, office: Path | None) -> None:
    """Remember how we were called, so that a `Next:` line can be copied as it is."""
    if shutil.which(_NAME) is None:
        _called[0] = shlex.quote(str(Path(program).absolute()))
    _called[1:] = ["--office", shlex.quote(str(office))] if office else []


def next_step(command: str) -> None:
    """Print the one line that says how to go on."""
    line = f"Next: {as_called(command)}"
    if err.is_terminal:
        line = _continued(line, err.width)
    err.print(line, markup=False, soft_wrap=True)


def _continued(command: str, width: int) -> str:
    """Return a command on lines of `width`, as a shell takes it when it is pasted."""
    lines, line = [], ""
    for word in _WORD.findall(command):
        longer = f"{line} {word}" if line else word
        if line.strip() and len(longer) > width - len(" \\"):
            lines.append(line)
            longer = f"  {word}"
        line = longer
    return " \\\n".join([*lines, line])


def as_called(text: str) -> str:
    """Return `text` with `mailer` written as it was called this time."""
    return _COMMAND.sub(" ".join(_called) + " ", text)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their headings; an empty list says so."""
    cells = [[harmless_line(str(cell)) for cell in row] for row in rows]
    if not cells:
        say("(none)")
        return
    width = out.width if out.is_terminal else None  # a program wants whole lines
    for line in laid_out(columns, cells, width):
        out.print(line, markup=False, soft_wrap=True)


def problems(found: Iterable[Problem]) -> None:
    """Print each problem as place, cause and next step."""
    for problem in found:
        warns = problem.severity is Severity.WARNS
        sign, style = ("!", "yellow") if warns else ("✗", "red")
        err.print(sign, style=style, end=" ")
        said = replace(problem, next_step=as_called(problem.next_step))
        err.print(_of_a_width(harmless(str(said))), markup=False, soft_wrap=True)


def _of_a_width(problem: str) -> str:
    """Return what is said of a problem, at a terminal with its step on lines apart."""
    width = err.width - len("! ")
    if not err.is_terminal or len(problem) <= width:
        return problem
    said, dash, step = problem.rpartition(" — ")
    lines = wrapped(said, width, indent="", hang=2) if dash else []
    lines += wrapped(f"{'— ' if dash else ''}{step}", width, indent="", hang=2)
    return "\n  ".join(lines)


@contextmanager
def progress(*columns: ProgressColumn) -> Iterator[Progress]:
    """Show a bar on stderr while the block runs; nothing where nobody looks."""
    hidden = err.quiet or not err.is_terminal
    with Progress(*columns, console=err, transient=True, disable=hidden) as bar:
        yield bar
