"""`mailer campaign …` and the verbs on a campaign: check, preview, approve, start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import context
from mailer.cli.completion import campaigns as complete_campaigns
from mailer.cli.instants import minute
from mailer.cli.output import as_json, next_step, problems, say, table
from mailer.cli.plan import show_plan, show_plan_of, write_calendar
from mailer.errors import DefinitionError, UsageError
from mailer.files.campaign_folder import campaign_names
from mailer.model.campaign import CampaignStatus
from mailer.operations.find_organisation import who_is_meant
from mailer.operations.open_campaign import open_campaign
from mailer.operations.plan_due import decide_all, decide_if_answered
from mailer.store import campaigns, recipients

if TYPE_CHECKING:
    from mailer.operations.office import Office

app = typer.Typer(help="What we say, and when.", no_args_is_help=True)

Name = Annotated[
    str,
    typer.Argument(
        metavar="CAMPAIGN", help="The folder's name.", autocompletion=complete_campaigns
    ),
]
Json = Annotated[bool, typer.Option("--json", help="For a program.")]

#: how a campaign goes on from where it is
NEXT = {
    CampaignStatus.DRAFT: "mailer check {}",
    CampaignStatus.APPROVED: "mailer start {} --confirm COUNT",
    CampaignStatus.RUNNING: "mailer run",
    CampaignStatus.PAUSED: "mailer resume {}",
    CampaignStatus.CANCELLED: "mailer report {}",
}


@app.command("list")
def list_(ctx: typer.Context, json: Json = False) -> None:
    """List the campaigns of this office."""
    with context.of(ctx).open() as office:
        names = campaign_names(office.templates)
        with office.database.read() as connection:
            rows = [campaigns.get(connection, name) for name in names]
        titles = [_title(office, name) for name in names]
    if json:
        as_json(
            campaigns=[
                {"name": row.name, "status": row.status.value, "title": title}
                for row, title in zip(rows, titles, strict=True)
            ]
        )
        return
    table(
        ("campaign", "status", "title"),
        [
            (row.name, row.status.value, title)
            for row, title in zip(rows, titles, strict=True)
        ],
    )
    next_step(f"mailer campaign plan {names[0]}" if names else "write templates/NAME/")


def _title(office: Office, name: str) -> str:
    """Return a campaign's title; of one that is wrong, what is wrong with it."""
    try:
        return open_campaign(office, name).campaign.title
    except DefinitionError as error:
        problems(error.problems)
        return "✗ its folder is wrong"


@app.command()
def show(ctx: typer.Context, name: Name, json: Json = False) -> None:
    """Show how far a campaign is, and who let it go."""
    with context.of(ctx).open() as office:
        opened = open_campaign(office, name)
        zone = office.settings.office.zone
        with office.database.read() as connection:
            row = campaigns.get(connection, name)
            notes = campaigns.notes(connection, name)
            listed = recipients.count(connection, opened.campaign.list_name)
    if json:
        as_json(
            name=name,
            title=opened.campaign.title,
            status=row.status.value,
            list=opened.campaign.list_name,
            recipients=listed,
            approved_by=row.approved_by,
            approved_at=row.approved_at,
            fingerprint=row.fingerprint,
            pause_reason=row.pause_reason,
        )
        return
    say(f"{opened.campaign.title}")
    say(f"{row.status.value}; list '{opened.campaign.list_name}', {listed} recipients")
    if row.pause_reason:
        say(f"paused because: {row.pause_reason}")
    table(
        ("when", "who", "what", "detail"),
        [(minute(n.at, zone), n.by, n.action, n.detail[:24]) for n in notes],
    )
    next_step(NEXT[row.status].format(name))


@app.command()
def plan(
    ctx: typer.Context,
    name: Name,
    person: Annotated[
        str | None, typer.Option(help="What one municipality or address will get.")
    ] = None,
    ics: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the dates for a calendar program."),
    ] = None,
    json: Json = False,
) -> None:
    """Show every date with its reason, and how many each step is for."""
    if person is not None and ics is not None:
        cause = "holds the dates of all, not those of one"
        raise UsageError.at("--ics", cause, "leave out --ics or --person")
    with context.of(ctx).open() as office:
        opened = open_campaign(office, name)
        now = office.clock.now()
        if ics is not None:
            domain = office.settings.sender.bounce_domain
            write_calendar(opened, ics, domain=domain, now=now)
            return
        is_meant = who_is_meant(office, person) if person else None
        decisions = decide_all(office, opened, now)
        otherwise = (
            decide_if_answered(office, opened, is_meant, now) if is_meant else {}
        )
    if person is not None and is_meant is not None:
        mine = [one for one in decisions if is_meant(one.recipient)]
        show_plan_of(person, mine, otherwise, opened, json=json)
    else:
        show_plan(opened, decisions, json=json)
