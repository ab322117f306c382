"""`mailer doctor`: how the office is, and what to do about it."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from mailer.cli import context
from mailer.cli.harmless import harmless
from mailer.cli.output import as_called, as_json, counted, next_step, out, say
from mailer.cli.relay import relay
from mailer.clock import SystemClock
from mailer.errors import ExitCode, MailerError
from mailer.operations.adopt import adopt
from mailer.operations.examine import (
    Finding,
    Health,
    examine_folder,
    examine_office,
    examine_ticks,
    ill,
    well,
)
from mailer.operations.instance import look_at_instance
from mailer.operations.office import open_office
from mailer.operations.open_session import open_session
from mailer.planning.words import moment
from mailer.settings import SANDBOX, find_office, is_reserved, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mailer.operations.office import Office

_STYLES = {
    Health.OK: ("OK", "green"),
    Health.WARN: ("WARN", "yellow"),
    Health.FAIL: ("FAIL", "red"),
    Health.SKIPPED: ("skip", "dim"),
}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(doctor)


def doctor(
    ctx: typer.Context,
    online: Annotated[
        bool, typer.Option("--online", help="Ask DNS: MX, SPF, DKIM, DMARC.")
    ] = False,
    ticks: Annotated[
        bool,
        typer.Option("--ticks", help="Only whether `mailer run` is at work."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
    adopt_: Annotated[
        bool,
        typer.Option("--adopt", help="Let this copy or restored office send."),
    ] = False,
) -> None:
    """Look at everything that has to be right, and say how to mend what is not."""
    invocation = context.of(ctx)
    if adopt_:
        with invocation.open() as office:
            _adopt(office)
        return
    folder = find_office((invocation.office or Path.cwd()).resolve())
    if ticks:  # a health check asks often: no login, no database
        findings = [examine_ticks(folder, SystemClock().now())]
    else:
        findings = list(_examine(folder, online=online))
    failed = [one for one in findings if one.health is Health.FAIL]
    if json:
        as_json(
            findings=[
                {
                    "subject": one.subject,
                    "health": one.health.value,
                    "said": one.said,
                    "fix": one.fix,
                }
                for one in findings
            ]
        )
    else:
        _show(findings)
        warned = sum(one.health is Health.WARN for one in findings)
        say(f"{len(failed)} to mend, {counted(warned, 'warning')}.")
        next_step("mailer doctor" if failed else _next(folder, online=online))
    if failed:
        raise typer.Exit(ExitCode.FAILURE)


def _adopt(office: Office) -> None:
    done = adopt(office, context.whoami())
    if done.difference is None:
        say("This office may send already; nothing was changed.")
    else:
        say(f"This is the office from now on; it was {done.difference.value}.")
        say(f"In doubt, for `mailer resolve`: {done.in_doubt}.")
        say(f"Paused: {', '.join(done.paused) or 'no campaign'}.")
        if done.known_until is not None:
            zone = office.settings.office.zone
            last = moment(done.known_until.astimezone(zone))
            say(
                f"The last that its database knows of is from {last}. Enter "
                "again what was learnt since, before `mailer resume`: answers "
                "(`mailer responses import`, `mailer responses set`), "
                "objections (`mailer objections add`) and addresses not to write to "
                "(`mailer suppress add`). Mail that is still in the mailbox is taken "
                "again with `mailer inbox fetch`."
            )
    next_step("mailer campaign list")


def _examine(folder: Path, *, online: bool) -> Iterator[Finding]:
    try:
        settings = load(folder)
    except MailerError as error:
        yield from ill("settings", error)
        return
    with contextlib.ExitStack() as stack:
        try:
            office = stack.enter_context(open_office(folder, SystemClock()))
        except MailerError as error:
            yield from examine_folder(folder, settings)
            yield from ill("office", error)
            return
        yield from examine_folder(folder, settings)
        yield from examine_office(office)
        yield from _instance(office)
        yield from _relay(office)
        if online:
            # It takes a moment to load, and only this asks.
            from mailer.operations.examine_dns import Dns, examine_dns  # noqa: PLC0415

            yield from examine_dns(office, Dns())


def _instance(office: Office) -> Iterator[Finding]:
    try:
        problem = look_at_instance(office)
    except MailerError as error:
        yield from ill("instance", error)
        return
    if problem is None:
        yield well("instance", "this office may send")
    else:
        yield Finding("instance", Health.FAIL, problem.cause, problem.next_step)


def _relay(office: Office) -> Iterator[Finding]:
    """Log in, and leave; no message is begun."""
    settings = office.settings.relay

    async def look() -> None:
        async with relay(office) as opened:
            session = await open_session(opened)
            await session.quit()

    try:
        asyncio.run(look())
    except MailerError as error:
        yield from ill("relay", error)
        return
    if settings.host == SANDBOX:
        yield well("relay", "the built-in one; it delivers nothing")
    else:
        said = "logged in" if settings.username else "reached, without a login"
        yield well("relay", f"{settings.host}:{settings.port}, {said}")


def _show(findings: Sequence[Finding]) -> None:
    shown = Table(box=None, pad_edge=False, show_header=False)
    shown.add_column(no_wrap=True)
    shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    for one in findings:
        sign, style = _STYLES[one.health]
        shown.add_row(Text(sign, style), one.subject, Text(harmless(one.said)))
        if one.fix:
            shown.add_row("", "", Text(f"→ {harmless(as_called(one.fix))}"))
    out.print(shown)


def _next(folder: Path, *, online: bool) -> str:
    is_real = not is_reserved(load(folder).sender.address)
    return (
        "mailer doctor --online" if is_real and not online else "mailer campaign list"
    )
