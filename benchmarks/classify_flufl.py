"""flufl.bounce, as Mailman uses it: parse, then all failed addresses."""

from __future__ import annotations

import contextlib
import logging
from email import message_from_bytes
from typing import TYPE_CHECKING

import mail_corpus
from flufl.bounce import scan_message

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from task import Task


def prepare(task: Task, _folder: Path) -> Callable[[], None]:
    """Return the scanning of bytes in memory."""
    messages = mail_corpus.messages(task.count)
    logging.disable()  # it logs what it raises

    def read() -> None:
        for raw in messages:
            # Some of the mail makes it raise; its time counts all the same.
            with contextlib.suppress(AttributeError, TypeError, ValueError):
                scan_message(message_from_bytes(raw))

    return read
