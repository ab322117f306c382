"""`mailer responses`: the answers, from lists and by hand."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mailer.cli import context
from mailer.cli.completion import campaigns as complete_campaigns
from mailer.cli.instants import minute
from mailer.cli.new_files import new_files
from mailer.cli.output import as_json, next_step, problems, say, table
from mailer.operations.export_answers import (
    answers_of,
    files_of,
    write_csv,
    write_files,
)
from mailer.operations.find_organisation import find_organisation
from mailer.operations.import_responses import import_responses
from mailer.operations.open_campaign import open_campaign
from mailer.operations.record_response import record_response, withdraw_response
from mailer.operations.typed_details import typed_details
from mailer.store import recipients, responses

app = typer.Typer(help="Who answered what.", no_args_is_help=True)

Name = Annotated[
    str, typer.Argument(metavar="CAMPAIGN", autocompletion=complete_campaigns)
]
Municipality = Annotated[
    str, typer.Argument(metavar="MUNICIPALITY", help="Code, exact name or address.")
]


@app.command("import")
def import_(
    ctx: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(help="A registration list: csv, xlsx, ods.")],
    kind: Annotated[str, typer.Option(help="Which response a row is.")] = "registered",
) -> None:
    """
    Import a registration list; who is on none of our lists is said by name.

    Every row whose code contradicts it is said at once, and then nothing is taken.
    """
    with context.of(ctx).open() as office:
        campaign = open_campaign(office, name).campaign
        found = import_responses(office, campaign, file, kind, by=context.whoami())
    problems((*found.warnings, *found.unmatched))
    if found.ignored:
        say(f"Ignored columns: {', '.join(found.ignored)}.")
    say(
        f"{found.recorded} new responses of {found.organisations} organisations, "
        f"{found.known_already} known already, {len(found.unmatched)} not matched."
    )
    next_step(f"mailer report {name}")


@app.command("set")
def set_(
    ctx: typer.Context,
    name: Name,
    organisation: Municipality,
    kind: Annotated[str, typer.Argument(help="One of the campaign's [responses].")],
    field: Annotated[
        list[str] | None, typer.Option(help="A field of the answer: kakovost=ne")
    ] = None,
    note: Annotated[str, typer.Option(help="How you know.")] = "",
    by: Annotated[str | None, typer.Option(help="Who; else the login.")] = None,
) -> None:
    """Record an answer that came by telephone or on paper."""
    with context.of(ctx).open() as office:
        campaign = open_campaign(office, name).campaign
        found = find_organisation(office, organisation)
        details = typed_details(campaign, field or [])
        record_response(
            office,
            campaign,
            found,
            kind,
            by=by or context.whoami(),
            details=details,
            note=note,
        )
    say(f"{found.official_name}: {kind}")
    next_step(f"mailer report {name}")


@app.command()
def withdraw(
    ctx: typer.Context,
    name: Name,
    organisation: Municipality,
    by: Annotated[str | None, typer.Option(help="Who; else the login.")] = None,
) -> None:
    """Take the latest answer back: a mistake, or a question that was dealt with."""
    with context.of(ctx).open() as office:
        campaign = open_campaign(office, name).campaign
        found = find_organisation(office, organisation)
        was, latest = withdraw_response(
            office, campaign, found, by=by or context.whoami()
        )
    counts = f"now counts: {latest.kind}" if latest else "no other answer is there"
    say(f"{found.official_name}: {was.kind} taken back; {counts}.")
    next_step(f"mailer campaign plan {name} --person {found.code}")


@app.command("list")
def list_(
    ctx: typer.Context,
    name: Name,
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """List the answers, the oldest first."""
    rows = _rows(ctx, name, iso=json)
    if json:
        found = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
        as_json(campaign=name, responses=found)
        return
    table(_COLUMNS[:_SHOWN], [row[:_SHOWN] for row in rows])
    next_step(f"mailer report {name}")


class ExportFormat(StrEnum):
    """As what the answers are written."""

    CSV = "csv"
    XLSX = "xlsx"


@app.command()
def export(
    ctx: typer.Context,
    name: Name,
    form: Annotated[
        ExportFormat, typer.Option("--format", help="xlsx: with the counts beside.")
    ] = ExportFormat.CSV,
    to: Annotated[
        Path | None, typer.Option(help="The file; else csv goes to stdout.")
    ] = None,
) -> None:
    """Write the answers, a row per municipality, and how many gave which."""
    if to is None and form is ExportFormat.XLSX:
        to = Path(f"{name}.xlsx")
    if to is not None and to.suffix.lower() != f".{form.value}":
        to = to.with_name(f"{to.name}.{form.value}")
    with context.of(ctx).open() as office:
        found = answers_of(office, open_campaign(office, name).campaign)
        if to is None:
            write_csv(found, sys.stdout)
        else:
            files = files_of(to)
            with new_files(*files):
                write_files(office, found, to)
            for path in files:
                say(f"written: {path}")
    for status, label, count in found.counts:
        if count:
            say(f"{status}: {count} ({label})" if label else f"{status}: {count}")
    next_step(f"mailer report {name}")


_SHOWN = 5  # the other columns are for csv and json
_COLUMNS = ("at", "code", "organisation", "kind", "details", "source", "by", "note")


def _rows(ctx: typer.Context, name: str, *, iso: bool) -> list[tuple[str, ...]]:
    with context.of(ctx).open() as office:
        open_campaign(office, name)
        with office.database.read() as connection:
            names = {
                one.code: one.official_name
                for one in recipients.organisations(connection)
            }
            found = responses.of_campaign(connection, name)
        zone = office.settings.office.zone
    return [
        (
            one.at.isoformat() if iso else minute(one.at, zone),
            one.organisation,
            names.get(one.organisation, ""),
            one.kind,
            "; ".join(f"{key}={value}" for key, value in one.details.items()),
            one.source.value,
            one.recorded_by,
            one.note,
        )
        for _id, one in found
    ]
