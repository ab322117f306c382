"""A clock that jumps: three weeks pass as fast as the work in them is done."""

from __future__ import annotations

from datetime import datetime, timedelta


class VirtualClock:
    """A `mailer.clock.Clock` that only moves when it is told to, or waited on."""

    def __init__(self, start: datetime) -> None:
        self._start = self._now = start

    def now(self) -> datetime:
        """Return the virtual instant."""
        return self._now

    def monotonic(self) -> float:
        """Return the virtual seconds since the start."""
        return (self._now - self._start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` have passed."""
        self._now += timedelta(seconds=seconds)

    def jump(self, instant: datetime) -> None:
        """Go to `instant`; never back."""
        self._now = max(self._now, instant)
