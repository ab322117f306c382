"""`mailer check`: everything that is wrong with a campaign, before anybody gets it."""

from __future__ import annotations

from typing import Annotated

import typer

from mailer.cli import context
from mailer.cli.completion import campaigns
from mailer.cli.output import as_json, counted, next_step, problems, say
from mailer.errors import ExitCode, Severity
from mailer.operations.check_folder import check_folder
from mailer.operations.reach_links import reach_links


def check(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="CAMPAIGN", help="The folder's name.", autocompletion=campaigns
        ),
    ],
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
    links: Annotated[
        bool, typer.Option("--links", help="Ask each link whether it answers.")
    ] = False,
) -> None:
    """Render every message for everybody; show all findings at once."""
    with context.of(ctx).open() as office:
        found = check_folder(office, name)
    if links:
        found = found.and_also(reach_links(name, found.links))
    blocking = sum(one.severity is Severity.BLOCKS for one in found.problems)
    if json:
        as_json(
            campaign=name,
            recipients=found.recipients,
            messages=found.messages,
            findings=[
                {
                    "severity": one.severity.value,
                    "place": one.place,
                    "cause": one.cause,
                    "next_step": one.next_step,
                }
                for one in found.problems
            ],
        )
    else:
        problems(found.problems)
        warning = len(found.problems) - blocking
        say(
            f"{counted(found.messages, 'message')} for "
            f"{counted(found.recipients, 'recipient')} rendered; "
            f"{counted(len(found.problems), 'finding')}: "
            f"{blocking} blocking, {warning} to look at."
        )
        again = f"mailer check {name}"
        next_step(again if found.blocks else f"mailer rehearse {name}")
    if found.blocks:
        raise typer.Exit(ExitCode.PREFLIGHT)
