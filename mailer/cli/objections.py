"""`mailer objections`: who wants no more reminders, in one campaign."""

from __future__ import annotations

from typing import Annotated

import typer

from mailer.cli import context
from mailer.cli.instants import day, minute
from mailer.cli.output import as_json, next_step, say, table
from mailer.operations.find_organisation import find_organisation
from mailer.operations.object_to_reminders import (
    object_to_reminders,
    withdraw_objection,
)
from mailer.operations.open_campaign import open_campaign
from mailer.store import objections, recipients

app = typer.Typer(
    help="Who wants no more reminders, in one campaign.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(metavar="CAMPAIGN")]
Municipality = Annotated[
    str, typer.Argument(metavar="MUNICIPALITY", help="Code, exact name or address.")
]
By = Annotated[str | None, typer.Option(help="Who; else the login.")]


@app.command()
def add(
    ctx: typer.Context,
    name: Name,
    organisation: Municipality,
    note: Annotated[str, typer.Option(help="How you know.")] = "",
    by: By = None,
) -> None:
    """Send them no more reminders: at once, and for good in this campaign."""
    with context.of(ctx).open() as office:
        campaign = open_campaign(office, name).campaign
        found = find_organisation(office, organisation)
        who = by or context.whoami()
        is_new = object_to_reminders(office, campaign, found, by=who, note=note)
    if is_new:
        say(f"{found.official_name}: no more reminders in {name}.")
        say("What they send is still confirmed, and other campaigns go on.")
    else:
        say(f"{found.official_name}: wanted no more reminders already.")
    next_step(f"mailer campaign plan {name} --person {found.code}")


@app.command()
def withdraw(
    ctx: typer.Context, name: Name, organisation: Municipality, by: By = None
) -> None:
    """Say that an objection was recorded by mistake: reminders go again."""
    with context.of(ctx).open() as office:
        campaign = open_campaign(office, name).campaign
        found = find_organisation(office, organisation)
        was = withdraw_objection(office, campaign, found, by=by or context.whoami())
        on = day(was.at, office.settings.office.zone)
    say(f"{found.official_name}: reminders go again, from the next step on.")
    say(f"The objection was of {on}, by {was.recorded_by}; it is kept.")
    next_step(f"mailer campaign plan {name} --person {found.code}")


@app.command("list")
def list_(
    ctx: typer.Context,
    name: Name,
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """List who wants no more reminders, the oldest first."""
    with context.of(ctx).open() as office:
        open_campaign(office, name)
        with office.database.read() as connection:
            found = objections.of_campaign(connection, name)
            names = {
                one.code: one.official_name
                for one in recipients.organisations(connection)
            }
        zone = office.settings.office.zone
    if json:
        as_json(
            campaign=name,
            objections=[
                {
                    "code": one.organisation,
                    "organisation": names[one.organisation],
                    "at": one.at.isoformat(),
                    "source": one.source.value,
                    "by": one.recorded_by,
                    "evidence": one.evidence,
                }
                for one in found
            ],
        )
        return
    if found:
        table(
            ("code", "organisation", "since", "by", "evidence"),
            [
                (
                    one.organisation,
                    names[one.organisation],
                    minute(one.at, zone),
                    one.recorded_by,
                    one.evidence,
                )
                for one in found
            ],
        )
    else:
        say(f"Nobody has objected to the reminders of {name}.")
    next_step(f"mailer report {name}")
