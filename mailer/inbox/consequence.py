"""
Decide what follows from an incoming message: a value, carried out elsewhere.

Reports are in `report_consequence`, people's mail in `answer_consequence`; an
automatic response is neither an answer nor a bounce and changes nothing, but what
it says is kept, and shown where somebody has to act.
Any answer to a letter that is in doubt proves that it arrived.
"""

from __future__ import annotations

from dataclasses import replace

from mailer.inbox.absence import AutomaticKind, read_automatic
from mailer.inbox.answer_consequence import (
    announced_address,
    of_person,
    suggested_answer,
)
from mailer.inbox.objecting import says_nothing_else
from mailer.inbox.received import Consequence, Received, for_a_person, suggest
from mailer.inbox.report_consequence import of_complaint, of_report
from mailer.model.delivery import DeliveryState
from mailer.model.incoming import READ_RECEIPT, IncomingKind, MatchedBy, ReviewState

#: signs that name the letter which somebody answers
_ANSWERED = (MatchedBy.TOKEN, MatchedBy.MESSAGE_ID)


def consequence(received: Received) -> Consequence:
    """Return what follows from an incoming message; total, and pure."""
    follows = _of_kind(received)
    if received.match.unsubscribed:
        follows = _unsubscribed(follows, received)
    if follows.state is None and _proves_arrival(received):
        return replace(follows, state=DeliveryState.ACCEPTED)
    return follows


def _unsubscribed(follows: Consequence, received: Received) -> Consequence:
    """
    Return the same, and that no more reminders go to whoever has our token.

    Mail programs write such a mail, and people who write nothing else: then nobody
    has to read it.
    """
    found, read = received.match, received.read
    brings = received.form or received.calendar or read.enclosures
    is_all = not brings and says_nothing_else(read.text, received.phrases)
    if found.is_certain and is_all:
        evidence = f"no more reminders; {found.evidence}"
        return Consequence(evidence, objections=found.unsubscribed)
    return replace(
        follows,
        evidence=f"no more reminders; {follows.evidence}",
        objections=found.unsubscribed,
    )


def _proves_arrival(received: Received) -> bool:
    """Tell whether somebody answers a letter of which we do not know if it left."""
    found = received.match
    is_reply = received.read.kind in (IncomingKind.REPLY, IncomingKind.AUTO_REPLY)
    if not is_reply and not found.unsubscribed:
        return False
    is_in_doubt = found.known and found.known.state is DeliveryState.IN_DOUBT
    # Only who has got the letter knows its Message-ID, and the way back.
    return bool(is_in_doubt and found.is_certain and found.by in _ANSWERED)


def _of_kind(received: Received) -> Consequence:
    match received.read.kind:
        case (
            IncomingKind.BOUNCE_HARD
            | IncomingKind.BOUNCE_SOFT
            | IncomingKind.DELAYED
            | IncomingKind.DELIVERED
        ):
            return of_report(received)
        case IncomingKind.COMPLAINT:
            return of_complaint(received)
        case IncomingKind.AUTO_REPLY:
            return _of_automatic(received)
        case IncomingKind.REPLY:
            return of_person(received)
        case IncomingKind.OTHER:
            has_answer = received.form is not None or received.calendar is not None
            if has_answer or received.match.unsubscribed:
                return of_person(received)
            return _of_other(received)


def _of_automatic(received: Received) -> Consequence:
    """Return what an automatic response says; a person sees what needs one."""
    read, campaign = received.read, received.campaign
    if received.form is not None or received.calendar is not None:
        answer, why = suggested_answer(received)
        words = f"a program sent it; {why}".rstrip("; ")
        kind = answer.kind if answer else ""
        details = answer.details if answer else {}
        suggestion = suggest(words, received, kind=kind, details=details)
        return for_a_person(words, received, suggestion)
    said = read_automatic(
        read.subject,
        read.text,
        on=received.today,
        known={read.sender, *received.own_addresses},
        phrases=received.phrases,
    )
    words = f"{said.words}; {received.match.evidence}"
    if said.kind is AutomaticKind.NEW_ADDRESS:
        suggestion = suggest(words, received, new_address=said.new_address)
        return for_a_person(words, received, suggestion)
    deadline = campaign.answer_by if campaign else None
    if said.back_on and deadline and said.back_on > deadline:
        return for_a_person(f"away beyond {deadline:%-d %b %Y}: {words}", received)
    return Consequence(words)


def _of_other(received: Received) -> Consequence:
    """Return that a person looks; our own mail and read receipts need nobody."""
    if received.read.sender in received.own_addresses:
        return Consequence("we wrote it ourselves")
    if received.read.reason == READ_RECEIPT:
        return Consequence(f"{received.read.evidence}; {received.match.evidence}")
    said = received.read.evidence or "not understood"
    answer, why = suggested_answer(received)
    moved = announced_address(received)
    moves = "" if moved is None else "it announces a new address"
    words = "; ".join(filter(None, (moves, why, said, received.match.evidence)))
    suggestion = suggest(
        words,
        received,
        kind=answer.kind if answer else "",
        details=answer.details if answer else {},
        new_address=moved or "",
    )
    return Consequence(words, ReviewState.OPEN, suggestion=suggestion)
