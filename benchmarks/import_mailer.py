"""Our import: read, check every row, replace the list in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import an_office
import import_list

from mailer.operations.office import open_office
from mailer.sandbox.clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from task import Task


def prepare(task: Task, folder: Path) -> Callable[[], None]:
    """Return the import into an empty office."""
    an_office.make(folder, task.connections)
    file = import_list.write(folder / "recipients" / "everyone.csv", task.count)

    def take() -> None:
        with open_office(folder, VirtualClock(an_office.START)) as office:
            taken = an_office.take_list(office, file)
        if taken != task.count:
            raise AssertionError(f"{taken} instead of {task.count} taken")

    return take
