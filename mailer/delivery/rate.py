"""
Decide how far apart messages are, by a rate as people write it.

They are spread evenly, one at a time, so that no window of the rate's length,
wherever it begins, has more than the rate allows.  A store of unused tokens
would let twice as many through after a pause, and relays count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

_UNITS = {
    "s": timedelta(seconds=1),
    "sec": timedelta(seconds=1),
    "second": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "minute": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}

_RATE = re.compile(r"\s*([0-9]{1,9})\s*/\s*([a-z]+)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` messages in any `per`; a count of 0 is no limit."""

    count: int = 0
    per: timedelta = timedelta(0)

    @classmethod
    def parse(cls, text: str) -> Rate:
        """
        Return the rate written as "60/min"; "" is no limit.

        Units are s, sec, second, min, minute, h, hour and day.

        Raises:
            ValueError: It is not such a rate; the message says what is.
        """
        if not text.strip():
            return cls()
        written = _RATE.fullmatch(text)
        unit = _UNITS.get(written[2].lower()) if written else None
        if written is None or unit is None or int(written[1]) == 0:
            raise ValueError(
                f"{text!r} is not a rate: write a number from 1, a slash and "
                f"second, minute, hour or day, for example 60/min"
            )
        return cls(int(written[1]), unit)

    @property
    def interval(self) -> timedelta:
        """Return the least time between two messages."""
        if self.count == 0:
            return timedelta(0)
        # Rounded up: 7/s at 142 857 µs would let an eighth into the second.
        microseconds = self.per // timedelta(microseconds=1)
        return timedelta(microseconds=-(-microseconds // self.count))
