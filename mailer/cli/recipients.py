"""`mailer recipients`: lists in, lists shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import context
from mailer.cli.completion import lists
from mailer.cli.instants import minute
from mailer.cli.output import (
    as_json,
    counted,
    err,
    next_step,
    out,
    problems,
    say,
    table,
)
from mailer.errors import UsageError
from mailer.operations.import_recipients import ImportSummary, import_recipients
from mailer.store import recipients

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from mailer.model.recipient import Recipient
    from mailer.store.tables import AnyRow

app = typer.Typer(help="Lists of recipients.", no_args_is_help=True)

ListOption = Annotated[
    str, typer.Option("--list", help="The list's name.", autocompletion=lists)
]


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="csv, xlsx, xls or ods.")],
    list_name: ListOption,
    skip_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="Take the good rows only.")
    ] = False,
    accept_shrunk: Annotated[
        bool,
        typer.Option("--accept-shrunk", help="Take a list that lost over a fifth."),
    ] = False,
) -> None:
    """Import a list; every row's error at once, and nothing taken if there is one."""
    invocation = context.of(ctx)
    with invocation.open() as office, err.status(f"reading {file.name}") as status:

        def may_shrink(before: int, after: int) -> bool:
            if accept_shrunk:
                return True
            if invocation.no_input or not out.is_terminal:
                return False
            status.stop()
            question = f"The list had {before} rows, now it has {after}. Take it?"
            return typer.confirm(question)

        summary = import_recipients(
            office,
            file,
            list_name,
            skip_invalid=skip_invalid,
            may_shrink=may_shrink,
        )
    _show(summary, list_name)


def _show(summary: ImportSummary, list_name: str) -> None:
    problems(summary.warnings)
    if summary.ignored:
        say(f"Ignored columns: {', '.join(summary.ignored)}.")
    say(
        f"List '{list_name}': {counted(summary.count, 'recipient')} of "
        f"{counted(summary.organisations, 'organisation')}, "
        f"{counted(summary.skipped, 'row')} skipped."
    )
    next_step("mailer campaign list")


@app.command()
def show(
    ctx: typer.Context,
    list_name: Annotated[
        str | None,
        typer.Option(
            "--list",
            help="The list's name; without it, all lists.",
            autocompletion=lists,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Show the lists, or the recipients on one."""
    with context.of(ctx).open() as office, office.database.read() as connection:
        if list_name is None:
            zone = office.settings.office.zone
            _show_lists(recipients.lists(connection), zone, json=json)
            return
        if recipients.row_count(connection, list_name) is None:
            raise UsageError.at(
                f"list '{list_name}'",
                "was never imported",
                f"mailer recipients import FILE --list {list_name}",
            )
        rows = list(recipients.listed(connection, list_name))
    _show_list(list_name, rows, json=json)


def _show_lists(lists: Sequence[AnyRow], zone: ZoneInfo, *, json: bool) -> None:
    if json:
        as_json(lists=[row._asdict() for row in lists])
        return
    table(
        ("list", "recipients", "imported", "from"),
        [
            (row.name, row.row_count, minute(row.imported_at, zone), row.source)
            for row in lists
        ],
    )
    if lists:
        next_step(f"mailer recipients show --list {lists[0].name}")
    else:
        next_step("mailer recipients import FILE --list NAME")


def _show_list(list_name: str, rows: Sequence[Recipient], *, json: bool) -> None:
    if json:
        as_json(
            list=list_name,
            recipients=[
                {
                    "code": row.organisation.code,
                    "organisation": row.organisation.official_name,
                    "region": row.organisation.region,
                    "address": row.address,
                    "role": row.role.value,
                    "language": row.language,
                }
                for row in rows
            ],
        )
        return
    table(
        ("code", "organisation", "address", "role"),
        [
            (
                row.organisation.code,
                row.organisation.official_name,
                row.address,
                row.role.value,
            )
            for row in rows
        ],
    )
    next_step("mailer campaign list")
