"""A hand-written mail merge: one connection, one loop, no ledger."""

from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING

from letter import addresses, attachments
from mail_merge import compose

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from task import Task


def prepare(task: Task, _folder: Path) -> Callable[[], None]:
    """Return the loop."""
    files = attachments() if task.has_attachments else {}

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", task.port) as relay:
            for address in addresses(task.count):
                relay.send_message(compose(address, files))

    return send
