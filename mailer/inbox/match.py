"""
Find to whom an incoming message belongs, and how sure that is.

The surest sign first: the token in our reverse path or our unsubscribe address,
which nobody else can make; the envelope id that a report repeats; our Message-ID;
the signed id of our form; the UID of our event; the sender's address; the
municipality's domain with the subject of our letter.
Two signs that name different municipalities are no match, and nor is a weak
one: a person looks, and is shown the candidates.
What follows from a match is decided in `mailer.inbox.consequence`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mailer import tokens
from mailer.inbox.domains import is_for_everybody
from mailer.inbox.subject import is_about
from mailer.inbox.whose import Match
from mailer.model.incoming import Confidence, IncomingKind, MatchedBy
from mailer.tokens import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mailer.inbox.whose import FormOwner, Known, Lookup, Signs
    from mailer.model.incoming import Classification

_REFERENCE = rf"[a-z2-7]{{{tokens.REFERENCE_LENGTH}}}"
#: our Message-IDs: `<reference@domain>` (`mailer.rendering`)
_OUR_MESSAGE_ID = re.compile(rf"<({_REFERENCE})@[^<>@\s]+>", re.IGNORECASE)
#: our ENVID is the reference itself
_OUR_ENVELOPE_ID = re.compile(_REFERENCE, re.IGNORECASE)

#: what looks like our unsubscribe address, whether its token is ours or not
_UNSUBSCRIBE = re.compile(r"\bu-[a-z2-7]{16,}@", re.IGNORECASE)

#: people's mail; everything else is a report about a delivery
_WRITTEN = (IncomingKind.REPLY, IncomingKind.AUTO_REPLY, IncomingKind.OTHER)

#: more candidates than these help nobody
MAX_CANDIDATES = 12


@dataclass(frozen=True, slots=True)
class _Sign:
    """One thing in a message that names a municipality."""

    by: MatchedBy
    words: str
    campaign: str
    organisation: str
    known: Known | None = None
    is_unsubscription: bool = False

    @property
    def place(self) -> tuple[str, str]:
        return self.campaign, self.organisation


def match(classification: Classification, signs: Signs, lookup: Lookup) -> Match:
    """
    Return the delivery, or at least the organisation, that a message is about.

    Args:
        classification: What `classify` read out of the message.
        signs: What else was read, and what makes a sign ours.
        lookup: The ledger.
    """
    found = list(_ours(classification, signs, lookup))
    if classification.kind in _WRITTEN:
        result = _of_person(classification, signs, found, lookup)
        leaving = (one.known for one in found if one.is_unsubscription)
        result = replace(result, unsubscribed=tuple(filter(None, leaving)))
    else:
        result = _of_report(classification, found, lookup)
    doubts = _doubts(classification, signs, found)
    if not doubts:
        return result
    evidence = f"{doubts}; {result.evidence}"
    if result.is_certain:
        return replace(result, evidence=evidence, confidence=Confidence.LIKELY)
    return replace(result, evidence=evidence)


def _ours(read: Classification, signs: Signs, lookup: Lookup) -> Iterator[_Sign]:
    """Yield the signs that only we can have made, the surest first."""
    reverse_path, unsubscribe = (
        _tokens(read, signs.key, purpose)
        for purpose in (Purpose.REVERSE_PATH, Purpose.UNSUBSCRIBE)
    )
    if read.kind not in _WRITTEN:
        unsubscribe = []  # a report does not unsubscribe anybody
    referring = (
        (MatchedBy.TOKEN, "our reverse path's token", reverse_path),
        (MatchedBy.TOKEN, "our unsubscribe address's token", unsubscribe),
        (MatchedBy.ENVELOPE_ID, "our envelope id", _envelope_ids(read)),
        (MatchedBy.MESSAGE_ID, "our Message-ID", _references(read.refers_to)),
    )
    for by, words, references in referring:
        for reference in references:
            known = lookup.by_reference(reference)
            if known is not None:
                said = f"{words}: {known.campaign}, {known.step}"
                evidence = f"{said}, delivery {known.delivery_id}"
                yield _Sign(
                    by,
                    evidence,
                    known.campaign,
                    known.organisation,
                    known,
                    is_unsubscription=references is unsubscribe,
                )
    owner = lookup.by_form(signs.form_id) if signs.form_id else None
    if owner is not None:
        words = f"the id of our form: {owner.campaign}, {owner.organisation}"
        yield _Sign(MatchedBy.FORM, words, owner.campaign, owner.organisation)


def _doubts(read: Classification, signs: Signs, found: Sequence[_Sign]) -> str:
    """Return what looks like a sign of ours and is none; "" if nothing does."""
    kinds = {one.by for one in found}
    doubts = []
    purposes = (Purpose.REVERSE_PATH, Purpose.UNSUBSCRIBE)
    is_token = any(_tokens(read, signs.key, one) for one in purposes)
    if is_token and MatchedBy.TOKEN not in kinds:
        doubts.append("its token is ours, but not in the ledger")
    elif not is_token and any(map(_UNSUBSCRIBE.search, read.addressed_to)):
        doubts.append("it is to an unsubscribe address that is not ours")
    if signs.form_id and MatchedBy.FORM not in kinds:
        doubts.append("the id of its form is not one of ours")
    event = signs.event_campaign
    if signs.event and not event:
        doubts.append("it answers an event that is not ours")
    if event and any(one.campaign != event for one in found):
        doubts.append(f"it answers the event of {event}")
    return "; ".join(doubts)


def _of_report(read: Classification, found: Sequence[_Sign], lookup: Lookup) -> Match:
    """Return the one delivery that a report is about."""
    if not found:
        named = [o.organisation for r in read.recipients for o in lookup.by_address(r)]
        return _nobodys("nothing in it is ours", named)
    deliveries = {one.known.delivery_id for one in found if one.known is not None}
    if len(deliveries) > 1:
        words = f"it names {len(deliveries)} of our deliveries"
        return _nobodys(words, (one.organisation for one in found))
    return _agreed(found)


def _of_person(
    read: Classification, signs: Signs, found: Sequence[_Sign], lookup: Lookup
) -> Match:
    """Return whose mail it is: the sender's address may speak against our signs."""
    sender = _Sender.of(read.sender, lookup)
    if found:
        return _with_sender(_agreed(found), sender, signs, found)
    if signs.event_campaign:
        return _by_event(signs, sender, lookup)
    enclosed = [
        known
        for reference in _references(read.encloses)
        if (known := lookup.by_reference(reference)) is not None
    ]
    if enclosed:
        return _by_enclosed(enclosed, sender)
    return _by_sender(read, sender, lookup)


