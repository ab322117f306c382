"""
Find the delivery to which an incoming message belongs.

The surest sign first: the token in our reverse path, which nobody else can
make; then our Message-ID; then the sender's address.
Two deliveries that fit equally well are no match: a person looks.
What follows from a match is decided in `mailer.inbox.consequence`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mailer import tokens
from mailer.model.incoming import MatchedBy
from mailer.tokens import Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.model.delivery import DeliveryState
    from mailer.model.incoming import Classification

#: our Message-IDs: `<reference@domain>` (`mailer.rendering`)
_OUR_MESSAGE_ID = re.compile(
    rf"<([a-z2-7]{{{tokens.REFERENCE_LENGTH}}})@[^<>@\s]+>", re.IGNORECASE
)


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


class Lookup(Protocol):
    """What the store can tell about deliveries."""

    def by_reference(self, reference: str) -> Known | None:
        """Return the delivery with this reference, or `None`."""

    def by_address(self, address_key: str) -> Sequence[Known]:
        """Return what was sent to this address: every delivery that may be meant."""


@dataclass(frozen=True, slots=True)
class Match:
    """To what an incoming message belongs, and how we know."""

    by: MatchedBy
    evidence: str  #: in words, also of why there is no match
    known: Known | None = None  #: the delivery, if it is exactly one
    organisation: str = ""  #: its code, "" if not known
    campaign: str = ""  #: "" if not known, or if there are several


def match(classification: Classification, key: bytes, lookup: Lookup) -> Match:
    """
    Return the delivery, or at least the organisation, that a message is about.

    Args:
        classification: What `classify` read out of the message.
        key: The office's key (`mailer.tokens`).
        lookup: The ledger.
    """
    signs = (
        (MatchedBy.TOKEN, _tokens(classification, key)),
        (MatchedBy.MESSAGE_ID, _references(classification)),
    )
    unknown = ""
    for by, references in signs:
        found = [known for one in references if (known := lookup.by_reference(one))]
        if by is MatchedBy.MESSAGE_ID:
            found = _latest_of_one(found)
        if len(found) == 1:
            return _to_delivery(by, found[0])
        if found:
            words = f"it names {len(found)} of our deliveries ({by.value})"
            return Match(MatchedBy.NOTHING, words)
        if references and by is MatchedBy.TOKEN:
            unknown = "; its token is ours, but not in the ledger"
    return _by_sender(classification, lookup, unknown)


def _tokens(classification: Classification, key: bytes) -> list[str]:
    """Return the references of all valid reverse-path tokens, each once."""
    read = (
        tokens.read(key, Purpose.REVERSE_PATH, one)
        for one in classification.addressed_to
    )
    return list(dict.fromkeys(filter(None, read)))


def _references(classification: Classification) -> list[str]:
    """Return the references in what may be our Message-IDs, each once."""
    ids = map(_OUR_MESSAGE_ID.fullmatch, classification.refers_to)
    return list(dict.fromkeys(found.group(1).lower() for found in ids if found))


def _latest_of_one(found: list[Known]) -> list[Known]:
    """
    Return one delivery if all of them are steps for the same recipient.

    A thread of letters to the same person refers to each of them; In-Reply-To
    comes first and names the one that is answered.
    """
    same = {(known.campaign, known.recipient_id) for known in found}
    return found[:1] if len(same) == 1 else found


def _to_delivery(by: MatchedBy, known: Known) -> Match:
    """Return the match with exactly one delivery."""
    words = {
        MatchedBy.TOKEN: "our reverse path's token",
        MatchedBy.MESSAGE_ID: "our Message-ID",
    }[by]
    evidence = f"{words}: {known.campaign}, {known.step}, delivery {known.delivery_id}"
    return Match(by, evidence, known, known.organisation, known.campaign)


def _by_sender(classification: Classification, lookup: Lookup, unknown: str) -> Match:
    """Return what the sender's address alone tells: at best one campaign."""
    sender = classification.sender
    found = lookup.by_address(sender) if sender else ()
    if not found:
        return Match(MatchedBy.NOTHING, f"nothing in it is ours{unknown}")
    organisations = {known.organisation for known in found}
    campaigns = {known.campaign for known in found}
    if len(organisations) > 1:
        words = f"its sender belongs to {len(organisations)} organisations{unknown}"
        return Match(MatchedBy.NOTHING, words)
    if len(campaigns) > 1:
        words = f"its sender is in {len(campaigns)} campaigns{unknown}"
        return Match(MatchedBy.NOTHING, words, organisation=organisations.pop())
    known = found[0] if len(found) == 1 else None
    words = f"its sender is a recipient of {found[0].campaign}{unknown}"
    return Match(
        MatchedBy.ADDRESS, words, known, found[0].organisation, found[0].campaign
    )
