"""A hand-written mail merge: one connection, one loop, no ledger."""

from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING

from letter import addresses
from mail_merge import compose

if TYPE_CHECKING:
    from collections.abc import Callable

    from letter import Task


def prepare(task: Task) -> Callable[[], None]:
    """Return the loop."""
    assert task.connections == 1  # noqa: S101 - smtplib has no other way

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", task.port) as relay:
            for address in addresses(task.messages):
                relay.send_message(compose(address))

    return send
