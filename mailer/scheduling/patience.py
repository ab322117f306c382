"""
Leave in peace what failed, for longer each time; by a clock that nobody sets.

How long is decided in `mailer.delivery.retry`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.delivery.retry import next_try

if TYPE_CHECKING:
    from mailer.clock import Clock
    from mailer.model.delivery import Fault


@dataclass
class Patience:
    """With one server."""

    clock: Clock
    _failures: int = 0  #: in a row
    _until: float = 0.0  #: by `Clock.monotonic`

    @property
    def waits(self) -> bool:
        """Return whether it is too early for the next try."""
        return self._failures > 0 and self.clock.monotonic() < self._until

    def failed(self, fault: Fault) -> None:
        """Learn that it failed once more, and whose fault that was."""
        self._failures += 1
        now = self.clock.now()
        pause = next_try(self._failures, fault, None, now, 0.0) - now
        self._until = self.clock.monotonic() + pause.total_seconds()

    def succeeded(self) -> None:
        """Learn that it went well."""
        self._failures = 0
