"""
What people decide about incoming messages.

A decision is a compare-and-swap on the state of the review: of two people who
decide at once, the second learns that the first has.
What a decision does is carried out in `operations.review_mail`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, case, select, update

from mailer.model.incoming import MatchedBy, ReviewState
from mailer.store.tables import AnyRow, incoming, journal

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_WITHOUT_BYTES = [column for column in incoming.c if column.name != "raw"]

#: what nobody has seen comes first, then the questions that wait for our answer
_WAITING = case((incoming.c.review == ReviewState.ASKED.value, 1), else_=0)


@dataclass(frozen=True, slots=True)
class Tie:
    """To what a message belongs, and how far its review is."""

    review: ReviewState
    matched_by: MatchedBy
    delivery_id: int | None
    campaign: str  #: "" if not known
    organisation: str  #: its code, "" if not known
    evidence: str


def tie_of(row: AnyRow) -> Tie:
    """Return what a row of `incoming` says of the message."""
    return Tie(
        review=ReviewState(row.review),
        matched_by=MatchedBy(row.matched_by),
        delivery_id=row.delivery,
        campaign=row.campaign or "",
        organisation=row.organisation or "",
        evidence=row.evidence,
    )


def decide(
    connection: Connection, incoming_id: int, before: ReviewState, after: Tie
) -> bool:
    """Change a message's tie; return `False` if its review is no longer `before`."""
    return (
        connection.execute(
            update(incoming)
            .where(incoming.c.id == incoming_id, incoming.c.review == before.value)
            .values(
                review=after.review.value,
                matched_by=after.matched_by.value,
                delivery=after.delivery_id,
                campaign=after.campaign or None,
                organisation=after.organisation or None,
                evidence=after.evidence,
            )
        ).rowcount
        == 1
    )


def state_of(connection: Connection, incoming_id: int) -> ReviewState | None:
    """Return how far a message's review is; `None` if there is no such message."""
    query = select(incoming.c.review).where(incoming.c.id == incoming_id)
    found = connection.execute(query).scalar_one_or_none()
    return ReviewState(found) if found is not None else None


def listed(
    connection: Connection,
    states: Collection[ReviewState],
    kinds: Collection[str] = (),
) -> Sequence[AnyRow]:
    """
    Return messages without their bytes: questions last, otherwise the oldest first.

    Args:
        connection: Any transaction.
        states: Those of their review.
        kinds: Of `model.incoming.IncomingKind`; empty for all.
    """
    query = select(*_WITHOUT_BYTES).where(
        incoming.c.review.in_([state.value for state in states])
    )
    if kinds:
        query = query.where(incoming.c.kind.in_(list(kinds)))
    return connection.execute(query.order_by(_WAITING, incoming.c.id)).all()


def subject_of_notes(incoming_id: int) -> str:
    """Return what the journal's lines about a message are filed under."""
    return f"message {incoming_id}"


def last_note(connection: Connection, incoming_id: int) -> AnyRow | None:
    """Return the newest line of the journal about a message."""
    return connection.execute(
        select(journal)
        .where(journal.c.object == subject_of_notes(incoming_id))
        .order_by(journal.c.id.desc())
        .limit(1)
    ).one_or_none()
