"""
A group of commands, as its help shows it: each command with its whole sentence.

Called without a command it shows that help; nothing went wrong then, and nothing
was done.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from typer.core import TyperGroup

from mailer.cli.output import called_as, data, next_step
from mailer.errors import ConfigurationError, ExitCode
from mailer.settings import find_office

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter


class Group(TyperGroup):
    """The commands below one word."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Show the help if nothing else was asked for."""
        if args or ctx.resilient_parsing:
            return super().parse_args(ctx, args)
        data(ctx.get_help())
        if ctx.parent is None:
            called_as(sys.argv[0], None)
            next_step(_first_step())
        raise typer.Exit(ExitCode.USAGE)

    def format_commands(
        self,
        ctx: Context,  # noqa: ARG002 - Typer's names
        formatter: HelpFormatter,
    ) -> None:
        """Write each command's first sentence whole; Typer cuts it off."""
        rows = [
            (name, " ".join((command.help or "").partition("\n\n")[0].split()))
            for name, command in self.commands.items()
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _first_step() -> str:
    try:
        find_office(Path.cwd())
    except ConfigurationError:
        return "mailer init office"
    return "mailer campaign list"
