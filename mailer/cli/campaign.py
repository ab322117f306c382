"""`mailer campaign …` and the verbs on a campaign: check, preview, approve, start."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from mailer.cli import context
from mailer.cli.output import as_json, data, next_step, problems, say, table
from mailer.errors import DefinitionError, UsageError
from mailer.files.campaign_folder import campaign_names
from mailer.model.campaign import CampaignStatus
from mailer.operations.find_organisation import who_is_meant
from mailer.operations.open_campaign import OpenCampaign, open_campaign
from mailer.operations.plan_due import decide_all
from mailer.planning.decision import PlanVerdict
from mailer.store import campaigns, recipients

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.model.recipient import Recipient
    from mailer.operations.office import Office
    from mailer.planning.decision import Decision

app = typer.Typer(help="What we say, and when.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The folder's name.")]
Json = Annotated[bool, typer.Option("--json", help="For a program.")]

_NEXT = {
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
        [(f"{n.at:%Y-%m-%d %H:%M}", n.by, n.action, n.detail[:24]) for n in notes],
    )
    next_step(_NEXT[row.status].format(name))


@app.command()
def plan(
    ctx: typer.Context,
    name: Name,
    person: Annotated[
        str | None, typer.Option(help="What one municipality or address will get.")
    ] = None,
    json: Json = False,
) -> None:
    """Show every date with its reason, and how many each step is for."""
    with context.of(ctx).open() as office:
        opened = open_campaign(office, name)
        decisions = decide_all(office, opened, office.clock.now())
        is_meant = who_is_meant(office, person) if person else None
    if person is not None and is_meant is not None:
        _plan_of(person, is_meant, decisions, opened, json=json)
        return
    if json:
        as_json(campaign=name, steps=_plan_json(opened))
        return
    data(plan_text(opened))
    counts = Counter((one.step, one.verdict) for one in decisions)
    for step in opened.campaign.steps:
        due = counts[step.name, PlanVerdict.DUE]
        later = counts[step.name, PlanVerdict.LATER]
        missed = counts[step.name, PlanVerdict.MISSED]
        say(f"{step.name}: {due} due now, {later} later, {missed} missed")
    next_step(f"mailer check {name}")


def plan_text(opened: OpenCampaign) -> str:
    """Return the calendar of a campaign as a person reads it."""
    zone = ZoneInfo(opened.campaign.timezone)
    lines = [opened.campaign.title]
    for step in opened.campaign.steps:
        time = opened.times.get(step.name)
        if time is None:
            lines += ["", f"{step.name} → {step.to}", "  right after the response"]
            continue
        local = time.due.astimezone(zone)
        lines += ["", f"{step.name} → {step.to}", f"  {local:%a %-d %b %Y, %H:%M}"]
        lines += [f"  because {reason}" for reason in time.reasons]
        if not time.fits:
            lines.append(f"  dropped: no time left before {time.until}")
        elif time.until:
            lines.append(f"  until {time.until}")
    return "\n".join(lines) + "\n"


def _plan_json(opened: OpenCampaign) -> list[dict[str, object]]:
    steps: list[dict[str, object]] = []
    for step in opened.campaign.steps:
        time = opened.times.get(step.name)
        steps.append(
            {
                "step": step.name,
                "to": step.to,
                "due": time and time.due.isoformat(),
                "expires": time and time.expires.isoformat(),
                "moved_from": time and time.moved_from,
                "reasons": list(time.reasons) if time else [],
            }
        )
    return steps


def _plan_of(
    person: str,
    is_meant: Callable[[Recipient], bool],
    decisions: list[Decision],
    opened: OpenCampaign,
    *,
    json: bool,
) -> None:
    mine = [one for one in decisions if is_meant(one.recipient)]
    if not mine:
        raise UsageError.at(
            f"'{person}'", f"is not on the list of {opened.campaign.name}"
        )
    zone = ZoneInfo(opened.campaign.timezone)
    rows = [
        (
            one.recipient.address,
            one.step,
            one.verdict.value,
            f"{one.at.astimezone(zone):%a %-d %b %Y %H:%M}" if one.at else "",
            one.reason,
        )
        for one in mine
    ]
    columns = ("address", "step", "verdict", "at", "reason")
    if json:
        as_json(decisions=[dict(zip(columns, row, strict=True)) for row in rows])
        return
    table(columns, rows)
    next_step(f"mailer preview {opened.campaign.name} --person '{person}'")
