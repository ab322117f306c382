"""`mailer inbox`: what came back, and what a person makes of it."""

from __future__ import annotations

import json as jsonlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import SpinnerColumn, TextColumn

from mailer.cli import context
from mailer.cli.completion import campaigns as complete_campaigns
from mailer.cli.harmless import harmless, harmless_bytes, harmless_line
from mailer.cli.inbox_words import about, item_as_json
from mailer.cli.output import (
    as_called,
    as_json,
    counted,
    data,
    next_step,
    out,
    pages,
    problems,
    progress,
    say,
    table,
)
from mailer.cli.review import review as go_through
from mailer.cli.review_page import STUMP
from mailer.cli.terminal import is_interactive
from mailer.errors import ExitCode, Problem, UsageError
from mailer.files.enclosures import save_enclosure
from mailer.inbox.classify import classify as classify_one
from mailer.inbox.classify import to_json
from mailer.model.incoming import IncomingKind, ReviewState
from mailer.operations.collect_mail import collect_mail
from mailer.operations.find_organisation import find_organisation
from mailer.operations.open_campaign import open_approved, open_campaign
from mailer.operations.open_mail import an_opener
from mailer.operations.open_mailbox import open_mailbox
from mailer.operations.review_mail import Answer, dismiss
from mailer.operations.review_mail import assign as assign_one
from mailer.operations.show_mail import (
    WAITING,
    campaigns_under_way,
    item,
    items,
    original,
    whose,
)
from mailer.operations.typed_details import typed_details
from mailer.store import campaigns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mailer.operations.collect_mail import CollectSummary
    from mailer.operations.show_mail import Item
    from mailer.store.tables import AnyRow

app = typer.Typer(help="What came back.", no_args_is_help=True)

_STOPPED = 130  #: the exit code of a program that was stopped with Ctrl-C

Id = Annotated[int, typer.Argument(metavar="ID", help="From `mailer inbox list`.")]
By = Annotated[str | None, typer.Option(help="Who read it; else the login.")]
Json = Annotated[bool, typer.Option("--json", help="For a program.")]


@app.command()
def fetch(ctx: typer.Context) -> None:
    """Collect now; `mailer run` does it every minute."""
    counted_so_far = TextColumn("{task.completed} messages taken")
    with context.of(ctx).open() as office:
        with office.database.read() as connection:
            names = [row.name for row in campaigns.all_known(connection)]
        known = {name: open_approved(office, name).campaign for name in names}
        with (
            open_mailbox(office) as source,
            progress(SpinnerColumn(), counted_so_far) as bar,
        ):
            task = bar.add_task("", total=None)
            found = _taken(
                partial(collect_mail, office, source, known),
                partial(bar.advance, task),
            )
        waiting = len(items(office))
    problems(found.problems)
    total = sum(found.kinds.values())
    kinds = ", ".join(f"{n} {kind.value}" for kind, n in found.kinds.items())
    new = counted(total, "new message")
    say(f"{new}: {kinds or 'none'}; {found.to_review} to review.")
    if found.problems and not waiting:
        next_step("mailer inbox fetch")
    else:
        next_step(_onward(waiting, also="mailer inbox list --all"))
    if found.exit_code is not ExitCode.DONE:
        raise typer.Exit(found.exit_code)


@app.command()
def review(ctx: typer.Context, json: Json = False, by: By = None) -> None:
    """Go through what waits for a person; without a terminal, list it."""
    invocation = context.of(ctx)
    with invocation.open() as office:
        rows = items(office)
        if rows and not json and not invocation.no_input and is_interactive():
            known, trouble = campaigns_under_way(office)
            done = go_through(office, known, by or context.whoami())
            problems(trouble)
            rows = items(office)
            say(f"{done} {_waiting(len(rows))}")
            next_step(_onward(len(rows)))
            return
        names = whose(office, rows)
    _list(rows, names, json=json)
    say(_waiting(len(rows)))
    next_step(f"mailer inbox show {rows[0].id}" if rows else "mailer campaign list")


@app.command("list")
def list_(
    ctx: typer.Context,
    every: Annotated[
        bool, typer.Option("--all", help="Also what was understood, or dealt with.")
    ] = False,
    kind: Annotated[
        list[IncomingKind] | None,
        typer.Option(help="Only these kinds; also what was understood."),
    ] = None,
    json: Json = False,
) -> None:
    """List messages, the oldest first: those that wait, those of a kind, or all."""
    with context.of(ctx).open() as office:
        states = tuple(ReviewState) if every or kind else WAITING
        rows = items(office, states, [one.value for one in kind or []])
        names = whose(office, rows)
    _list(rows, names, json=json)
    say(f"{counted(len(rows), 'message')}.")
    next_step(f"mailer inbox show {rows[0].id}" if rows else "mailer inbox fetch")


