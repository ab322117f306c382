"""
The recipients' answers; the latest counts, all are kept.

Which answer a message holds is decided in `inbox`, what it does to the
reminders in `planning`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from mailer.model.response import Response, ResponseSource
from mailer.store.given import GIVEN_ID, given
from mailer.store.tables import AnyRow, campaign, recipient, response
from mailer.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable


def record(
    connection: Connection, entry: Response, *, dedupe_key: str | None = None
) -> bool:
    """
    Keep a response.

    Args:
        connection: A write transaction.
        entry: The response.
        dedupe_key: What makes it the same as one recorded before, e.g. a row
            of a registration list; then nothing changes and `False` returns.

    A campaign's responses are recorded one transaction after the other (on
    SQLite all are): an id is higher than all that anybody has seen before, and the
    second mark relies on it.
    """
    connection.execute(
        select(campaign.c.name)
        .where(campaign.c.name == entry.campaign)
        .with_for_update(key_share=True)
    )
    return (
        connection.execute(
            upsert(connection, response)
            .values(
                campaign=entry.campaign,
                organisation=entry.organisation,
                kind=entry.kind,
                at=entry.at,
                source=entry.source.value,
                recorded_by=entry.recorded_by,
                details=dict(entry.details),
                note=entry.note,
                incoming=entry.incoming_id,
                dedupe_key=dedupe_key,
            )
            .on_conflict_do_nothing()
        ).rowcount
        == 1
    )


def of_campaign(connection: Connection, campaign: str) -> list[tuple[int, Response]]:
    """Return (id, response) of a campaign, oldest first."""
    query = select(response).where(response.c.campaign == campaign)
    rows = connection.execute(query.order_by(response.c.id))
    return [(row.id, _response_of(row)) for row in rows]


def of_recipients(
    connection: Connection, campaign: str, ids: Iterable[int]
) -> list[tuple[int, Response]]:
    """Return (id, response) of some recipients' organisations, oldest first."""
    theirs = select(recipient.c.organisation).where(recipient.c.id == GIVEN_ID)
    query = select(response).where(
        response.c.campaign == campaign, response.c.organisation.in_(theirs)
    )
    rows = connection.execute(query.order_by(response.c.id), given(ids))
    return [(row.id, _response_of(row)) for row in rows]


def _response_of(row: AnyRow) -> Response:
    return Response(
        campaign=row.campaign,
        organisation=row.organisation,
        kind=row.kind,
        at=row.at,
        source=ResponseSource(row.source),
        recorded_by=row.recorded_by,
        details=row.details,
        note=row.note,
        incoming_id=row.incoming,
    )
