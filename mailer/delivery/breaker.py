"""
Decide when several ends of the same kind mean that nothing should be tried.

One refusal speaks about one recipient; five in a row without anybody getting
through speak about us.  A streak is lengthened by its own kind, ended by an
exchange that got further, and left alone by everything else: that the relay
could not be reached in between proves nothing about its policy.

Streaks go on from one round of sending to the next.  A relay that is away is
tried once in a round, and `mailer.delivery.retry` spaces the rounds out: the
fifth failure comes after 18 minutes (row 1).

What one exchange means alone is decided in `mailer.delivery.verdict`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mailer.delivery.verdict import ACCEPTED, verdict
from mailer.model.delivery import Fault, Outcome
from mailer.model.smtp import CLOSING, SYNTAX, UNASKED, Exchange, Silence, Stage

_ORDER = {stage: place for place, stage in enumerate(Stage)}


class Streak(Enum):
    """A kind of end that pauses the campaign when it repeats."""

    UNREACHABLE = "the relay cannot be reached"  # rows 1, 3, 7, 12
    SENDER_DEFERRED = "the relay puts our sender off"  # row 14
    NOT_UNDERSTOOD = "the relay does not understand our commands"  # row 18
    OUT_OF_STEP = "the relay answers more than it was asked"  # row 26
    RECIPIENTS_REFUSED = "the relay refuses one recipient after another"  # row 24
    MESSAGE_REFUSED = "the relay refuses the message itself"  # rows 28, 35


#: how many in a row are too many
LIMITS = {
    Streak.UNREACHABLE: 5,
    Streak.SENDER_DEFERRED: 3,
    Streak.NOT_UNDERSTOOD: 2,
    Streak.OUT_OF_STEP: 2,
    Streak.RECIPIENTS_REFUSED: 5,
    Streak.MESSAGE_REFUSED: 3,
}

#: an exchange that ended later than this ends the streak; an acceptance ends all
_UNTIL = {
    Streak.UNREACHABLE: Stage.AUTH,
    Streak.SENDER_DEFERRED: Stage.MAIL,
    Streak.RECIPIENTS_REFUSED: Stage.RCPT,
}


@dataclass(frozen=True, slots=True)
class Breaker:
    """How long each streak is by now; one per campaign and relay."""

    lengths: tuple[int, ...] = (0,) * len(Streak)  #: in the order of `Streak`

    def after(self, exchange: Exchange) -> Breaker:
        """Return the breaker as it stands once `exchange` has happened."""
        if verdict(exchange) is ACCEPTED:
            return NO_STREAK
        extended = streak_of(exchange)
        return Breaker(
            tuple(
                length + 1
                if streak is extended
                else 0
                if _got_past(exchange, streak)
                else length
                for streak, length in zip(Streak, self.lengths, strict=True)
            )
        )

    @property
    def tripped(self) -> str:
        """Return why the campaign must be paused, "" while it may go on."""
        if self is NO_STREAK:
            return ""
        for streak, length in zip(Streak, self.lengths, strict=True):
            if length >= LIMITS[streak]:
                return f"{streak.value} ({length} times in a row)"
        return ""

    @property
    def wrongly_refused(self) -> int:
        """Return how many of the last refusals at RCPT go back to planned."""
        length = self.lengths[list(Streak).index(Streak.RECIPIENTS_REFUSED)]
        return length if length >= LIMITS[Streak.RECIPIENTS_REFUSED] else 0


NO_STREAK = Breaker()


def streak_of(exchange: Exchange) -> Streak | None:
    """Return the streak which `exchange` lengthens, `None` if there is none."""
    if exchange.silence in UNASKED:
        return None
    judged = verdict(exchange)
    code = exchange.reply.code if exchange.reply else None
    if exchange.silence is Silence.SURPLUS:
        return Streak.OUT_OF_STEP
    if _ORDER[exchange.stage] <= _ORDER[Stage.AUTH]:
        return Streak.UNREACHABLE if judged.fault is Fault.HOST else None
    if judged.fault is Fault.MESSAGE:
        return Streak.MESSAGE_REFUSED
    if judged.outcome is Outcome.REFUSED:
        return None if judged.suppress else Streak.RECIPIENTS_REFUSED
    if code in SYNTAX and judged.fault is Fault.HOST:
        return Streak.NOT_UNDERSTOOD
    put_off = exchange.reply is not None and exchange.reply.is_transient
    if exchange.stage is Stage.MAIL and put_off and code != CLOSING:
        return Streak.SENDER_DEFERRED
    return None


def _got_past(exchange: Exchange, streak: Streak) -> bool:
    """Return whether `exchange` shows that the cause of `streak` is gone."""
    until = _UNTIL.get(streak)
    return until is not None and _ORDER[exchange.stage] > _ORDER[until]