@app.command()
def show(
    ctx: typer.Context,
    message: Id,
    raw: Annotated[bool, typer.Option("--raw", help="The original bytes.")] = False,
    json: Json = False,
    save_enclosures: Annotated[
        Path | None, typer.Option(help="Save what is enclosed into this folder.")
    ] = None,
) -> None:
    """Show one message: what it says, what was understood, and why."""
    with context.of(ctx).open() as office:
        if raw:
            _show_raw(original(office, message))
            return
        known, trouble = campaigns_under_way(office)
        with an_opener(office) as opener:
            found = item(office, message, known, opener)
        timezone = office.settings.office.timezone
    if save_enclosures is not None:
        _save_all(found, save_enclosures)
        return
    if json:
        as_json(message=item_as_json(found))
        return
    problems(trouble)
    for line in about(found, timezone):
        pages(harmless_line(line))
    data("")
    text = found.opened.text or found.opened.whole_text
    data(harmless(text) or f"(no text; mailer inbox show {message} --raw: all of it)")
    next_step(f"mailer inbox assign {message} CAMPAIGN MUNICIPALITY --kind KIND")


@app.command()
def assign(
    ctx: typer.Context,
    message: Id,
    name: Annotated[
        str, typer.Argument(metavar="CAMPAIGN", autocompletion=complete_campaigns)
    ],
    organisations: Annotated[
        list[str],
        typer.Argument(
            metavar="MUNICIPALITY...",
            help="Codes, exact names or addresses: all for which it answers.",
        ),
    ],
    kind: Annotated[
        str | None, typer.Option(help="Which response it is; without, it is none.")
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option("--field", help="A field of the answer: kakovost=ne"),
    ] = None,
    no_reminders: Annotated[
        bool, typer.Option("--no-reminders", help="They want no more of them.")
    ] = False,
    by: By = None,
) -> None:
    """Say to whom a message belongs and which answer it is; also anew."""
    with context.of(ctx).open() as office:
        campaign = open_campaign(office, name).campaign
        theirs = dict.fromkeys(find_organisation(office, one) for one in organisations)
        details = typed_details(campaign, fields or [])
        if details and kind is None:
            raise UsageError.at("--field", "belongs to an answer", "add --kind KIND")
        answer = Answer(campaign, tuple(theirs), kind, details, no_reminders)
        done = assign_one(office, message, answer, by=by or context.whoami())
        waiting = len(items(office))
    say(f"message {message}: {done.words}")
    next_step(_onward(waiting, also=f"mailer report {campaign.name}"))


@app.command()
def done(ctx: typer.Context, message: Id, by: By = None) -> None:
    """Say that a message is no answer, or its question dealt with; never anew."""
    with context.of(ctx).open() as office:
        decision = dismiss(office, message, by=by or context.whoami())
        waiting = len(items(office))
    say(as_called(f"message {message}: {decision.words}"))
    next_step(_onward(waiting))


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


def _taken(
    collect: Callable[..., CollectSummary], advance: Callable[[int], None]
) -> CollectSummary:
    """
    Collect, and count what is stored; say so if a person stops it.

    Raises:
        typer.Exit: It was stopped with Ctrl-C.
    """
    count = 0

    def taken(more: int) -> None:
        nonlocal count
        count += more
        advance(more)

    try:
        return collect(on_taken=taken)
    except KeyboardInterrupt:
        say(f"Stopped: {counted(count, 'message')} taken so far; nothing is lost.")
        next_step("mailer inbox fetch")
        raise typer.Exit(_STOPPED) from None


def _save_all(found: Item, folder: Path) -> None:
    """Save the enclosures; say which could not be, and where they are."""
    left: list[Problem] = []
    whole = [one for one in found.opened.enclosures if one is not found.stump]
    for one in whole:
        data(str(save_enclosure(folder, one.name, one.content)))
    place = f"message {found.id}"
    if found.stump:
        name = harmless_line(found.stump.name) or "its last enclosure"
        cause = f"'{name}': {STUMP}"
        left.append(Problem(place, cause, "save it in a mail program"))
    if found.opened.left_out:
        cause = f"{counted(found.opened.left_out, 'enclosure')} more not taken out"
        original = f"mailer inbox show {found.id} --raw > {found.id}.eml"
        left.append(Problem(place, cause, original))
    problems(left)
    say(f"{counted(len(whole), 'enclosure')} saved.")
    next_step(f"mailer inbox show {found.id}")
    if left:
        raise typer.Exit(ExitCode.FAILURE)


def _onward(waiting: int, *, also: str = "mailer campaign list") -> str:
    """Return the next command: the review if something waits, else `also`."""
    return "mailer inbox review" if waiting else also


def _list(rows: Sequence[AnyRow], names: Mapping[int, str], *, json: bool) -> None:
    if json:
        as_json(messages=[row._asdict() | {"whose": names[row.id]} for row in rows])
        return
    for row in rows:
        sender = harmless_line(row.sender) or "nobody"
        state = "" if row.review == ReviewState.OPEN.value else f", {row.review}"
        theirs = f" ({names[row.id]})" if names[row.id] else ""
        pages(f"{row.id:>5}  {row.kind} from {sender}{state}{theirs}")
        pages(f"       {harmless_line(row.subject) or '(no subject)'}")
        pages(f"       {harmless_line(row.evidence)}")


def _waiting(count: int) -> str:
    verb = "waits" if count == 1 else "wait"
    return f"{counted(count, 'message')} {verb} for a person."


def _show_raw(raw: bytes) -> None:
    """Write the original bytes; to a terminal, what it would obey is spelled out."""
    if out.is_terminal:
        data(harmless_bytes(raw))
    else:
        typer.echo(raw, nl=False)


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
