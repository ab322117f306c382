"""
Django's mailer as its documentation has it: one connection for all, no ledger.

Runs in the bench's own environment (`requirements.txt`); ours has no Django.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings  # type: ignore[import-not-found]
from django.core.mail import (  # type: ignore[import-not-found]
    EmailMultiAlternatives,
    get_connection,
)
from letter import SENDER, SUBJECT, addresses, attachments
from mail_merge import render

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from task import Task


def prepare(task: Task, _folder: Path) -> Callable[[], None]:
    """Return the loop."""
    settings.configure(EMAIL_HOST="127.0.0.1", EMAIL_PORT=task.port)
    files = attachments() if task.has_attachments else {}

    def send() -> None:
        with get_connection() as connection:
            for address in addresses(task.count):
                text, html = render(address)
                message = EmailMultiAlternatives(
                    SUBJECT, text, SENDER, [address], connection=connection
                )
                message.attach_alternative(html, "text/html")
                for name, content in files.items():
                    message.attach(name, content, "application/octet-stream")
                message.send()

    return send
