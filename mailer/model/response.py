"""What recipients answer, and why we stop writing to some."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class ResponseSource(Enum):
    """How we learnt of a response."""

    REPLY = "reply"  #: a reply that a person on staff reads, or has read
    NUMBER = "number"  #: a number typed into the reply
    FORM = "form"  #: our form, filled and sent back
    CALENDAR = "calendar"  #: a calendar program's answer to our event
    IMPORT = "import"  #: a registration list from elsewhere
    STAFF = "staff"  #: by hand: a telephone call, a letter


@dataclass(frozen=True, slots=True)
class Response:
    """An organisation's answer to a campaign; the latest counts, all are kept."""

    campaign: str
    organisation: str  #: its code
    kind: str  #: one of the campaign's [responses]
    at: datetime
    source: ResponseSource
    recorded_by: str  #: who, or which part of the program
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    note: str = ""
    incoming_id: int | None = None  #: the message it came in


class ObjectionSource(Enum):
    """How we learnt of an objection."""

    TOKEN = "token"  # noqa: S105 - not a secret  #: a mail to our unsubscribe address
    REPLY = "reply"  #: words of theirs, which a person on staff has read
    STAFF = "staff"  #: by hand: a telephone call, a letter


@dataclass(frozen=True, slots=True)
class Objection:
    """
    An organisation wants no more reminders in a campaign (»odjava od opomnikov«).

    What answers it still goes: the confirmation of what it sends later.
    """

    campaign: str
    organisation: str  #: its code
    at: datetime
    source: ObjectionSource
    recorded_by: str  #: who, or which part of the program
    evidence: str = ""  #: how we know, in words
    incoming_id: int | None = None  #: the message it came in
    withdrawn_at: datetime | None = None  #: it was a mistake of ours: counts no more
    withdrawn_by: str = ""


class SuppressionReason(Enum):
    """Why we no longer write to an address."""

    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCES = "soft_bounces"  #: nothing could be delivered for weeks
    COMPLAINT = "complaint"
    OBJECTED = "objected"
    UNSUBSCRIBED = "unsubscribed"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address we no longer write to, in any campaign."""

    address_key: str
    reason: SuppressionReason
    since: datetime
    evidence: str = ""
