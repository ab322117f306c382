"""`mailer suppress`: the addresses that we write to no more, in any campaign."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mailer.cli import context
from mailer.cli.instants import day
from mailer.cli.new_files import new_files
from mailer.cli.output import as_json, counted, next_step, say, table
from mailer.model.response import SuppressionReason
from mailer.operations.suppressions import (
    export_suppressions,
    import_suppressions,
    unsuppress,
)
from mailer.operations.suppressions import suppress as suppress_all
from mailer.store import recipients

app = typer.Typer(help="Addresses we no longer write to.", no_args_is_help=True)

Addresses = Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="Whole.")]
By = Annotated[str | None, typer.Option(help="Who; else the login.")]

_NEXT = "mailer suppress list"


@app.command()
def add(
    ctx: typer.Context,
    addresses: Addresses,
    reason: Annotated[
        SuppressionReason, typer.Option(help="Why.")
    ] = SuppressionReason.BY_HAND,
    note: Annotated[str, typer.Option(help="How you know.")] = "",
    by: By = None,
) -> None:
    """Write to addresses no more, in any campaign; also what is on its way stops."""
    with context.of(ctx).open() as office:
        who = by or context.whoami()
        found = suppress_all(office, addresses, reason, by=who, note=note)
        zone = office.settings.office.zone
    for one in found:
        if one.before:
            was = f"{one.before.reason.value}, {day(one.before.since, zone)}"
            say(f"{one.address}: was suppressed already ({was})")
        else:
            slip = "" if one.is_listed else "; it is on no list, so look for a slip"
            say(f"{one.address}: suppressed{slip}")
    next_step(_NEXT)


@app.command()
def remove(ctx: typer.Context, addresses: Addresses, by: By = None) -> None:
    """Allow addresses again: letters go to them from the next step on."""
    with context.of(ctx).open() as office:
        found = unsuppress(office, addresses, by=by or context.whoami())
        zone = office.settings.office.zone
    for address, before in found:
        if before:
            was = f"{before.reason.value}, {day(before.since, zone)}"
            say(f"{address}: allowed again (was suppressed: {was})")
        else:
            say(f"{address}: was not suppressed")
    if any(before for _, before in found):
        say("What was held back meanwhile stays so; the next steps go to them.")
    next_step(_NEXT)


@app.command("list")
def list_(
    ctx: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """List the addresses we no longer write to, and why."""
    with context.of(ctx).open() as office, office.database.read() as connection:
        entries = list(recipients.suppressions(connection).values())
        zone = office.settings.office.zone
    if json:
        as_json(
            suppressed=[
                {
                    "address": one.address_key,
                    "reason": one.reason.value,
                    "since": one.since.isoformat(),
                    "evidence": one.evidence,
                }
                for one in entries
            ]
        )
        return
    if entries:
        table(
            ("address", "reason", "since", "evidence"),
            [
                (
                    one.address_key,
                    one.reason.value,
                    day(one.since, zone),
                    one.evidence,
                )
                for one in entries
            ],
        )
        next_step("mailer suppress export --to suppressed.csv")
    else:
        say("No address is suppressed: we write to all that are on a list.")
        next_step("mailer campaign list")


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="csv, xlsx, xls or ods.")],
    by: By = None,
) -> None:
    """Import addresses; every row's error at once, and then nothing is taken."""
    with context.of(ctx).open() as office:
        found = import_suppressions(office, file, by=by or context.whoami())
    say(f"{found.added} suppressed, {found.known_already} known already.")
    next_step(_NEXT)


@app.command()
def export(
    ctx: typer.Context,
    to: Annotated[
        Path | None, typer.Option(help="The csv file; else it goes to stdout.")
    ] = None,
) -> None:
    """Write all of them as csv, which `import` reads again."""
    with context.of(ctx).open() as office:
        if to is None:
            count = export_suppressions(office, sys.stdout)
        else:
            # Excel reads UTF-8 only with a byte order mark.
            with (
                new_files(to),
                to.open("w", encoding="utf-8-sig", newline="") as file,
            ):
                count = export_suppressions(office, file)
    say(f"{counted(count, 'row')} written{f': {to}' if to else ''}.")
    next_step(f"mailer suppress import {to}" if to else _NEXT)
