"""Instants as people read them: by the office's clocks, not those of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo


def day(instant: datetime, zone: ZoneInfo) -> str:
    """Return "2026-02-01"."""
    return f"{instant.astimezone(zone):%Y-%m-%d}"


def minute(instant: datetime, zone: ZoneInfo) -> str:
    """Return "2026-02-01 09:05"."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"