def _agreed(found: Sequence[_Sign]) -> Match:
    """Return what all of our own signs say; a person looks if they differ."""
    first = found[0]
    if len({one.place for one in found}) > 1:
        said = "; ".join(dict.fromkeys(one.words for one in found))
        campaign = _only(one.campaign for one in found)
        codes = (one.organisation for one in found)
        return _nobodys(f"its signs differ: {said}", codes, campaign=campaign)
    return Match(
        first.by,
        first.words,
        first.known,
        first.organisation,
        first.campaign,
        Confidence.CERTAIN,
    )


@dataclass(frozen=True, slots=True)
class _Sender:
    """What the sender's address tells."""

    found: tuple[Known, ...]
    words: str
    is_exact: bool = False  #: it is a recipient's address, not only at its domain

    @classmethod
    def of(cls, address: str, lookup: Lookup) -> _Sender:
        """Return what we sent to the address, or else to its domain."""
        exact = tuple(lookup.by_address(address)) if address else ()
        if exact:
            return cls(exact, "its sender is a recipient", is_exact=True)
        domain = address.rpartition("@")[2]
        if not domain or is_for_everybody(domain):
            return cls((), "its sender is on no list")
        near = tuple(lookup.by_domain(domain))
        words = "the domain of its sender is a recipient's"
        return cls(near, words if near else "its sender is on no list")

    @property
    def organisations(self) -> list[str]:
        """Return the codes of all that it may belong to."""
        return list(dict.fromkeys(one.organisation for one in self.found))

    def in_campaign(self, name: str) -> list[Known]:
        return [one for one in self.found if one.campaign == name]


def form_of_several(
    owner: FormOwner, read: Classification, signs: Signs, lookup: Lookup
) -> Match:
    """Return whose one of several forms in a mail is: its id says it, as above."""
    words = f"the id of our form: {owner.campaign}, {owner.organisation}"
    sign = _Sign(MatchedBy.FORM, words, owner.campaign, owner.organisation)
    sender = _Sender.of(read.sender, lookup)
    return _with_sender(_agreed([sign]), sender, signs, [sign])


def _with_sender(
    agreed: Match, sender: _Sender, signs: Signs, found: Sequence[_Sign]
) -> Match:
    """Return the match if the sender's address does not speak against it."""
    theirs = sender.organisations
    if not agreed.organisation or not theirs:
        return agreed
    if agreed.organisation in theirs:
        others = [one for one in theirs if one != agreed.organisation]
        return replace(agreed, candidates=tuple(others[:MAX_CANDIDATES]))
    said = f"{agreed.evidence}; {sender.words}: {', '.join(theirs[:MAX_CANDIDATES])}"
    if any(one.by is MatchedBy.FORM for one in found):
        if signs.form_organisation not in theirs:
            # Whoever sends it back: the form itself says whose it is.
            return replace(agreed, evidence=said)
        # They have filled in a form that was sent to somebody else.
        said = f"{said}; and so is written in the form"
    codes = (agreed.organisation, *theirs)
    return _nobodys(f"its signs differ: {said}", codes, campaign=agreed.campaign)


