"""A message under review for a program, and in a few lines for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailer.cli.review_page import (
    details_in_words,
    enclosures_in_words,
    in_words,
    proposal_in_words,
)
from mailer.model.incoming import ReviewState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.operations.show_mail import Item


def about(item: Item, timezone: str) -> Iterator[str]:
    """Yield what is known of a message, a line each; the sender's words among it."""
    yield f"{item.kind.value} from {item.who}: {item.subject}"
    yield f"came {in_words(item.stored_at, timezone)}, {item.state.value}"
    yield f"because {item.evidence} ({item.opened.confidence.value})"
    words = proposal_in_words(item.proposal)
    if item.proposal.answer:
        yield f"proposed: {words}"
    elif words:
        is_sure = item.state is not ReviewState.OPEN
        yield f"{'belongs' if is_sure else 'seems to belong'} to {words}"
    if item.proposal.why not in ("", item.evidence):
        yield f"for {item.proposal.why}"
    for one in item.recorded:
        fields = details_in_words(one.details)
        fields = f" ({fields})" if fields else ""
        yield f"recorded: {one.kind}{fields}, {one.organisation}, by {one.recorded_by}"
    if item.opened.enclosures:
        yield f"enclosed: {enclosures_in_words(item.opened.enclosures)}"
    if item.last_note:
        note = item.last_note
        when = in_words(note.at, timezone)
        yield f"last: {note.action}, {note.by}, {when}: {note.detail}"


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
        "confidence": item.opened.confidence.value,
        "matched_by": item.matched_by.value,
        "enclosures": [
            {
                "name": one.name,
                "media_type": one.media_type,
                "size_bytes": len(one.content),
            }
            for one in item.opened.enclosures
        ],
        "proposal": {
            "campaign": proposal.campaign.name if proposal.campaign else None,
            "organisations": [one.code for one in proposal.organisations],
            "candidates": [one.code for one in proposal.candidates],
            "kind": proposal.kind,
            "details": dict(proposal.details),
            "why": proposal.why,
            "confidence": proposal.confidence.value,
            "new_address": proposal.new_address,
        },
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
        "last_note": {
            "at": note.at,
            "by": note.by,
            "action": note.action,
            "detail": note.detail,
        }
        if note
        else None,
    }
