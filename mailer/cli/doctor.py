"""`mailer doctor`: whether this office may send, and how to let it."""

from __future__ import annotations

from typing import Annotated

import typer

from mailer.cli import context
from mailer.cli.output import next_step, problems, say
from mailer.errors import ExitCode
from mailer.operations.adopt import adopt
from mailer.operations.instance import look_at_instance


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(doctor)


def doctor(
    ctx: typer.Context,
    adopt_: Annotated[
        bool,
        typer.Option("--adopt", help="Let this copy or restored office send."),
    ] = False,
) -> None:
    """Say whether this office may send; a copy or a restored one may not."""
    with context.of(ctx).open() as office:
        if adopt_:
            done = adopt(office, context.whoami())
            if done.difference is None:
                say("This office may send already; nothing was changed.")
            else:
                say(f"This is the office from now on; it was {done.difference.value}.")
                say(f"In doubt, for `mailer resolve`: {done.in_doubt}.")
                say(f"Paused: {', '.join(done.paused) or 'no campaign'}.")
            next_step("mailer campaign list")
            return
        problem = look_at_instance(office)
    if problem is not None:
        problems([problem])
        raise typer.Exit(ExitCode.LEASED)
    say("This office may send.")
    next_step("mailer campaign list")
