"""
Who wants no more reminders, by campaign and organisation.

An objection counts until somebody on staff withdraws it, because it was a mistake
of ours; an import, an approval or a start does not touch it.
What it does to the reminders is decided in `planning.audience`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, exists, select, update

from mailer.model.response import Objection, ObjectionSource
from mailer.store.given import GIVEN_ID, given
from mailer.store.storable import storable
from mailer.store.tables import AnyRow, objection, recipient
from mailer.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_IN_FORCE = objection.c.withdrawn_at.is_(None)


def record(connection: Connection, entry: Objection) -> int | None:
    """Keep an objection; return its id, `None` if the organisation has objected."""
    return connection.execute(
        upsert(connection, objection)
        .values(
            campaign=entry.campaign,
            organisation=entry.organisation,
            at=entry.at,
            source=entry.source.value,
            recorded_by=entry.recorded_by,
            evidence=storable(entry.evidence),
            incoming=entry.incoming_id,
            withdrawn_by="",
        )
        .on_conflict_do_nothing()
        .returning(objection.c.id)
    ).scalar_one_or_none()


def withdraw(
    connection: Connection, ids: Iterable[int], by: str, now: datetime
) -> list[int]:
    """Let some objections count no longer; return those that did until now."""
    withdrawn = connection.execute(
        update(objection)
        .where(objection.c.id.in_(list(ids)), _IN_FORCE)
        .values(withdrawn_at=now, withdrawn_by=by)
        .returning(objection.c.id)
    )
    return sorted(withdrawn.scalars())


def reinstate(connection: Connection, ids: Iterable[int]) -> None:
    """Let withdrawn objections count again, unless another one counts instead."""
    other = objection.alias()
    for id_ in ids:
        connection.execute(
            update(objection)
            .where(
                objection.c.id == id_,
                ~exists().where(
                    other.c.campaign == objection.c.campaign,
                    other.c.organisation == objection.c.organisation,
                    other.c.withdrawn_at.is_(None),
                ),
            )
            .values(withdrawn_at=None, withdrawn_by="")
        )


def in_force(
    connection: Connection, campaign: str, code: str
) -> tuple[int, Objection] | None:
    """Return (id, objection) of an organisation in a campaign, if it has objected."""
    query = select(objection).where(
        objection.c.campaign == campaign, objection.c.organisation == code, _IN_FORCE
    )
    row = connection.execute(query).one_or_none()
    return (row.id, _objection_of(row)) if row else None


def of_message(connection: Connection, incoming_id: int) -> list[tuple[int, Objection]]:
    """Return (id, objection) of what counts from a message, oldest first."""
    query = select(objection).where(objection.c.incoming == incoming_id, _IN_FORCE)
    rows = connection.execute(query.order_by(objection.c.id))
    return [(row.id, _objection_of(row)) for row in rows]


def of_campaign(connection: Connection, campaign: str) -> list[Objection]:
    """Return what counts in a campaign, oldest first."""
    query = select(objection).where(objection.c.campaign == campaign, _IN_FORCE)
    rows = connection.execute(query.order_by(objection.c.at, objection.c.id))
    return list(map(_objection_of, rows))


def of_organisation(connection: Connection, code: str) -> list[Objection]:
    """Return all of an organisation, also withdrawn, oldest first."""
    query = select(objection).where(objection.c.organisation == code)
    rows = connection.execute(query.order_by(objection.c.id))
    return list(map(_objection_of, rows))


def of_recipients(
    connection: Connection, campaign: str, ids: Iterable[int]
) -> dict[str, Objection]:
    """Return what counts of some recipients' organisations, by their code."""
    theirs = select(recipient.c.organisation).where(recipient.c.id == GIVEN_ID)
    query = select(objection).where(
        objection.c.campaign == campaign,
        objection.c.organisation.in_(theirs),
        _IN_FORCE,
    )
    rows = connection.execute(query, given(ids))
    return {row.organisation: _objection_of(row) for row in rows}


def _objection_of(row: AnyRow) -> Objection:
    return Objection(
        campaign=row.campaign,
        organisation=row.organisation,
        at=row.at,
        source=ObjectionSource(row.source),
        recorded_by=row.recorded_by,
        evidence=row.evidence,
        incoming_id=row.incoming,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
    )
