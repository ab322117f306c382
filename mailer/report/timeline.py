"""
Write down what happened with one municipality, in the order of time.

Which events there are is gathered by whoever asks the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mailer.report.layout import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One thing that happened."""

    at: datetime  #: aware
    what: str  #: "invitation accepted", "response: declined"
    detail: str = ""  #: the relay's reply, a note, the plan's reason
    by: str = ""  #: who, or which part of the program


def timeline(events: Iterable[TimelineEvent], timezone: str, width: int = 80) -> str:
    """
    Return one entry per event, the oldest first, under the days they belong to.

    Args:
        events: In any order; those of one instant keep theirs.
        timezone: The office's zone, in which times are shown.
        width: How many characters a line may have.
    """
    zone = ZoneInfo(timezone)
    lines: list[str] = []
    day = None
    for event in sorted(events, key=lambda event: event.at):
        local = event.at.astimezone(zone)
        if local.date() != day:
            day = local.date()
            lines += ["", f"{day:%Y-%m-%d}"] if lines else [f"{day:%Y-%m-%d}"]
        lines += _entry(event, f"{local:%H:%M}", width)
    if not lines:
        return "nothing has happened yet"
    return "\n".join([*lines, "", f"times in {timezone}"])


def _entry(event: TimelineEvent, clock: str, width: int) -> list[str]:
    hang = " " * (len(clock) + 4)
    who = f" ({event.by})" if event.by else ""
    first = wrapped(f"{clock}  {event.what}{who}", width, hang=len(clock) + 2)
    return first + wrapped(event.detail, width, indent=hang)
