"""
Decide what follows from an incoming message: a value, carried out elsewhere.

Anyone can send a bounce, a complaint or a reply that looks like one.
So a bounce or a complaint changes something only with a valid token, for a
delivery the relay has, and about the address we wrote to; everything else
waits for a person and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.inbox.answer import typed_number
from mailer.model.delivery import REACHED, TRANSITIONS, DeliveryState
from mailer.model.incoming import IncomingKind, MatchedBy, ReviewState
from mailer.model.response import SuppressionReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.inbox.match import Known, Match
    from mailer.model.campaign import NumberedAnswer
    from mailer.model.incoming import Classification

#: what a report makes of the delivery it is about
_REPORTS = {
    IncomingKind.BOUNCE_HARD: DeliveryState.BOUNCED,
    IncomingKind.BOUNCE_SOFT: DeliveryState.BOUNCED,
    IncomingKind.DELAYED: DeliveryState.DELAYED,
    IncomingKind.DELIVERED: DeliveryState.DELIVERED,
}


@dataclass(frozen=True, slots=True)
class Consequence:
    """What to write down because of an incoming message; the default is nothing."""

    evidence: str  #: why, in words, for the ledger and for staff
    review: ReviewState = ReviewState.NONE
    state: DeliveryState | None = None  #: where the matched delivery goes
    suppress: SuppressionReason | None = None  #: the matched delivery's address
    number: int | None = None  #: the choice that was typed
    answer: NumberedAnswer | None = None  #: what it means: make it a response


def consequence(
    classification: Classification,
    match: Match,
    campaign_numbers: Mapping[int, NumberedAnswer],
) -> Consequence:
    """
    Return what follows from an incoming message.

    Args:
        classification: What the message is.
        match: To which delivery it belongs.
        campaign_numbers: What numbers mean in the matched campaign; empty if none.
    """
    match classification.kind:
        case (
            IncomingKind.BOUNCE_HARD
            | IncomingKind.BOUNCE_SOFT
            | IncomingKind.DELAYED
            | IncomingKind.DELIVERED
        ):
            return _of_report(classification, match)
        case IncomingKind.COMPLAINT:
            return _of_complaint(match)
        case IncomingKind.AUTO_REPLY:
            return Consequence("an automatic response is no answer")
        case IncomingKind.REPLY:
            return _of_reply(classification, match, campaign_numbers)
        case IncomingKind.OTHER:
            return _for_a_person(classification.evidence or "not understood")


def _of_report(classification: Classification, match: Match) -> Consequence:
    """Return what follows from a bounce, a delay notice or a success notice."""
    known, doubt = _trusted(match)
    if known is None:
        return _for_a_person(doubt)
    if not _is_about(known, classification.recipients):
        return _for_a_person("the report names another address than we wrote to")
    state = _REPORTS[classification.kind]
    if state not in TRANSITIONS[known.state]:
        # The same report again, or an older one that was overtaken.
        return Consequence(f"the delivery is {known.state.value} already")
    said = (classification.status, classification.reason, match.evidence)
    evidence = "; ".join(filter(None, said))
    # A report on several may be hard because of another one.
    suppress = None
    is_hard = classification.kind is IncomingKind.BOUNCE_HARD
    if is_hard and len(classification.recipients) <= 1:
        suppress = SuppressionReason.HARD_BOUNCE
    return Consequence(evidence, state=state, suppress=suppress)


def _of_complaint(match: Match) -> Consequence:
    """Return what follows from a complaint: we no longer write to the address."""
    known, doubt = _trusted(match)
    if known is None:
        return _for_a_person(doubt)
    return Consequence(match.evidence, suppress=SuppressionReason.COMPLAINT)


def _of_reply(
    classification: Classification,
    match: Match,
    campaign_numbers: Mapping[int, NumberedAnswer],
) -> Consequence:
    """Return what follows from a person's reply: a typed number, or a person reads."""
    if match.known is None or match.by not in (MatchedBy.TOKEN, MatchedBy.MESSAGE_ID):
        return _for_a_person(match.evidence)
    number = typed_number(classification.text, campaign_numbers)
    if number is None:
        return _for_a_person(match.evidence)
    return Consequence(
        f"it says {number}; {match.evidence}",
        number=number,
        answer=campaign_numbers[number],
    )


def _trusted(match: Match) -> tuple[Known | None, str]:
    """Return the delivery if a valid token names it; else why it is doubted."""
    if match.by is not MatchedBy.TOKEN or match.known is None:
        return None, f"no valid token: {match.evidence}"
    if match.known.state not in REACHED:
        return None, f"the delivery is {match.known.state.value}: it was never sent"
    return match.known, ""


def _is_about(known: Known, recipients: tuple[str, ...]) -> bool:
    """
    Tell whether a report is about the address we wrote to.

    A report that knows of a forwarding names the address before it
    (Original-Recipient, `mailer.inbox.rfc3464`); one that names only the
    address behind it says nothing of ours.
    """
    return not recipients or known.address_key in recipients


def _for_a_person(why: str) -> Consequence:
    """Return that nothing changes until a person has looked."""
    return Consequence(why, review=ReviewState.OPEN)
