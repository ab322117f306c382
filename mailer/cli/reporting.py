"""`mailer report`, `timeline`, `bounces`: where it stands."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import context
from mailer.cli.completion import campaigns as complete_campaigns
from mailer.cli.harmless import harmless
from mailer.cli.output import as_called, as_json, data, next_step, out, say, table
from mailer.cli.resolving import propose, resolve
from mailer.errors import ExitCode
from mailer.model.delivery import DeliveryState
from mailer.operations import gather
from mailer.operations.open_campaign import open_campaign
from mailer.report.as_json import as_json as tally_as_json
from mailer.report.as_table import as_table
from mailer.report.sums import reconcile
from mailer.report.timeline import timeline as timeline_text
from mailer.store import inbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.model.delivery import Delivery
    from mailer.model.recipient import Recipient

_NAMED = 5  #: missed deliveries that the report names one by one

bounces = typer.Typer(help="What bounced, and why.", no_args_is_help=True)

Name = Annotated[
    str, typer.Argument(metavar="CAMPAIGN", autocompletion=complete_campaigns)
]
Json = Annotated[bool, typer.Option("--json", help="For a program.")]


class ReportFormat(StrEnum):
    """How a report is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    for command in (report, timeline, resolve):
        app.command()(command)


def report(
    ctx: typer.Context,
    name: Name,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="csv: a line per recipient.")
    ] = ReportFormat.TABLE,
) -> None:
    """Say what became of everybody; the sums always reconcile, or it says not."""
    with context.of(ctx).open() as office:
        campaign = open_campaign(office, name).campaign
        if form is ReportFormat.CSV:
            for line in gather.report_lines(office, campaign):
                typer.echo(line, nl=False)
            return
        tally = gather.report(office, campaign)
        doubtful = gather.of_state(office, campaign, DeliveryState.IN_DOUBT)
        missed = gather.of_state(office, campaign, DeliveryState.MISSED)
    if form is ReportFormat.JSON:
        data(tally_as_json(tally))
    else:
        data(as_table(tally, min(out.width, 100)))
        for delivery, recipient in doubtful:
            say(
                f"in doubt: delivery {delivery.id}, {delivery.step} to "
                f"{recipient.organisation.official_name} <{recipient.address}>: "
                f"{delivery.last_exchange or delivery.evidence}"
            )
        _say_missed(missed)
        if doubtful:
            propose(name, [delivery.id for delivery, _ in doubtful])
        else:
            next_step(f"mailer report {name} --format csv > {name}.csv")
    if reconcile(tally):
        raise typer.Exit(ExitCode.FAILURE)


def _say_missed(missed: Sequence[tuple[Delivery, Recipient]]) -> None:
    """Name the first of those whose time passed; the csv has them all."""
    for delivery, recipient in missed[:_NAMED]:
        say(
            f"missed: delivery {delivery.id}, {delivery.step} to "
            f"{recipient.organisation.official_name} <{recipient.address}>"
        )
    if len(missed) > _NAMED:
        say(f"missed: {len(missed) - _NAMED} more; --format csv has their numbers")
    if missed:
        say(as_called("If one may still go: mailer resolve ID resend"))


def timeline(
    ctx: typer.Context,
    person: Annotated[
        str, typer.Argument(metavar="MUNICIPALITY", help="Code, exact name or address.")
    ],
    json: Json = False,
) -> None:
    """Tell everything that happened with one municipality."""
    with context.of(ctx).open() as office:
        organisation, events = gather.timeline_of(office, person)
        zone = office.settings.office.timezone
    if json:
        as_json(
            organisation=organisation.official_name,
            events=[
                {"at": e.at.isoformat(), "what": e.what, "detail": e.detail, "by": e.by}
                for e in sorted(events, key=lambda event: event.at)
            ],
        )
        return
    say(f"{organisation.official_name} ({organisation.code}), {organisation.region}")
    data(harmless(timeline_text(events, zone, min(out.width, 100))))
    next_step("mailer campaign list")


@bounces.command("list")
def list_bounces(ctx: typer.Context, json: Json = False) -> None:
    """List the bounces, the oldest first; those that changed nothing, too."""
    with context.of(ctx).open() as office, office.database.read() as connection:
        rows = inbox.bounces(connection)
    if json:
        as_json(bounces=[row._asdict() for row in rows])
        return
    table(
        ("message", "kind", "address", "status", "reason", "matched by"),
        [
            (
                row.id,
                row.kind,
                row.address or " ".join(row.recipients),
                row.status,
                row.reason,
                row.matched_by,
            )
            for row in rows
        ],
    )
    next_step("mailer inbox review")
