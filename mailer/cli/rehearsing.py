"""`mailer rehearse`: a campaign played offline, before anybody approves it."""

from __future__ import annotations

import shlex
import textwrap
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, TextColumn

from mailer.cli import context
from mailer.cli.completion import campaigns
from mailer.cli.output import counted, data, next_step, out, progress, say

if TYPE_CHECKING:
    from datetime import datetime

Name = Annotated[
    str,
    typer.Argument(
        metavar="CAMPAIGN", help="The folder's name.", autocompletion=campaigns
    ),
]
WIDEST = 100


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(rehearse)


def rehearse(
    ctx: typer.Context,
    name: Name,
    folder: Annotated[
        Path | None, typer.Option(help="Made anew each time; else rehearsals/CAMPAIGN.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Other chance, other answers.")] = 2019,
) -> None:
    """Play a campaign offline, weeks in seconds, among simulated people."""
    # It brings in the simulated people and their server, which nobody else needs.
    from mailer.sandbox import rehearsal  # noqa: PLC0415

    began, width = monotonic(), min(out.width, WIDEST)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[day]}"),
    )
    with context.of(ctx).open() as office:
        place = folder or office.folder / "rehearsals" / name
        say(f"Checking {name}, then playing it; nothing leaves this machine.")
        with progress(*columns) as bar:
            task = bar.add_task(name, total=None, day="checking")

            def on_day(start: datetime, now: datetime, end: datetime) -> None:
                done, total = (now - start).days, (end - start).days
                local = now.astimezone(office.settings.office.zone)
                day = f"{local:%-d. %-m. %Y}"
                bar.update(task, completed=done, total=total, day=day)

            done = rehearsal.rehearse(office, name, place, seed, on_day, width)
    data(done.calendar)
    data("\nIn the end")
    for line in done.sums:
        data(textwrap.fill(line, width, initial_indent="  ", subsequent_indent="    "))
    shown = _shown(place)
    say(f"\nRehearsed in {monotonic() - began:.0f} s; nothing was sent.")
    say("Its people are simulated: their shares are no forecast.")
    letters = f"{_shown(done.mailbox)}/  ({counted(done.messages, 'file')} .eml"
    say(f"  letters   {letters}; a mail program opens one)")
    say(f"  mailbox   mutt -R -f {_quoted(done.maildir)}  (all of them)")
    say(f"  answers   mailer --office {_quoted(place)} inbox list --all")
    say(f"  reports   {shown / 'reports'}/")
    next_step(f"mailer approve {name} --by NAME")


def _quoted(path: Path) -> str:
    return shlex.quote(str(_shown(path)))


def _shown(path: Path) -> Path:
    """Return a path as short as it can be written here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
