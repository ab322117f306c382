"""
The process that is killed: `mailer run --once`, on a day of the test's choosing.

    python runner.py OFFICE INSTANT

For each line on its standard input it forks a child which does what the line says.
The child's number and, once it is over, its exit status are written to standard
output.  What was imported once need not be imported a hundred times; nothing else
is shared.

    once                what the command does: takes the sender's lock, recovers,
                        collects, plans and sends
    once before 3       the same, and ends itself right before its third commit
    once after 3        … right after it, by the database's own events
    unlocked            plans and sends as if there were no lock
    takeover            the same, and recovers first as if it held the lock
    collect             only collects, in small groups, which makes many commits
    collect before 3    the same, and ends itself right before its third commit
    collect after 3     … right after it
    collect marking 3   … right before the third mark in the mailbox
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

import holidays.countries  # noqa: F401 - planning would, in each child anew
from sqlalchemy import event

from mailer.cli.relay import relay
from mailer.clock import SystemClock
from mailer.operations import collect_mail
from mailer.operations.lock import sender_lock
from mailer.operations.office import Office, open_office
from mailer.scheduling.daemon import Daemon

#: `commit` comes before it is carried out, `checkin` when its connection is free
EVENTS = {"before": "commit", "after": "checkin"}

#: messages in a transaction of the intake
GROUP = 7


class ShiftedClock(SystemClock):
    """The machine's clock, as if it had been started at another instant."""

    def __init__(self, start: datetime) -> None:
        self._shift = start - super().now()

    def now(self) -> datetime:
        """Return the shifted instant."""
        return super().now() + self._shift


def main() -> None:
    """Run the office once for each line."""
    folder, clock = Path(sys.argv[1]), ShiftedClock(datetime.fromisoformat(sys.argv[2]))
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(run_once(folder, clock, *line.split()))
        print(child, flush=True)  # noqa: T201 - what the test reads
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the same


def run_once(folder: Path, clock: ShiftedClock, how: str, *last_commit: str) -> int:
    """Do what the line says; return the exit status."""
    try:
        with (
            open_office(folder, clock) as office,
            sender_lock(office) if how == "once" else nullcontext(),
        ):
            if last_commit:
                end_at(office, *last_commit)
            if how == "collect":
                asyncio.run(collect(office))
            else:
                asyncio.run(send(office, recovers=how != "unlocked"))
    except BaseException:  # noqa: BLE001 - the child must not go on as its parent
        traceback.print_exc()
        return 1
    return 0


async def send(office: Office, *, recovers: bool) -> None:
    """Recover, then do one round."""
    async with relay(office) as settings:
        daemon = Daemon(office, settings, say)
        daemon.stop_on_signals()
        if recovers:
            daemon.recover()
        await daemon.once()


async def collect(office: Office) -> None:
    """Look into the mailbox, as each minute."""
    collect_mail.MAX_GROUP = GROUP
    await Daemon(office, None, say).collect()


def say(text: str) -> None:
    """Say what a person would see on the terminal."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - as the command does


def end_at(office: Office, when: str, number: str) -> None:
    """End this process by SIGKILL at a commit."""
    left = int(number)

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if when == "marking":
        sys.addaudithook(lambda *it: count() if is_mark(*it) else None)
    else:
        event.listen(office.database.engine, EVENTS[when], count)


def is_mark(happening: str, arguments: tuple[object, ...]) -> bool:
    """Return whether the interpreter is about to mark a message (PEP 578)."""
    if happening == "imaplib.send":
        return b" STORE " in bytes(arguments[1])
    return happening == "os.rename"


if __name__ == "__main__":
    main()
