"""A clock that runs fast beside real sockets, and that somebody may set wrong."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from time import monotonic


class FastClock:
    """
    Time passes `speed` times as fast as for the sockets; and it may be skipped.

    What it shows may be wrong: `wrong_by` is what a person, or the network's time,
    has set it ahead.  How much time has passed does not hang on that.
    """

    def __init__(self, start: datetime, speed: float = 60) -> None:
        self._start, self._speed = start, speed
        self._since, self._skipped = monotonic(), 0.0
        self.wrong_by = timedelta(0)

    def now(self) -> datetime:
        """Return the instant that it shows."""
        return self._start + timedelta(seconds=self.monotonic()) + self.wrong_by

    def monotonic(self) -> float:
        """Return how many seconds have passed."""
        return (monotonic() - self._since) * self._speed + self._skipped

    def jump(self, instant: datetime) -> None:
        """Let time pass until it shows `instant`; never back."""
        self._skipped += max((instant - self.now()).total_seconds(), 0)

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed by this clock."""
        await asyncio.sleep(seconds / self._speed)
