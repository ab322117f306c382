"""`mailer report`, `timeline`, `bounces`, `suppress`: where it stands."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from mailer.cli import context
from mailer.cli.completion import campaigns as complete_campaigns
from mailer.cli.harmless import harmless
from mailer.cli.output import as_json, data, next_step, out, say, table
from mailer.cli.resolving import propose, resolve
from mailer.errors import ExitCode, UsageError
from mailer.model.response import Suppression, SuppressionReason
from mailer.operations import gather
from mailer.operations.open_campaign import open_campaign
from mailer.recipients.deduplicate import address_key
from mailer.report.as_json import as_json as tally_as_json
from mailer.report.as_table import as_table
from mailer.report.sums import reconcile
from mailer.report.timeline import timeline as timeline_text
from mailer.store import inbox
from mailer.store import recipients as store

bounces = typer.Typer(help="What bounced, and why.", no_args_is_help=True)
suppress = typer.Typer(help="Addresses we no longer write to.", no_args_is_help=True)

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
        doubtful = gather.in_doubt(office, campaign)
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
        if doubtful:
            propose(name, [delivery.id for delivery, _ in doubtful])
        else:
            next_step(f"mailer report {name} --format csv > {name}.csv")
    if reconcile(tally):
        raise typer.Exit(ExitCode.FAILURE)


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


@suppress.command("add")
def add(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(help="We write to it no more.")],
    reason: Annotated[
        SuppressionReason, typer.Option(help="Why.")
    ] = SuppressionReason.BY_HAND,
    note: Annotated[str, typer.Option(help="How you know.")] = "",
) -> None:
    """Write to an address no more, in any campaign."""
    if "@" not in address:
        raise UsageError.at(f"'{address}'", "is no address", "give a whole one")
    with context.of(ctx).open() as office:
        now = office.clock.now()
        entry = Suppression(address_key(address), reason, now, note)
        with office.database.write() as connection:
            is_new = store.suppress(connection, entry)
    say(f"{address}: {'suppressed' if is_new else 'was suppressed already'}")
    next_step("mailer suppress list")


@suppress.command("remove")
def remove(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(help="We may write to it again.")],
) -> None:
    """Allow an address again."""
    with context.of(ctx).open() as office, office.database.write() as connection:
        was_there = store.unsuppress(connection, address_key(address))
    say(f"{address}: {'allowed again' if was_there else 'was not suppressed'}")
    next_step("mailer suppress list")


@suppress.command("list")
def list_suppressed(ctx: typer.Context, json: Json = False) -> None:
    """List the addresses we no longer write to."""
    with context.of(ctx).open() as office, office.database.read() as connection:
        entries = list(store.suppressions(connection).values())
    rows = [
        (one.address_key, one.reason.value, f"{one.since:%Y-%m-%d}", one.evidence)
        for one in entries
    ]
    columns = ("address", "reason", "since", "evidence")
    if json:
        as_json(suppressed=[dict(zip(columns, row, strict=True)) for row in rows])
        return
    table(columns, rows)
    next_step("mailer campaign list")
