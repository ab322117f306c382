"""
Incoming mail, kept whole: stored first, understood in the same transaction.

The unique digest makes a second reading of the same message harmless.
What a message is and does is decided in `inbox`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select, update

from mailer.model.incoming import ReviewState
from mailer.store.tables import AnyRow, delivery, incoming, recipient
from mailer.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mailer.model.incoming import Classification, MatchedBy


def store(
    connection: Connection,
    raw: bytes,
    source_key: str,
    read: Classification,
    now: datetime,
) -> int | None:
    """Keep a message; return its id, or `None` if we have had it already."""
    row = connection.execute(
        upsert(connection, incoming)
        .values(
            digest=hashlib.sha256(raw).hexdigest(),
            source_key=source_key,
            stored_at=now,
            raw=raw,
            kind=read.kind.value,
            sender=read.sender,
            subject=read.subject,
            recipients=list(read.recipients),
            status=read.status,
            reason=read.reason,
            evidence=read.evidence,
            matched_by="nothing",
            review=ReviewState.OPEN.value,
        )
        .on_conflict_do_nothing()
        .returning(incoming.c.id)
    ).one_or_none()
    return row.id if row else None


def has_source_key(connection: Connection, source_key: str) -> bool:
    """Return whether a message of this name was stored."""
    return (
        connection.execute(
            select(incoming.c.id).where(incoming.c.source_key == source_key).limit(1)
        ).first()
        is not None
    )


def tie(
    connection: Connection,
    incoming_id: int,
    *,
    matched_by: MatchedBy,
    delivery_id: int | None,
    campaign: str,
    organisation: str,
    review: ReviewState,
    evidence: str,
) -> None:
    """Say to what a message belongs, and whether a person has to look at it."""
    connection.execute(
        update(incoming)
        .where(incoming.c.id == incoming_id)
        .values(
            matched_by=matched_by.value,
            delivery=delivery_id,
            campaign=campaign or None,
            organisation=organisation or None,
            review=review.value,
            evidence=evidence,
        )
    )


def get(connection: Connection, incoming_id: int) -> AnyRow | None:
    """Return one message with all its columns."""
    return connection.execute(
        select(incoming).where(incoming.c.id == incoming_id)
    ).one_or_none()


def waiting(connection: Connection) -> Sequence[AnyRow]:
    """Return the messages that wait for a person, oldest first, without their bytes."""
    columns = [column for column in incoming.c if column.name != "raw"]
    return connection.execute(
        select(*columns)
        .where(incoming.c.review == ReviewState.OPEN.value)
        .order_by(incoming.c.id)
    ).all()


def of_organisation(connection: Connection, code: str) -> Sequence[AnyRow]:
    """Return what came from or about an organisation, oldest first."""
    columns = [column for column in incoming.c if column.name != "raw"]
    return connection.execute(
        select(*columns).where(incoming.c.organisation == code).order_by(incoming.c.id)
    ).all()


def bounces(connection: Connection) -> Sequence[AnyRow]:
    """Return the bounces, oldest first, with the address of their delivery."""
    return connection.execute(
        select(
            incoming.c.id,
            incoming.c.stored_at,
            incoming.c.kind,
            incoming.c.recipients,
            incoming.c.status,
            incoming.c.reason,
            incoming.c.matched_by,
            incoming.c.campaign,
            recipient.c.address,
        )
        .outerjoin(delivery, delivery.c.id == incoming.c.delivery)
        .outerjoin(recipient, recipient.c.id == delivery.c.recipient)
        .where(incoming.c.kind.in_(["bounce-hard", "bounce-soft", "delayed"]))
        .order_by(incoming.c.id)
    ).all()


def counts(connection: Connection) -> dict[str, int]:
    """Return how many messages of each kind are stored."""
    rows = connection.execute(
        select(incoming.c.kind, func.count()).group_by(incoming.c.kind)
    )
    return {row[0]: row[1] for row in rows}


def delivery_by_reference(connection: Connection, reference: str) -> AnyRow | None:
    """
    Return the delivery a reference names, with its recipient's columns.

    Its state stays as it is until the transaction ends: what follows from the
    message is decided by it.
    """
    return connection.execute(
        select(delivery, recipient.c.organisation, recipient.c.address_key)
        .join(recipient)
        .where(delivery.c.reference == reference)
        .with_for_update(of=delivery)
    ).one_or_none()


def deliveries_by_address(connection: Connection, address_key: str) -> Sequence[AnyRow]:
    """Return the newest delivery per campaign to an address; their states stay."""
    newest = (
        select(func.max(delivery.c.id))
        .join(recipient)
        .where(recipient.c.address_key == address_key)
        .group_by(delivery.c.campaign)
    )
    return connection.execute(
        select(delivery, recipient.c.organisation, recipient.c.address_key)
        .join(recipient)
        .where(delivery.c.id.in_(newest))
        .with_for_update(of=delivery)
    ).all()
