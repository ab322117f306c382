"""
Incoming mail, kept whole: stored first, understood in the same transaction.

The unique digest makes a second reading of the same message harmless.
What a message is and does is decided in `inbox`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, func, select, update

from mailer.model.history import NEVER
from mailer.model.incoming import ReviewState
from mailer.store.storable import storable, storable_json
from mailer.store.tables import (
    AnyRow,
    delivery,
    heard,
    incoming,
    recipient,
    settled,
    taken,
)
from mailer.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Table
    from sqlalchemy.sql.dml import ReturningInsert

    from mailer.model.incoming import Classification, MatchedBy

#: names that are asked for in one statement
_KEYS_AT_ONCE = 500

#: statements by database and table
_BUILT: dict[tuple[str, str], ReturningInsert[Any]] = {}

_BY_DIGEST = select(incoming.c.id).where(incoming.c.digest == bindparam("digest"))

_TIE = (
    update(incoming)
    .where(incoming.c.id == bindparam("of_id"))
    .values(
        {
            name: bindparam(name)
            for name in (
                "matched_by",
                "delivery",
                "campaign",
                "organisation",
                "review",
                "evidence",
                "suggestion",
            )
        }
    )
)

_DELIVERY = (
    select(delivery, recipient.c.organisation, recipient.c.address_key)
    .join(recipient)
    .with_for_update(of=delivery)
)
_BY_REFERENCE = _DELIVERY.where(delivery.c.reference == bindparam("of"))
_BY_ADDRESS = _DELIVERY.where(
    delivery.c.id.in_(
        select(func.max(delivery.c.id))
        .join(recipient)
        .where(recipient.c.address_key == bindparam("of"))
        .group_by(delivery.c.campaign)
    )
)


def digest_of(raw: bytes, *, is_whole: bool = True) -> str:
    """
    Return what tells a message from all others: SHA-256 of its bytes in hex.

    The field Delivered-To is among them: the same letter to two of our addresses
    is two.  Line ends are not: a server gives CRLF, a file of the same message LF.
    """
    digest = hashlib.sha256(raw.replace(b"\r\n", b"\n"))
    if not is_whole:  # one that is longer may begin with all of a short one
        digest.update(b"\0the beginning only")
    return digest.hexdigest()


def store(
    connection: Connection,
    raw: bytes,
    digest: str,
    source_key: str,
    read: Classification,
    now: datetime,
) -> int | None:
    """
    Keep a message, and that it was taken; return its id, `None` if we have had it.

    Args:
        connection: In a write transaction.
        raw: The message.
        digest: As `digest_of` gives it.
        source_key: Its name in its mailbox.
        read: What it is.
        now: The time.
    """
    row = connection.execute(
        _unless_there(connection, incoming),
        {
            "digest": digest,
            "source_key": source_key,
            "stored_at": now,
            "raw": raw,
            "kind": read.kind.value,
            "sender": storable(read.sender),
            "subject": storable(read.subject),
            "recipients": [storable(one) for one in read.recipients],
            "status": storable(read.status),
            "reason": storable(read.reason),
            "evidence": storable(read.evidence),
            "matched_by": "nothing",
            "review": ReviewState.OPEN.value,
        },
    ).one_or_none()
    known = row or connection.execute(_BY_DIGEST, {"digest": digest}).one()
    connection.execute(
        _unless_there(connection, taken),
        {"source_key": source_key, "incoming": known[0]},
    )
    return row[0] if row else None


def _unless_there(connection: Connection, table: Table) -> ReturningInsert[Any]:
    """Return an INSERT of a row that gives its first column, or nothing."""
    # To build a statement takes longer than to run it.
    built = (connection.dialect.name, table.name)
    if built not in _BUILT:
        first, *_ = table.c
        statement = upsert(connection, table).on_conflict_do_nothing()
        _BUILT[built] = statement.returning(first)
    return _BUILT[built]


def known_keys(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Return which messages of a mailbox were taken, by their names there."""
    found: set[str] = set()
    for first in range(0, len(keys), _KEYS_AT_ONCE):
        some = keys[first : first + _KEYS_AT_ONCE]
        query = select(taken.c.source_key).where(taken.c.source_key.in_(some))
        found.update(connection.execute(query).scalars())
    return found


def settled_up_to(connection: Connection, series: str) -> int:
    """Return up to which number of a series nothing is left to take, or 0."""
    query = select(settled.c.up_to).where(settled.c.series == series)
    return connection.execute(query).scalar() or 0


def settle(connection: Connection, series: str, up_to: int) -> None:
    """Note up to which number of a series nothing is left to take."""
    connection.execute(
        upsert(connection, settled)
        .values(series=series, up_to=up_to)
        .on_conflict_do_update(index_elements=["series"], set_={"up_to": up_to})
    )


def hear(connection: Connection, until: datetime) -> None:
    """Note that everything which had come by then is stored."""
    connection.execute(
        upsert(connection, heard)
        .values(id=1, until=until)
        .on_conflict_do_update(index_elements=["id"], set_={"until": until})
    )


def heard_until(connection: Connection) -> datetime:
    """Return up to when everything that had come is stored; `NEVER` if unknown."""
    return connection.execute(select(heard.c.until)).scalar() or NEVER


def tie(  # noqa: PLR0913 - as many as a row has columns
    connection: Connection,
    incoming_id: int,
    *,
    matched_by: MatchedBy,
    delivery_id: int | None,
    campaign: str,
    organisation: str,
    review: ReviewState,
    evidence: str,
    suggestion: dict[str, Any] | None = None,
) -> None:
    """Say to what a message belongs, and whether a person has to look at it."""
    connection.execute(
        _TIE,
        {
            "of_id": incoming_id,
            "matched_by": matched_by.value,
            "delivery": delivery_id,
            "campaign": campaign or None,
            "organisation": organisation or None,
            "review": review.value,
            "evidence": storable(evidence),
            "suggestion": storable_json(suggestion),
        },
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
    return connection.execute(_BY_REFERENCE, {"of": reference}).one_or_none()


def deliveries_by_address(connection: Connection, address_key: str) -> Sequence[AnyRow]:
    """Return the newest delivery per campaign to an address; their states stay."""
    return connection.execute(_BY_ADDRESS, {"of": address_key}).all()
