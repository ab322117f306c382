"""
The state machine of a delivery: one step for one recipient.

The table of transitions stands here and nowhere else; an illegal one is our
own bug and raises.
What a reply means is decided in `mailer.delivery.verdict`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class DeliveryState(Enum):
    """Where a delivery stands in the ledger."""

    PLANNED = "planned"  #: due at its time, and again at `next_try_at`
    BEGUN = "begun"  #: leased by a sender; nothing has been transferred
    ON_THE_WIRE = "on_the_wire"  #: body out, the dot may follow at any moment
    ACCEPTED = "accepted"  #: the relay took responsibility (RFC 5321, 6.1)
    REFUSED = "refused"  #: permanent; another attempt would be the same
    IN_DOUBT = "in_doubt"  #: the dot was on the wire, no valid reply came
    BOUNCED = "bounced"  #: accepted, then a DSN said it failed
    DELIVERED = "delivered"  #: accepted, then a DSN said it arrived
    DELAYED = "delayed"  #: accepted, then a DSN said it is still under way
    HELD = "held"  #: staff stopped it for now
    CANCELLED = "cancelled"  #: the campaign ended before it went
    SUPPRESSED = "suppressed"  #: we no longer write to this address
    OBJECTED = "objected"  #: a reminder to those who want none any more
    ANSWERED = "answered"  #: a response came between plan and dot
    MISSED = "missed"  #: its time passed; staff decide
    ABANDONED = "abandoned"  #: was in doubt; staff let it be


S = DeliveryState

#: from → to; an accepted delivery never goes back to planned
TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    S.PLANNED: frozenset(  # in doubt: a restored ledger does not know better
        {
            S.BEGUN,
            S.HELD,
            S.CANCELLED,
            S.SUPPRESSED,
            S.OBJECTED,
            S.ANSWERED,
            S.MISSED,
            S.IN_DOUBT,
        }
    ),
    S.BEGUN: frozenset({S.PLANNED, S.ON_THE_WIRE, S.REFUSED}),
    S.ON_THE_WIRE: frozenset({S.ACCEPTED, S.REFUSED, S.PLANNED, S.IN_DOUBT}),
    S.IN_DOUBT: frozenset(
        {S.ACCEPTED, S.PLANNED, S.ABANDONED, S.BOUNCED, S.DELIVERED, S.DELAYED}
    ),
    S.ACCEPTED: frozenset({S.BOUNCED, S.DELIVERED, S.DELAYED}),
    S.DELAYED: frozenset({S.BOUNCED, S.DELIVERED}),
    S.DELIVERED: frozenset({S.BOUNCED}),
    S.BOUNCED: frozenset(),
    S.REFUSED: frozenset({S.PLANNED}),  # five in a row were our fault after all
    S.HELD: frozenset({S.PLANNED, S.CANCELLED, S.MISSED}),
    S.CANCELLED: frozenset(),
    S.SUPPRESSED: frozenset(),
    S.OBJECTED: frozenset(),
    S.ANSWERED: frozenset(),
    S.MISSED: frozenset({S.PLANNED}),
    S.ABANDONED: frozenset(),
}

#: the relay has, or may have, this message
REACHED = frozenset({S.ACCEPTED, S.BOUNCED, S.DELIVERED, S.DELAYED, S.IN_DOUBT})


class Outcome(Enum):
    """What became of one attempt."""

    ACCEPTED = "accepted"  #: the relay is now responsible
    DEFERRED = "deferred"  #: not taken; another attempt is safe
    REFUSED = "refused"  #: permanent
    IN_DOUBT = "in_doubt"  #: it may have been taken; a person decides


class Fault(Enum):
    """Whose fault an attempt's failure is; decides what else it touches."""

    NOBODY = "nobody"
    RECIPIENT = "recipient"  #: this address
    MESSAGE = "message"  #: what we wrote: size, content
    HOST = "host"  #: the relay or the way to it; counts against no recipient
    OFFICE = "office"  #: our settings, credentials, reputation: pause the campaign


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an attempt's end means."""

    outcome: Outcome
    fault: Fault = Fault.NOBODY
    suppress: bool = False  #: the address does not exist: write to it no more


@dataclass(frozen=True, slots=True)
class Delivery:
    """A ledger row: UNIQUE(campaign, step, recipient)."""

    id: int
    campaign: str
    step: str
    recipient_id: int
    reference: str  #: derived from the triple with the office's key (`mailer.tokens`)
    state: DeliveryState
    due_at: datetime
    attempts: int = 0  #: how many were begun
    next_try_at: datetime | None = None
    first_begun_at: datetime | None = None  #: the Date: of every attempt
    changed_at: datetime | None = None
    last_exchange: str = ""  #: the last reply, as a person reads it
    evidence: str = ""  #: why the state is what it is, if not from the relay


def check_transition(before: DeliveryState, after: DeliveryState) -> None:
    """
    Do nothing if a delivery may go from `before` to `after`.

    Raises:
        AssertionError: It may not: our own bug.
    """
    if after not in TRANSITIONS[before]:
        raise AssertionError(f"illegal transition: {before.value} → {after.value}")
