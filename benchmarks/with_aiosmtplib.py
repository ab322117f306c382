"""aiosmtplib's own `send_message` over several connections, no ledger."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiosmtplib
from letter import addresses, attachments
from mail_merge import compose

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from task import Task


def prepare(task: Task, _folder: Path) -> Callable[[], None]:
    """Return the loop that shares the addresses out among the connections."""
    files = attachments() if task.has_attachments else {}

    async def work(mine: Sequence[str]) -> None:
        async with aiosmtplib.SMTP(
            hostname="127.0.0.1", port=task.port, start_tls=False
        ) as relay:
            for address in mine:
                await relay.send_message(compose(address, files))

    async def send() -> None:
        everyone = addresses(task.count)
        async with asyncio.TaskGroup() as group:
            for first in range(task.connections):
                group.create_task(work(everyone[first :: task.connections]))

    return lambda: asyncio.run(send())
