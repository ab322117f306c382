"""
Our own path: lease, render, compile, three marks, send, record.

Each mark is on the disk before the dialogue goes on.  What comes before the
first message (the list, the approval, the plan) is done in `prepare`.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from letter import HTML, SUBJECT, TEXT, addresses

from mailer.files.office_folder import make_office
from mailer.model.delivery import Outcome
from mailer.model.smtp import Security
from mailer.operations import campaign_status
from mailer.operations.import_recipients import import_recipients
from mailer.operations.office import open_office
from mailer.operations.open_campaign import open_campaign
from mailer.operations.plan_due import plan_due
from mailer.operations.send_due import send_due
from mailer.sandbox.clock import VirtualClock
from mailer.smtp.settings import RelaySettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from letter import Task

CAMPAIGN = """\
title = "Merjenje"
list = "everyone"
purpose = "Merjenje hitrosti."

[[step]]
name = "letter"
to = "everyone"
at = 2019-04-08T09:00:00
"""
START = datetime(2019, 4, 8, 7, 0, tzinfo=UTC)  # 9:00 in the office's zone


def prepare(task: Task) -> Callable[[], None]:
    """Return our send loop over an office that has planned all messages."""
    _make_office(task)
    clock = VirtualClock(START)
    with open_office(task.folder, clock) as office:
        import_recipients(
            office,
            task.folder / "recipients" / "everyone.csv",
            "everyone",
            skip_invalid=False,
            may_shrink=lambda _before, _after: False,
        )
        opened = open_campaign(office, "bench")
        campaign_status.approve(office, opened, "benchmark")
        campaign_status.start(office, opened, task.messages, "bench")
        plan_due(office, opened)

    def send() -> None:
        relay = RelaySettings("127.0.0.1", task.port, Security.NONE)
        with open_office(task.folder, clock) as office:
            opened = open_campaign(office, "bench")
            done = asyncio.run(send_due(office, opened, relay, stop=asyncio.Event()))
        if done.outcomes[Outcome.ACCEPTED] != task.messages:
            raise AssertionError(f"{done} instead of {task.messages} accepted")

    return send


def _make_office(task: Task) -> None:
    folder = task.folder
    make_office(folder)
    _change(folder / "mailer.toml", 'rate = "60/min"', 'rate = ""')
    _change(
        folder / "mailer.toml",
        "\nconnections = 4",
        f"\nconnections = {task.connections}",
    )
    letter = folder / "templates" / "bench"
    letter.mkdir()
    (letter / "campaign.toml").write_text(CAMPAIGN, "utf-8")
    (letter / "letter.subject.j2").write_text(SUBJECT, "utf-8")
    (letter / "letter.txt.j2").write_text(TEXT, "utf-8")
    (letter / "letter.html.j2").write_text(HTML, "utf-8")
    rows = "\n".join(["e-mail", *addresses(task.messages)])
    (folder / "recipients" / "everyone.csv").write_text(rows + "\n", "utf-8")


def _change(file: Path, before: str, after: str) -> None:
    text = file.read_text("utf-8")
    if before not in text:
        raise AssertionError(f"{file.name} has no {before!r}")
    file.write_text(text.replace(before, after), "utf-8")
