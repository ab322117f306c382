"""
Read the ledger: deliveries as records, and their attempts.

Nothing here changes a row; that is `store.ledger`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from mailer.model.delivery import Delivery, DeliveryState
from mailer.store.given import GIVEN_ID, given
from mailer.store.tables import AnyRow, attempt, delivery, is_planned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

_STATES = {state.value: state for state in DeliveryState}

#: in the order of `Delivery`'s fields
COLUMNS = (
    delivery.c.id,
    delivery.c.campaign,
    delivery.c.step,
    delivery.c.recipient,
    delivery.c.reference,
    delivery.c.state,
    delivery.c.due_at,
    delivery.c.attempts,
    delivery.c.next_try_at,
    delivery.c.first_begun_at,
    delivery.c.changed_at,
    delivery.c.last_exchange,
    delivery.c.evidence,
)


def in_states(
    connection: Connection, campaign_name: str, states: Iterable[DeliveryState]
) -> list[Delivery]:
    """Return the campaign's deliveries in any of `states`, in the ledger's order."""
    rows = connection.execute(
        select(*COLUMNS)
        .where(
            delivery.c.campaign == campaign_name,
            delivery.c.state.in_([state.value for state in states]),
        )
        .order_by(delivery.c.id)
    )
    return [delivery_of(row) for row in rows.all()]


def of_recipients(
    connection: Connection, ids: Iterable[int], campaign_name: str | None = None
) -> list[Delivery]:
    """Return the deliveries to some recipients, of all campaigns or of one, by id."""
    query = select(*COLUMNS).where(delivery.c.recipient == GIVEN_ID)
    if campaign_name is not None:
        query = query.where(delivery.c.campaign == campaign_name)
    rows = connection.execute(query.order_by(delivery.c.id), given(ids))
    return [delivery_of(row) for row in rows.all()]


def by_id(connection: Connection, delivery_id: int) -> Delivery | None:
    """Return one delivery."""
    row = connection.execute(
        select(*COLUMNS).where(delivery.c.id == delivery_id)
    ).one_or_none()
    return row and delivery_of(row)


def next_try(connection: Connection, campaign_name: str) -> datetime | None:
    """Return when the next planned delivery may be tried, `None` without one."""
    instant: datetime | None = connection.execute(
        select(func.min(delivery.c.next_try_at)).where(
            delivery.c.campaign == campaign_name,
            is_planned,
        )
    ).scalar_one()
    return instant


def attempts_of(
    connection: Connection, delivery_ids: Sequence[int]
) -> Sequence[AnyRow]:
    """Return the attempts of some deliveries, oldest first."""
    return connection.execute(
        select(attempt)
        .where(attempt.c.delivery.in_(delivery_ids))
        .order_by(attempt.c.id)
    ).all()


def delivery_of(row: AnyRow) -> Delivery:
    """Return the record of a row of `COLUMNS`, which stand in its fields' order."""
    id_, campaign, step, recipient, reference, state, *rest = row
    return Delivery(id_, campaign, step, recipient, reference, _STATES[state], *rest)
