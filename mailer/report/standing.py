"""
Say where a delivery stands, in the words of a report.

The ledger's states say what may happen next; a report's reader wants to know
what became of each recipient.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, assert_never

from mailer.model.delivery import DeliveryState as S

if TYPE_CHECKING:
    from mailer.model.delivery import Delivery


class Standing(Enum):
    """Where a delivery stands, as a report says it; every recipient has one."""

    NOT_PLANNED = "not planned"  #: no row in the ledger yet
    PLANNED = "planned"
    UNDER_WAY = "under way"  #: a sender is at it
    DEFERRED = "deferred"  #: the relay said "later"; planned again
    ACCEPTED = "accepted"  #: the relay took responsibility
    DELAYED = "delayed"  #: accepted; a DSN said it is still under way
    DELIVERED = "delivered"  #: accepted; a DSN said it arrived
    BOUNCED = "bounced"  #: accepted; a DSN said it failed
    REFUSED = "refused"
    IN_DOUBT = "in doubt"
    ABANDONED = "abandoned"  #: was in doubt; staff let it be
    SUPPRESSED = "suppressed"
    OBJECTED = "no more reminders"  #: they want none
    ANSWERED = "answered"  #: a response came before it left
    HELD = "held"
    MISSED = "missed"
    CANCELLED = "cancelled"


def standing(row: Delivery) -> Standing:
    """Return where a delivery stands, in the words of the report."""
    match row.state:
        case S.PLANNED:
            return Standing.DEFERRED if row.attempts else Standing.PLANNED
        case S.BEGUN | S.ON_THE_WIRE:
            return Standing.UNDER_WAY
        case (
            S.ACCEPTED
            | S.DELAYED
            | S.DELIVERED
            | S.BOUNCED
            | S.REFUSED
            | S.IN_DOUBT
            | S.ABANDONED
            | S.SUPPRESSED
            | S.OBJECTED
            | S.ANSWERED
            | S.HELD
            | S.MISSED
            | S.CANCELLED
        ):
            return Standing[row.state.name]
        case never:
            assert_never(never)
