"""
Decide when a deferred delivery is tried again, and when no more.

Whether it may be tried again at all is `mailer.delivery.verdict`'s decision.
The clock and the dice are arguments: `now` and `jitter`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from mailer.delivery.verdict import MAILBOX_FULL
from mailer.model.delivery import Fault
from mailer.model.smtp import Exchange, Stage

if TYPE_CHECKING:
    from datetime import datetime

#: minutes after the first, second … try, from and to; the last repeats (row 20).
#: Greylisting wants some minutes; RFC 5321, section 4.5.4.1, wants 30 in general.
FOR_A_RECIPIENT = ((5, 10), (15, 20), (30, 40), (60, 80), (120, 160), (240, 300))

#: a mailbox or a disk is full: it will not be empty in ten minutes (row 21)
FOR_SPACE = ((30, 40), *FOR_A_RECIPIENT[2:])

#: the relay is away (row 1)
FOR_THE_HOST = ((1, 1), (2, 2), (5, 5), (10, 10), (15, 15))

#: a second wrong password within a quarter of an hour may lock us out (row 11)
FOR_THE_OFFICE = ((15, 15),)

GIVE_UP_AFTER = timedelta(hours=48)


def next_try(
    attempts: int,
    fault: Fault,
    exchange: Exchange | None,
    now: datetime,
    jitter: float,
) -> datetime:
    """
    Return the instant before which this delivery is not tried again.

    Args:
        attempts: How many tries ended like this one, at least 1; where the host
            is at fault, how many in a row, whoever they were for.
        fault: Whose fault the last one was.
        exchange: How it ended; `None` if that is not known any more.
        now: Aware.
        jitter: From 0.0 to less than 1.0; spreads those who were put off together.
    """
    series = _series(fault, exchange)
    shortest, longest = series[min(max(attempts, 1), len(series)) - 1]
    return now + timedelta(minutes=shortest + (longest - shortest) * jitter)


def gives_up(
    first_begun_at: datetime, now: datetime, deadline: datetime | None
) -> bool:
    """
    Return whether a delivery that was always deferred is not tried any more.

    It has 48 hours from its first attempt, and longer if `deadline` (the end
    of the step's sense, e.g. the last day to answer) is later.
    """
    end = first_begun_at + GIVE_UP_AFTER
    return now >= (max(end, deadline) if deadline else end)


def _series(fault: Fault, exchange: Exchange | None) -> tuple[tuple[int, int], ...]:
    match fault:
        case Fault.HOST | Fault.NOBODY:
            return FOR_THE_HOST
        case Fault.OFFICE:
            return FOR_THE_OFFICE
        case Fault.RECIPIENT | Fault.MESSAGE:
            return FOR_SPACE if _lacks_space(exchange) else FOR_A_RECIPIENT


def _lacks_space(exchange: Exchange | None) -> bool:
    if exchange is None or exchange.reply is None or exchange.stage is not Stage.RCPT:
        return False
    reply = exchange.reply
    return reply.code in {452, 552} or reply.enhanced in {"4.2.2", MAILBOX_FULL}
