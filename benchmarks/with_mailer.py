"""
Our own path: lease, render, compile, three marks, send, record.

Each mark is on the disk before the dialogue goes on.  What comes before the
first message (the list, the approval, the plan) is done in another process, so
that neither its time nor its memory is counted.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import an_office

from mailer.model.delivery import Outcome
from mailer.model.smtp import Security
from mailer.operations.office import open_office
from mailer.operations.open_campaign import open_campaign
from mailer.operations.send_due import send_due
from mailer.sandbox.clock import VirtualClock
from mailer.smtp.settings import RelaySettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from task import Task


def prepare(task: Task, folder: Path) -> Callable[[], None]:
    """Return our send loop over an office that has planned all messages."""
    command = [sys.executable, an_office.__file__, task.as_json(), str(folder)]
    subprocess.run(command, check=True)  # noqa: S603 - ourselves
    open_until_sent = ExitStack()
    clock = VirtualClock(an_office.START)
    office = open_until_sent.enter_context(open_office(folder, clock))
    opened = open_campaign(office, "bench")
    assert opened.times  # noqa: S101 - loads the holidays, as peers load their modules
    relay = RelaySettings("127.0.0.1", task.port, Security.NONE)

    def send() -> None:
        with open_until_sent:
            done = asyncio.run(send_due(office, opened, relay, stop=asyncio.Event()))
        if done.outcomes[Outcome.ACCEPTED] != task.count:
            raise AssertionError(f"{done} instead of {task.count} accepted")

    return send
