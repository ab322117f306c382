"""What planning says of one step for one recipient."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.model.recipient import Recipient


class PlanVerdict(Enum):
    """Whether a step goes to a recipient."""

    DUE = "due"  #: goes now
    LATER = "later"  #: goes at `at`, if nothing changes until then
    DONE = "done"  #: the ledger has a row; planning has nothing to add
    NOT_FOR_THEM = "not_for_them"  #: they are not, or no more, in its audience
    SUPPRESSED = "suppressed"  #: we no longer write to this address
    OBJECTED = "objected"  #: a reminder, and they want none any more
    HELD = "held"  #: would go, but something has to be settled first
    MISSED = "missed"  #: its time passed; staff decide


@dataclass(frozen=True, slots=True)
class Decision:
    """One step for one recipient, decided; there is one for every pair."""

    recipient: Recipient
    step: str
    verdict: PlanVerdict
    at: datetime | None  #: DUE: since when; LATER: when it goes; MISSED: since when
    reason: str  #: for a person, in plain English
