"""From whom answers came, and who is waiting to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from mailer.model.incoming import ReviewState
from mailer.store.tables import incoming, response

if TYPE_CHECKING:
    from collections.abc import Mapping


def senders(connection: Connection, campaign: str) -> Mapping[int, str]:
    """Return the address from which each message came that answers a campaign."""
    query = (
        select(incoming.c.id, incoming.c.sender)
        .join(response, response.c.incoming == incoming.c.id)
        .where(response.c.campaign == campaign)
    )
    return {row.id: row.sender for row in connection.execute(query)}


def in_review(connection: Connection, campaign: str) -> set[str]:
    """Return the organisations with mail that a person has not looked at yet."""
    query = select(incoming.c.organisation).where(
        incoming.c.campaign == campaign,
        incoming.c.organisation.is_not(None),
        incoming.c.review == ReviewState.OPEN.value,
    )
    return set(connection.execute(query).scalars())
