"""
What deciding about an incoming message may know, and what it may decide.

Values only; the decisions are in `mailer.inbox.consequence`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from mailer.inbox.objecting import wants_no_reminders
from mailer.inbox.phrases import DEFAULT
from mailer.model.incoming import ReviewState, Suggestion

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime

    from mailer.inbox.calendar_reply import CalendarReply
    from mailer.inbox.phrases import Phrases
    from mailer.inbox.whose import Known, Match
    from mailer.model.campaign import Campaign
    from mailer.model.delivery import DeliveryState
    from mailer.model.form import CheckedForm
    from mailer.model.incoming import Classification
    from mailer.model.response import Response, ResponseSource, SuppressionReason


@dataclass(frozen=True, slots=True)
class Received:
    """An incoming message, and all that deciding about it may know."""

    read: Classification
    match: Match
    at: datetime  #: when it came; aware
    today: date  #: the same by the office's clocks
    campaign: Campaign | None = None  #: the matched one
    form: CheckedForm | None = None  #: the form in it
    calendar: CalendarReply | None = None  #: the calendar program's answer in it
    answers: Sequence[Response] = ()  #: the organisation's, oldest first
    #: when other deliveries to the address bounced softly, without a sign of life
    soft_bounces: Sequence[datetime] = ()
    own_addresses: Collection[str] = ()  #: the office's, lower case
    phrases: Phrases = DEFAULT


@dataclass(frozen=True, slots=True)
class Answer:
    """A response to record for the matched organisation."""

    kind: str  #: of the campaign's responses
    source: ResponseSource
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    note: str = ""


@dataclass(frozen=True, slots=True)
class Consequence:
    """What to write down because of an incoming message; the default is nothing."""

    evidence: str  #: why, in words, for the ledger and for staff
    review: ReviewState = ReviewState.NONE
    state: DeliveryState | None = None  #: where the matched delivery goes
    suppress: SuppressionReason | None = None  #: the matched delivery's address
    answers: tuple[Answer, ...] = ()  #: in the order in which they are recorded
    #: deliveries whose organisations want no more reminders in their campaigns
    objections: tuple[Known, ...] = ()
    suggestion: Suggestion | None = None  #: what a person may accept


def for_a_person(
    why: str, received: Received, suggestion: Suggestion | None = None
) -> Consequence:
    """Return that nothing changes until a person has looked."""
    return Consequence(
        why, ReviewState.OPEN, suggestion=suggestion or suggest(why, received)
    )


def suggest(
    why: str,
    received: Received,
    *,
    kind: str = "",
    details: Mapping[str, str] = MappingProxyType({}),
    new_address: str = "",
) -> Suggestion:
    """
    Return a suggestion about the organisation that the message may be from.

    Words that want no more reminders are suggested beside whatever else it says;
    who has written to our unsubscribe address needs no suggestion.
    """
    found, read = received.match, received.read
    objects = not found.unsubscribed and wants_no_reminders(
        f"{read.subject}\n{read.text}", received.phrases
    )
    if objects:
        why = f"it seems to want no more reminders; {why}"
    codes = (found.organisation,) if found.organisation else ()
    candidates = found.candidates
    if not codes and len(candidates) == 1:
        codes, candidates = candidates, ()
    return Suggestion(
        why=why,
        campaign=found.campaign,
        organisations=codes,
        candidates=candidates,
        kind=kind,
        details=dict(details),
        new_address=new_address,
        objects=objects,
        confidence=found.confidence,
    )
