"""
Decide how fast one way may be used: to the relay, or through it to a domain.

A lane has a window: how many messages may be under way at once.  Asked to
slow down, it halves the window; each acceptance widens it a little (additive
increase, multiplicative decrease: RFC 5681, section 3.1, and the feedback of
Postfix's queue manager).  Below one message at a time, there is a gap between
one and the next instead.  It comes to that only if one complaint follows the
other: a relay that closes each session after so many messages says 421 as
well, and takes the next message at once.

A lane that was asked by a reply to a message which had begun before the
window was halved does not halve it again: what four connections are told at
once was said once.

Who asks to slow down is `mailer.delivery.throttle`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

#: the narrowest window: one message in 63 seconds
FLOOR = 1 / 64

#: one more at once after 16 acceptances for each that is under way now; below
#: one at once, each acceptance makes it a sixteenth faster
STEP = 1 / 16

#: who has not complained for so long is treated as if they never had
MEMORY = timedelta(hours=1)

_NO_GAP = timedelta(0)
_SECOND = timedelta(seconds=1)


class Lane:
    """
    How wide one way is at present, and when its next message may begin.

    Args:
        widest: The window when nobody complains, at least 1.
        interval: The gap when nobody complains, by the rate in the settings.
    """

    __slots__ = (
        "_heard_to",
        "_interval",
        "_is_refused",
        "_last_at",
        "_slow_until",
        "_turn_at",
        "_widest",
        "_window",
        "gap",
    )

    def __init__(self, widest: int, interval: timedelta) -> None:
        self._widest, self._interval = widest, interval
        self._window = float(widest)
        self.gap = interval  #: between two messages at present
        self._last_at: datetime | None = None  #: begun, or slowed down
        self._turn_at: datetime | None = None
        self._slow_until: datetime | None = None
        self._is_refused = False  #: nothing was accepted since the last complaint
        self._heard_to = 0  #: what was said to messages up to this number is known

    @property
    def is_calm(self) -> bool:
        """Return whether an acceptance would change nothing."""
        return self._window == self._widest and not self._is_refused

    @property
    def at_once(self) -> int:
        """Return how many may be under way at once."""
        return max(1, int(self._window))

    def wait(self, now: datetime) -> float:
        """Return the seconds until the next message may begin, 0.0 if it may now."""
        if not self.gap or self._last_at is None:
            return 0.0
        # Where the clock was set back: one gap, not an hour.
        self._last_at = min(self._last_at, now)
        left = self.gap - (now - self._last_at)
        return max(0.0, left.total_seconds())

    def begin(self, now: datetime) -> None:
        """Let a message begin; `wait` said it may."""
        if self._slow_until is not None and now >= self._slow_until:
            self._slow_until, self._is_refused = None, False
            self._set_window(self._widest)
        if self.gap:
            self._last_at = now

    def slow_down(self, number: int, last: int, now: datetime) -> None:
        """
        Halve the window because of message `number`.

        Args:
            number: The message's; they count up as they begin.
            last: The number of the message that began last, on any way.
            now: Aware.
        """
        if number <= self._heard_to:
            return
        self._heard_to, self._slow_until = last, now + MEMORY
        lowest = FLOOR if self._is_refused or self._window < 1 else 1
        self._set_window(max(lowest, self._window / 2))
        self._is_refused = True
        self._last_at = now

    def narrow_to(self, at_once: int) -> None:
        """Allow no more than `at_once` until acceptances show that more will do."""
        self._set_window(min(self._window, max(1, at_once)))

    def recover(self) -> None:
        """Widen the window by a step because a message was accepted."""
        self._is_refused = False
        step = STEP * min(self._window, 1 / self._window)
        self._set_window(min(self._widest, self._window + step))

    def turn(self, now: datetime) -> datetime:
        """Return when to ask again: one who must wait after the other."""
        turn = now + timedelta(seconds=self.wait(now))
        if self._turn_at is not None:
            turn = max(turn, self._turn_at)
        self._turn_at = turn + max(self.gap, _SECOND)
        return turn

    def is_forgettable(self, now: datetime) -> bool:
        """Return whether a new lane would be as good as this one."""
        ends = (self._turn_at, self._slow_until)
        return all(at is None or at <= now for at in ends) and not self.wait(now)

    def _set_window(self, window: float) -> None:
        self._window = window
        pause = timedelta(seconds=1 / window - 1) if window < 1 else _NO_GAP
        self.gap = max(self._interval, pause)
