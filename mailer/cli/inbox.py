"""`mailer inbox`: what came back, and what a person makes of it."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import Annotated

import typer

from mailer.cli import context
from mailer.cli.output import as_json, data, next_step, problems, say, table
from mailer.errors import Problem, UsageError
from mailer.inbox.classify import classify as classify_one
from mailer.inbox.classify import to_json
from mailer.mailboxes.source import open_source
from mailer.operations.collect_mail import collect_mail
from mailer.operations.find_organisation import find_organisation
from mailer.operations.open_campaign import open_campaign
from mailer.operations.record_response import assign as assign_one
from mailer.operations.record_response import parse_details
from mailer.store import campaigns, inbox

app = typer.Typer(help="What came back.", no_args_is_help=True)

Id = Annotated[int, typer.Argument(metavar="ID", help="From `mailer inbox review`.")]
Json = Annotated[bool, typer.Option("--json", help="For a program.")]


@app.command()
def fetch(ctx: typer.Context) -> None:
    """Collect now; `mailer run` does it every minute."""
    with context.of(ctx).open() as office:
        source = open_source(office.settings.mailbox.source, office.folder)
        with office.database.read() as connection:
            names = [row.name for row in campaigns.all_known(connection)]
        known = {name: open_campaign(office, name).campaign for name in names}
        found = collect_mail(office, source, known)
    problems(found.problems)
    total = sum(found.kinds.values())
    kinds = ", ".join(f"{n} {kind.value}" for kind, n in found.kinds.items())
    say(f"{total} new messages: {kinds or 'none'}; {found.to_review} to review.")
    next_step("mailer inbox review")


@app.command()
def review(ctx: typer.Context, json: Json = False) -> None:
    """List what waits for a person, the oldest first."""
    with context.of(ctx).open() as office, office.database.read() as connection:
        rows = inbox.waiting(connection)
    if json:
        as_json(messages=[row._asdict() for row in rows])
        return
    for row in rows:
        data(f"{row.id:>5}  {row.kind} from {row.sender or 'nobody'}")
        data(f"       {row.subject or '(no subject)'}")
        data(f"       {row.evidence}")
    say(f"{len(rows)} messages wait for a person.")
    first = rows[0].id if rows else None
    next_step(f"mailer inbox show {first}" if first else "mailer campaign list")


@app.command()
def show(
    ctx: typer.Context,
    message: Id,
    raw: Annotated[bool, typer.Option("--raw", help="The original bytes.")] = False,
) -> None:
    """Show one message: what it says, what was understood, and why."""
    with context.of(ctx).open() as office, office.database.read() as connection:
        row = inbox.get(connection, message)
    if row is None:
        raise UsageError.at(
            f"message {message}", "does not exist", "mailer inbox review"
        )
    if raw:
        typer.echo(row.raw, nl=False)
        return
    read = classify_one(row.raw)
    say(f"{row.kind} from {row.sender or 'nobody'}: {row.subject}")
    say(f"because {row.evidence}")
    if row.organisation:
        say(f"belongs to {row.organisation} in {row.campaign}, by {row.matched_by}")
    data(read.text or f"(no text; mailer inbox show {message} --raw gives all of it)")
    next_step(f"mailer inbox assign {message} CAMPAIGN MUNICIPALITY --kind KIND")


@app.command()
def assign(
    ctx: typer.Context,
    message: Id,
    name: Annotated[str, typer.Argument(metavar="CAMPAIGN")],
    organisation: Annotated[
        str, typer.Argument(metavar="MUNICIPALITY", help="Code, exact name or address.")
    ],
    kind: Annotated[
        str | None, typer.Option(help="Which response it is; without, it is none.")
    ] = None,
    field: Annotated[
        list[str] | None, typer.Option(help="A field of the answer: kakovost=ne")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who read it; else the login.")] = None,
) -> None:
    """Say to whom a message belongs and which answer it is."""
    with context.of(ctx).open() as office:
        campaign = open_campaign(office, name).campaign
        found = find_organisation(office, organisation)
        details = parse_details(field or [])
        who = by or context.whoami()
        assign_one(office, campaign, message, found, kind, by=who, details=details)
    say(f"message {message}: {found.official_name}, {kind or 'no answer'}")
    next_step("mailer inbox review")


@app.command()
def classify(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of .eml.")],
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="One JSON object per message.")
    ] = False,
) -> None:
    """Say what messages are; needs no office."""
    rows = []
    for path in _messages(paths):
        read = classify_one(path.read_bytes())
        if jsonl:
            data(jsonlib.dumps(to_json(path.name, read), ensure_ascii=False))
        else:
            whom = " ".join(read.recipients)
            rows.append((path.name, read.kind.value, whom, read.reason))
    if not jsonl:
        table(("file", "kind", "recipients", "reason"), rows)


def _messages(paths: list[Path]) -> list[Path]:
    """Return the files that `paths` name, folders opened."""
    missing = [
        Problem(str(path), "does not exist", "correct the path")
        for path in paths
        if not path.exists()
    ]
    if missing:
        raise UsageError(*missing)
    found: list[Path] = []
    for path in paths:
        found += sorted(path.glob("*.eml")) if path.is_dir() else [path]
    return found
