"""Read what happened in a campaign, with its moments: attempts, and what came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from mailer.store.tables import attempt, delivery, incoming, journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


def attempts(
    connection: Connection, campaign_name: str
) -> Iterator[tuple[datetime, str, str]]:
    """Yield when each attempt began, its step and its outcome."""
    for row in connection.execute(
        select(attempt.c.begun_at, delivery.c.step, attempt.c.outcome)
        .join(delivery)
        .where(delivery.c.campaign == campaign_name)
        .order_by(attempt.c.id)
    ):
        yield row.begun_at, row.step, row.outcome


def came_in(connection: Connection) -> Iterator[tuple[datetime, str]]:
    """Yield when each message of any mailbox was stored, and of which kind it is."""
    for row in connection.execute(
        select(incoming.c.stored_at, incoming.c.kind).order_by(incoming.c.id)
    ):
        yield row.stored_at, row.kind


def latest(connection: Connection) -> datetime | None:
    """Return the latest moment in the ledger, `None` if nothing ever happened."""
    instant: datetime | None = connection.execute(
        select(func.max(delivery.c.changed_at))
    ).scalar_one()
    noted: datetime | None = connection.execute(
        select(func.max(journal.c.at))
    ).scalar_one()
    return max((one for one in (instant, noted) if one is not None), default=None)
