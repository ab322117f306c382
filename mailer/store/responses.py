"""
The recipients' answers; the latest counts, all are kept.

Which answer a message holds is decided in `inbox`, what it does to the
reminders in `planning`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from mailer.model.response import Response, ResponseSource
from mailer.store.tables import AnyRow, campaign, response
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


def of_campaign(
    connection: Connection,
    campaign_name: str,
    organisations: Iterable[str] | None = None,
) -> list[tuple[int, Response]]:
    """Return (id, response) of a campaign, oldest first; of some organisations."""
    query = (
        select(response)
        .where(response.c.campaign == campaign_name)
        .order_by(response.c.id)
    )
    if organisations is not None:
        query = query.where(response.c.organisation.in_(list(organisations)))
    return [(row.id, _response_of(row)) for row in connection.execute(query)]


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
