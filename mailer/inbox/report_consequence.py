"""
Decide what follows from a bounce, a delay notice, a success notice, a complaint.

Anyone can send something that looks like one.  So it changes something only
with a valid token, for a delivery that the relay has and that left not long ago,
and about the address we wrote to; everything else waits for a person.

An address is written off for reasons that mean it is dead, and for nothing
else: a refusal because of our IP, our text or a full mailbox is none.  What
bounces softly again and again is written off, too: three deliveries in at least a
week, without a sign of life, for reasons of the mailbox and not of our mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from mailer.inbox.received import Consequence, Received, for_a_person
from mailer.model.delivery import REACHED, TRANSITIONS, DeliveryState
from mailer.model.incoming import Confidence, IncomingKind, MatchedBy, Reported
from mailer.model.response import SuppressionReason

if TYPE_CHECKING:
    from mailer.inbox.whose import Known

#: what a report makes of the delivery it is about
_REPORTS = {
    IncomingKind.BOUNCE_HARD: DeliveryState.BOUNCED,
    IncomingKind.BOUNCE_SOFT: DeliveryState.BOUNCED,
    IncomingKind.DELAYED: DeliveryState.DELAYED,
    IncomingKind.DELIVERED: DeliveryState.DELIVERED,
}

#: reasons that mean the address is dead: no such user or domain, moved away, or a
#: domain that takes no mail (RFC 7505)
DEAD = frozenset({"userunknown", "hostunknown", "hasmoved", "notaccept"})
#: reasons that count towards the soft threshold: the mailbox or its server, not us
WEARING = frozenset({"mailboxfull", "suspend", "expired", "networkerror", "systemfull"})
#: soft bounces of different deliveries, and how far the first and last are apart
SOFT_BOUNCES = 3
SOFT_PERIOD = timedelta(days=7)
#: servers give up after five days (RFC 5321, section 4.5.4.1), slow ones after more
LATEST_REPORT = timedelta(days=30)


def of_report(received: Received) -> Consequence:
    """Return what follows from a bounce, a delay notice or a success notice."""
    known, doubt = _trusted(received)
    if known is None:
        return for_a_person(doubt, received)
    if received.read.confidence is Confidence.WEAK:
        words = f"it is not sure that it is a report: {received.read.evidence}"
        return for_a_person(f"{words}; {received.match.evidence}", received)
    ours = _about(known, received)
    if ours is None:
        words = "the report names another address than we wrote to"
        return for_a_person(f"{words}; {received.match.evidence}", received)
    state = _REPORTS[ours.kind]
    if state not in TRANSITIONS[known.state]:
        # The same report again, or an older one that was overtaken.
        words = f"the delivery is {known.state.value} already"
        if known.state is DeliveryState.BOUNCED and state is DeliveryState.DELIVERED:
            return for_a_person(f"{words}, and this says delivered", received)
        return Consequence(words)
    said = (ours.status, ours.reason, received.match.evidence)
    evidence = "; ".join(filter(None, said))
    suppress = _suppression(ours, received)
    if suppress is SuppressionReason.SOFT_BOUNCES:
        times = len(received.soft_bounces) + 1
        evidence = f"{times} deliveries have bounced softly; {evidence}"
    return Consequence(evidence, state=state, suppress=suppress)


def of_complaint(received: Received) -> Consequence:
    """Return what follows from a complaint: we no longer write to the address."""
    known, doubt = _trusted(received)
    if known is None:
        return for_a_person(doubt, received)
    return Consequence(received.match.evidence, suppress=SuppressionReason.COMPLAINT)


@dataclass(frozen=True, slots=True)
class _Ours:
    """What a report says of the address we wrote to."""

    kind: IncomingKind
    status: str
    reason: str
    is_alone: bool  #: nothing else in the report can be meant


def _trusted(received: Received) -> tuple[Known | None, str]:
    """Return the delivery if a valid token names it; else why it is doubted."""
    found = received.match
    known = found.known
    if found.by is not MatchedBy.TOKEN or not found.is_certain or known is None:
        return None, f"no valid token: {found.evidence}"
    if known.state not in REACHED:
        words = f"the delivery is {known.state.value}: it was never sent"
        return None, f"{words}; {found.evidence}"
    if known.left_at is not None and received.at - known.left_at > LATEST_REPORT:
        words = f"it left on {known.left_at:%-d %b %Y}: no server tries so long"
        return None, f"{words}; {found.evidence}"
    return known, ""


def _about(known: Known, received: Received) -> _Ours | None:
    """
    Return what a report says of the address we wrote to; `None` if nothing.

    A report that knows of a forwarding names the address before it
    (Original-Recipient, `mailer.inbox.rfc3464`); one that names only the
    address behind it says nothing of ours.
    """
    read = received.read
    fates = [one for one in read.reported if one.address == known.address_key]
    if fates:
        worst = min(fates, key=lambda one: _ORDER.index(one.kind))
        return _Ours(worst.kind, worst.status, worst.reason, _all_agree(fates))
    if read.reported or (read.recipients and known.address_key not in read.recipients):
        return None
    return _Ours(read.kind, read.status, read.reason, len(read.recipients) <= 1)


#: the order in which a report's fates are taken, if it names one address twice
_ORDER = (
    IncomingKind.BOUNCE_HARD,
    IncomingKind.BOUNCE_SOFT,
    IncomingKind.DELAYED,
    IncomingKind.DELIVERED,
)


def _all_agree(fates: list[Reported]) -> bool:
    return len({one.kind for one in fates}) == 1


def _suppression(ours: _Ours, received: Received) -> SuppressionReason | None:
    """Return why we write to the address no more, if that is so."""
    is_final = not ours.status.startswith("4")
    if ours.kind is IncomingKind.BOUNCE_HARD:
        # A report on several may be hard because of another one.
        is_dead = ours.reason in DEAD and is_final and ours.is_alone
        return SuppressionReason.HARD_BOUNCE if is_dead else None
    if ours.kind is IncomingKind.BOUNCE_SOFT and ours.reason in WEARING:
        times = [*received.soft_bounces, received.at]
        if len(times) >= SOFT_BOUNCES and max(times) - min(times) >= SOFT_PERIOD:
            return SuppressionReason.SOFT_BOUNCES
    return None