def _by_event(signs: Signs, sender: _Sender, lookup: Lookup) -> Match:
    """Return who answers our event: the sender, whom the answer names too."""
    campaign = signs.event_campaign
    if signs.attendee:
        named = _Sender.of(signs.attendee, lookup)
        if not set(named.organisations) & set(sender.organisations):
            words = f"it answers the event of {campaign} for {signs.attendee}"
            return _nobodys(
                f"{words}; {sender.words}",
                (*named.organisations, *sender.organisations),
                campaign=campaign,
            )
    there = sender.in_campaign(campaign)
    words = f"it answers the event of {campaign}; {sender.words}"
    if len({one.organisation for one in there}) != 1:
        return _nobodys(words, sender.organisations, campaign=campaign)
    confidence = Confidence.CERTAIN if sender.is_exact else Confidence.LIKELY
    code = there[0].organisation
    known = there[0] if sender.is_exact else None
    return Match(MatchedBy.CALENDAR, words, known, code, campaign, confidence)


def _by_sender(read: Classification, sender: _Sender, lookup: Lookup) -> Match:
    """Return what the sender's address and the subject tell."""
    codes = sender.organisations
    if not codes:
        return _nobodys(f"nothing in it is ours; {sender.words}")
    if len(codes) > 1:
        words = f"{sender.words}, of {len(codes)} organisations"
        return _nobodys(words, codes, campaign=_only(o.campaign for o in sender.found))
    about = [
        o for o in sender.found if is_about(read.subject, lookup.subjects(o.campaign))
    ]
    meant = about if len(about) == 1 else list(sender.found)
    if len(meant) > 1:
        words = f"{sender.words}, in {len(meant)} campaigns"
        return replace(_nobodys(words, codes), organisation=codes[0])
    [known] = meant
    if sender.is_exact:
        by, words = MatchedBy.ADDRESS, f"its sender is a recipient of {known.campaign}"
    elif about:
        by, words = MatchedBy.DOMAIN, f"{sender.words}, and the subject is ours"
    else:
        words = f"{sender.words}; the subject is not ours"
        return _nobodys(words, codes, campaign=known.campaign)
    return Match(
        by,
        words,
        known if sender.is_exact else None,
        known.organisation,
        known.campaign,
        Confidence.LIKELY,
    )


def _by_enclosed(enclosed: Sequence[Known], sender: _Sender) -> Match:
    """Return who sends our letter along; anybody may have got it from somebody."""
    first = enclosed[0]
    words = f"it encloses our letter: {first.campaign}, {first.step}; {sender.words}"
    codes = [one.organisation for one in enclosed]
    if {*codes, *sender.organisations} != {first.organisation} or not sender.found:
        campaign = _only(one.campaign for one in enclosed)
        return _nobodys(words, (*codes, *sender.organisations), campaign=campaign)
    return Match(
        MatchedBy.MESSAGE_ID,
        words,
        first,
        first.organisation,
        first.campaign,
        Confidence.LIKELY,
    )


def _nobodys(words: str, codes: Iterable[str] = (), *, campaign: str = "") -> Match:
    """Return that a person has to say whose it is, and who it may be."""
    candidates = tuple(dict.fromkeys(codes))[:MAX_CANDIDATES]
    return Match(MatchedBy.NOTHING, words, campaign=campaign, candidates=candidates)


def _only(values: Iterable[str]) -> str:
    """Return the value that all are; "" if they differ."""
    every = set(values)
    return every.pop() if len(every) == 1 else ""


def _tokens(read: Classification, key: bytes, purpose: Purpose) -> list[str]:
    """Return the references of all valid tokens for a purpose, each once."""
    found = (tokens.read(key, purpose, one) for one in read.addressed_to)
    return _each(found)


def _envelope_ids(read: Classification) -> list[str]:
    """Return what may be our ENVID (RFC 3461, section 4.4), each once."""
    ids = map(_OUR_ENVELOPE_ID.fullmatch, read.addressed_to)
    return _each(found.group().lower() for found in ids if found)


def _references(message_ids: Iterable[str]) -> list[str]:
    """Return the references in what may be our Message-IDs, each once."""
    ids = map(_OUR_MESSAGE_ID.fullmatch, message_ids)
    return _each(found.group(1).lower() for found in ids if found)


def _each(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(filter(None, values)))
