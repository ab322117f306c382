"""
The only module that reads the clock.

Everything else takes `now`, or a `Clock` where it has to wait; so three weeks
pass in seconds in the sandbox, and every decision can be repeated.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A source of now, and a way to wait for later."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds since some instant; whoever sets the clock changes nothing."""

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed by this clock."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the place

    def monotonic(self) -> float:
        """Return the seconds that this machine has been running."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed."""
        await asyncio.sleep(seconds)
