"""
Read the ledger: deliveries as records, and their attempts.

Nothing here changes a row; that is `store.ledger`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from mailer.model.delivery import REACHED, Delivery, DeliveryState
from mailer.store.given import GIVEN_ID, given
from mailer.store.tables import (
    AnyRow,
    attempt,
    campaign,
    delivery,
    is_planned,
    recipient,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from mailer.store.campaigns import CampaignRow

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


def attempted(connection: Connection, campaign_name: str) -> int:
    """Return how many deliveries were attempted since the campaign was started."""
    return connection.execute(
        select(func.count())
        .select_from(delivery)
        .join(campaign, campaign.c.name == delivery.c.campaign)
        .where(
            delivery.c.campaign == campaign_name,
            delivery.c.attempts > 0,
            delivery.c.first_begun_at >= campaign.c.started_at,
        )
    ).scalar_one()


def begun_since(connection: Connection, since: datetime) -> int:
    """Return how many attempts, of all campaigns, came to a body since then."""
    ended = select(func.count()).where(
        attempt.c.begun_at >= since, attempt.c.on_the_wire_at.is_not(None)
    )
    under_way = select(func.count()).where(
        delivery.c.state.in_(
            [DeliveryState.BEGUN.value, DeliveryState.ON_THE_WIRE.value]
        )
    )
    return sum(connection.execute(one).scalar_one() for one in (ended, under_way))


@dataclass(frozen=True, slots=True)
class Earlier:
    """Another campaign that sent the same letters to some of the same addresses."""

    campaign: str
    addresses: int
    last: datetime


def same_letters(
    connection: Connection, row: CampaignRow, list_name: str, since: datetime
) -> list[Earlier]:
    """Return who has sent the content of `row` to addresses of a list since then."""
    listed = (
        select(recipient.c.address_key)
        .where(recipient.c.list == list_name, recipient.c.is_listed)
        .scalar_subquery()
    )
    return [
        Earlier(*found)
        for found in connection.execute(
            select(
                campaign.c.name,
                func.count(recipient.c.address_key.distinct()),
                func.max(delivery.c.first_begun_at),
            )
            .join(delivery, delivery.c.campaign == campaign.c.name)
            .join(recipient, recipient.c.id == delivery.c.recipient)
            .where(
                campaign.c.content == row.content,
                campaign.c.name != row.name,
                delivery.c.state.in_([state.value for state in REACHED]),
                delivery.c.first_begun_at >= since,
                recipient.c.address_key.in_(listed),
            )
            .group_by(campaign.c.name)
            .order_by(campaign.c.name)
        )
    ]


def of_recipients(
    connection: Connection, ids: Iterable[int], campaign_name: str | None = None
) -> list[Delivery]:
    """Return the deliveries to some recipients, of all campaigns or of one, by id."""
    query = select(*COLUMNS).where(delivery.c.recipient == GIVEN_ID)
    if campaign_name is not None:
        query = query.where(delivery.c.campaign == campaign_name)
    rows = connection.execute(query.order_by(delivery.c.id), given(ids))
    return [delivery_of(row) for row in rows.all()]


def latest(connection: Connection, count: int) -> Sequence[AnyRow]:
    """Return campaign, step, address_key and reference of the latest deliveries."""
    return connection.execute(
        select(
            delivery.c.campaign,
            delivery.c.step,
            delivery.c.reference,
            recipient.c.address_key,
        )
        .join(recipient, recipient.c.id == delivery.c.recipient)
        .order_by(delivery.c.id.desc())
        .limit(count)
    ).all()


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
