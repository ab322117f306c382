"""
When the scheduler last ticked, and what troubled it: a small file in the office.

A file and not a row: it is to be had where the database is what troubles.
Nothing is decided by it but what `mailer doctor` says.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mailer.operations.office import Office

FILE_NAME = "mailer.tick"


@dataclass(frozen=True, slots=True)
class Tick:
    """The last sign of life of one kind of work."""

    at: datetime
    trouble: str  #: "" if it went well


def beat(office: Office, work: str, trouble: str = "") -> None:
    """Note that `work` was done now, or what kept it from being done."""
    ticks = dict(last_ticks(office.folder))
    ticks[work] = Tick(office.clock.now(), trouble)
    document = {
        name: {"at": tick.at.isoformat(), "trouble": tick.trouble}
        for name, tick in ticks.items()
    }
    written = office.folder / f"{FILE_NAME}.new"
    with contextlib.suppress(OSError):  # a full disk has been told of elsewhere
        written.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
        written.replace(office.folder / FILE_NAME)


def last_ticks(folder: Path) -> Mapping[str, Tick]:
    """Return work → its last tick; nothing where there is no file, or a torn one."""
    try:
        document = json.loads((folder / FILE_NAME).read_text("utf-8"))
        return {
            name: Tick(datetime.fromisoformat(one["at"]), one["trouble"])
            for name, one in document.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
