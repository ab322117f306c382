"""Our classifier: kind, recipients, reason, and what a person wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mail_corpus

from mailer.inbox.classify import classify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from task import Task


def prepare(task: Task, _folder: Path) -> Callable[[], None]:
    """Return the classifying of bytes in memory."""
    messages = mail_corpus.messages(task.count)

    def read() -> None:
        for raw in messages:
            classify(raw)

    return read
