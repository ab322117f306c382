"""`mailer run`: the scheduler, for ever or once."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import SpinnerColumn, TextColumn

from mailer.cli import context
from mailer.cli.output import err, next_step, progress, say
from mailer.cli.relay import relay
from mailer.errors import ExitCode
from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState
from mailer.operations.lock import sender_lock
from mailer.operations.log_line import log
from mailer.operations.office_key import require_own_key
from mailer.scheduling.daemon import Daemon
from mailer.store import campaigns, deliveries

if TYPE_CHECKING:
    from mailer.operations.office import Office


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(run)


def run(
    ctx: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="One round, then stop: for cron.")
    ] = False,
) -> None:
    """Plan, send and collect until Ctrl-C; finish the message whose dot is out."""
    voice = _Voice(is_terse=once and not err.is_terminal)
    with context.of(ctx).open() as office, sender_lock(office):
        require_own_key(office)
        log(office, "start", how="once" if once else "run", process=os.getpid())
        try:
            code, sent = asyncio.run(_run(office, voice, once=once))
        finally:
            log(office, "end", process=os.getpid())
        states, name = _states(office)
        name = sent or name
    if voice.has_spoken or not voice.is_terse:
        if not name:
            say("No campaign was approved yet: nothing to send.")
        next_step(f"mailer report {name}" if name else "mailer campaign list")
    if code is not ExitCode.DONE:
        raise typer.Exit(code)
    if DeliveryState.IN_DOUBT in states:
        raise typer.Exit(ExitCode.IN_DOUBT)
    if once and DeliveryState.REFUSED in states:
        raise typer.Exit(ExitCode.SOME_FAILED)


@dataclass
class _Voice:
    """What the scheduler says: to cron, which mails each word, only what is new."""

    is_terse: bool
    has_spoken: bool = False

    def say(self, text: str) -> None:
        """Say what has happened, or what a person has to do."""
        self.has_spoken = True
        say(text)

    def mention(self, text: str) -> None:
        """Say what a person may like to know who looks on."""
        if not self.is_terse:
            self.say(text)


async def _run(office: Office, voice: _Voice, *, once: bool) -> tuple[ExitCode, str]:
    """
    Return what kept something from going out, and the campaign that went last.

    What keeps it is the relay, a pause, or a stale approval.
    """
    async with relay(office) as settings:
        daemon = Daemon(office, settings, voice.say, voice.mention)
        daemon.stop_on_signals()
        daemon.recover()
        if not once:
            say("Running; Ctrl-C stops after the message that is on the wire.")
            await daemon.forever()
            return ExitCode.DONE, daemon.last_sent
        counted = TextColumn("{task.completed} messages attempted")
        with progress(SpinnerColumn(), counted) as bar:
            task = bar.add_task("", total=None)
            daemon.on_outcome = lambda _outcome: bar.advance(task)
            summaries = await daemon.once()
        if any(one.paused or one.relay_trouble for one in summaries):
            return ExitCode.TEMPORARY, daemon.last_sent
        codes = (error.exit_code for error in daemon.left_out.values())
        return next(codes, ExitCode.DONE), daemon.last_sent


def _states(office: Office) -> tuple[set[DeliveryState], str]:
    """Return the states in which running campaigns have deliveries, and a name."""
    with office.database.read() as connection:
        names = [
            row.name
            for row in campaigns.all_known(connection)
            if row.status is not CampaignStatus.CANCELLED
        ]
        wanted = (DeliveryState.IN_DOUBT, DeliveryState.REFUSED)
        states = {
            delivery.state
            for name in names
            for delivery in deliveries.in_states(connection, name, wanted)
        }
    return states, names[0] if names else ""
