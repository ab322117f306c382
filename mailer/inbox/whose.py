"""
What tells to whom an incoming message belongs, and what is known in the end.

Values, and what is asked of the ledger; the decision is in `mailer.inbox.match`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mailer.model.incoming import Confidence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mailer.model.delivery import DeliveryState
    from mailer.model.incoming import MatchedBy


@dataclass(frozen=True, slots=True)
class Known:
    """A delivery in the ledger, as far as an incoming message concerns it."""

    delivery_id: int
    campaign: str
    step: str
    organisation: str  #: its code
    recipient_id: int
    address_key: str
    state: DeliveryState
    left_at: datetime | None = None  #: when its first attempt began


@dataclass(frozen=True, slots=True)
class FormOwner:
    """To whom we sent a form."""

    campaign: str
    organisation: str  #: its code


class Lookup(Protocol):
    """What the store can tell about deliveries and forms."""

    def by_reference(self, reference: str) -> Known | None:
        """Return the delivery with this reference, or `None`."""

    def by_form(self, identifier: str) -> FormOwner | None:
        """Return to whom we sent the form with this identifier, or `None`."""

    def by_address(self, address_key: str) -> Sequence[Known]:
        """Return what was sent to this address: every delivery that may be meant."""

    def by_domain(self, domain: str) -> Sequence[Known]:
        """Return what was sent to a domain: one per organisation and campaign."""

    def subjects(self, campaign: str) -> Sequence[str]:
        """Return the subjects of a campaign's letters."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells to whom a message belongs, beside the message itself."""

    key: bytes  #: the office's (`mailer.tokens`)
    domain: str  #: of our Message-IDs, reverse paths and events
    form_id: str = ""  #: of the form that came back; "" if none, or unreadable
    #: the organisation that is written into this form; "" if none, or nobody's
    form_organisation: str = ""
    event: str = ""  #: the UID of the event that a calendar program answers
    attendee: str = ""  #: the address that this answer names

    @property
    def event_campaign(self) -> str:
        """Return the campaign whose event is answered; "" if it is not ours."""
        name, _, domain = self.event.rpartition("@")
        return name if domain.lower() == self.domain.lower() else ""


@dataclass(frozen=True, slots=True)
class Match:
    """To whom an incoming message belongs, and how we know."""

    by: MatchedBy
    evidence: str  #: in words, also of why there is no match
    known: Known | None = None  #: the delivery, if it is exactly one
    organisation: str = ""  #: its code, "" if not known
    campaign: str = ""  #: "" if not known, or if there are several
    confidence: Confidence = Confidence.WEAK
    candidates: tuple[str, ...] = ()  #: codes that a person may choose from
    #: the deliveries whose recipients want no more reminders, by our tokens
    unsubscribed: tuple[Known, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Tell whether an answer in the message is that organisation's."""
        return bool(self.organisation) and self.confidence is Confidence.CERTAIN

    @property
    def is_sure(self) -> bool:
        """Tell whether it is known whose message it is, if not beyond doubt."""
        known = bool(self.organisation and self.campaign)
        return known and self.confidence is not Confidence.WEAK
