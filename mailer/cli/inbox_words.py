"""A message under review for a program, and in a few lines for a person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mailer.cli.review_page import (
    NO_REMINDERS,
    answer_in_words,
    enclosures_in_words,
    in_words,
    proposal_in_words,
)
from mailer.model.incoming import ReviewState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.operations.show_mail import Item, Proposal


def about(item: Item, timezone: str) -> Iterator[str]:
    """Yield what is known of a message, a line each; the sender's words among it."""
    yield f"{item.kind.value} from {item.who}: {item.subject}"
    yield f"came {in_words(item.stored_at, timezone)}, {item.state.value}"
    yield f"because {item.evidence} ({item.confidence.value})"
    yield from _of_proposal(item.proposal, is_open=item.state is ReviewState.OPEN)
    if item.state is ReviewState.OPEN and item.proposal.why not in item.evidence:
        yield f"proposed because {item.proposal.why}"
    for one in item.recorded:
        said = answer_in_words(one.kind, one.details, item.proposal.campaign)
        yield f"recorded: {said}, {one.organisation}, by {one.recorded_by}"
    for refused in item.objections:
        whose = refused.organisation
        yield f"recorded: {NO_REMINDERS}, {whose}, by {refused.recorded_by}"
    if item.opened.enclosures:
        yield f"enclosed: {enclosures_in_words(item)}"
    if item.last_note:
        note = item.last_note
        when = in_words(note.at, timezone)
        yield f"last: {note.action}, {note.by}, {when}: {note.detail}"


def _of_proposal(proposal: Proposal, *, is_open: bool) -> Iterator[str]:
    """Yield whose the message is, and what it seems to say."""
    if is_open and proposal.answer:
        yield f"proposed: {proposal_in_words(proposal)}"
    else:
        bare = replace(proposal, kind=None, details={}, objects=False)
        whose = proposal_in_words(bare)
        begin = "seems to belong" if is_open else "belongs"
        if proposal.organisations:
            yield f"{begin} to {whose}"
        elif proposal.campaign:
            yield f"{begin} to the campaign {whose}"
        says = answer_in_words(proposal.kind or "", proposal.details, proposal.campaign)
        if is_open and says:
            yield f"seems to say {says}"
        if is_open and proposal.objects:
            yield f"seems to want {NO_REMINDERS}"
    if is_open and proposal.candidates:
        names = ", ".join(one.official_name for one in proposal.candidates)
        yield f"may be of {names}"
    if is_open and proposal.new_address:
        yield f"new address: {proposal.new_address}"


def item_as_json(item: Item) -> dict[str, Any]:
    """Return a message for a program, without its bytes."""
    proposal, note = item.proposal, item.last_note
    return {
        "id": item.id,
        "kind": item.kind.value,
        "review": item.state.value,
        "stored_at": item.stored_at,
        "sender": item.who,
        "sent": item.opened.sent,
        "subject": item.subject,
        "text": item.opened.text,
        "whole_text": item.opened.whole_text,
        "evidence": item.evidence,
        "confidence": item.confidence.value,
        "matched_by": item.matched_by.value,
        "enclosures": [
            {
                "name": one.name,
                "media_type": one.media_type,
                "size_bytes": len(one.content),
                "is_whole": one is not item.stump,
            }
            for one in item.opened.enclosures
        ],
        "enclosures_left_out": item.opened.left_out,
        "is_whole": item.is_whole,
        "proposal": {
            "campaign": proposal.campaign.name if proposal.campaign else None,
            "organisations": [one.code for one in proposal.organisations],
            "candidates": [one.code for one in proposal.candidates],
            "kind": proposal.kind,
            "details": dict(proposal.details),
            "why": proposal.why,
            "confidence": proposal.confidence.value,
            "new_address": proposal.new_address,
            "objects": proposal.objects,
        },
        **_recorded_as_json(item),
        "last_note": {
            "at": note.at,
            "by": note.by,
            "action": note.action,
            "detail": note.detail,
        }
        if note
        else None,
    }


def _recorded_as_json(item: Item) -> dict[str, Any]:
    """Return what counts from a message."""
    return {
        "recorded": [
            {
                "campaign": one.campaign,
                "organisation": one.organisation,
                "kind": one.kind,
                "details": dict(one.details),
                "by": one.recorded_by,
            }
            for one in item.recorded
        ],
        "objections": [
            {
                "campaign": one.campaign,
                "organisation": one.organisation,
                "at": one.at,
                "by": one.recorded_by,
                "evidence": one.evidence,
            }
            for one in item.objections
        ],
    }
