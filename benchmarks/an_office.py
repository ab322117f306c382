"""An office of ours that has planned the letter to everybody, ready to send."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from letter import HTML, SUBJECT, TEXT, addresses, as_list, attachments
from task import Task

from mailer.files.office_folder import make_office
from mailer.operations import campaign_status
from mailer.operations.import_recipients import import_recipients
from mailer.operations.office import Office, open_office
from mailer.operations.open_campaign import open_campaign
from mailer.operations.plan_due import plan_due
from mailer.sandbox.clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Sequence

CAMPAIGN = """\
title = "Merjenje"
list = "everyone"
author = "bench"
purpose = "Merjenje hitrosti."

[[step]]
name = "letter"
to = "everyone"
at = 2019-04-08T09:00:00
"""
START = datetime(2019, 4, 8, 7, 0, tzinfo=UTC)  # 9:00 in the office's zone


def make(folder: Path, connections: int) -> None:
    """Make an office that sends without limit, with the letter as its campaign."""
    make_office(folder)
    settings = folder / "mailer.toml"
    _change(settings, 'rate = "60/min"', 'rate = ""')
    _change(settings, "\nconnections = 4", f"\nconnections = {connections}")
    campaign = folder / "templates" / "bench"
    campaign.mkdir()
    (campaign / "campaign.toml").write_text(CAMPAIGN, "utf-8")
    (campaign / "letter.subject.j2").write_text(SUBJECT, "utf-8")
    (campaign / "letter.txt.j2").write_text(TEXT, "utf-8")
    (campaign / "letter.html.j2").write_text(HTML, "utf-8")


def write_list(folder: Path, everyone: Sequence[str]) -> Path:
    """Write a list of these addresses, and return its file."""
    file = folder / "recipients" / "everyone.csv"
    file.write_text(as_list(everyone), "utf-8")
    return file


def take_list(office: Office, file: Path) -> int:
    """Import the list, and return how many recipients it has."""
    return import_recipients(
        office,
        file,
        "everyone",
        skip_invalid=False,
        may_shrink=lambda _before, _after: False,
    ).count


def _attach(folder: Path) -> None:
    campaign = folder / "templates" / "bench"
    (campaign / "attachments").mkdir()
    for name, content in attachments().items():
        (campaign / "attachments" / name).write_bytes(content)
    with (campaign / "campaign.toml").open("a", encoding="utf-8") as file:
        file.write(f"attachments = {json.dumps(list(attachments()))}\n")


def _sign(folder: Path, key_file: str) -> None:
    with (folder / "mailer.toml").open("a", encoding="utf-8") as file:
        file.write(
            f'[dkim]\ndomain = "posiljatelj.example"\nselector = "bench"\n'
            f'key_file = "{key_file}"\n'
        )


def _plan(task: Task, folder: Path) -> None:
    make(folder, task.connections)
    if task.has_attachments:
        _attach(folder)
    if task.key_file:
        _sign(folder, task.key_file)
    file = write_list(folder, addresses(task.count))
    with open_office(folder, VirtualClock(START)) as office:
        take_list(office, file)
        opened = open_campaign(office, "bench")
        campaign_status.approve(office, opened, "benchmark")
        campaign_status.start(office, opened, task.count, "bench")
        plan_due(office, opened)


def _change(file: Path, before: str, after: str) -> None:
    text = file.read_text("utf-8")
    if before not in text:
        raise AssertionError(f"{file.name} has no {before!r}")
    file.write_text(text.replace(before, after), "utf-8")


if __name__ == "__main__":
    _plan(Task(**json.loads(sys.argv[1])), Path(sys.argv[2]))
