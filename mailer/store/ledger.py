"""
The ledger: who got which step, and how far each attempt came.

Every change of state is one conditional UPDATE: where it finds no row, somebody
else was there first, and the caller learns it.
The first of the three marks, *begun*, is set and taken back here; the other two
are in `store.marks`.
What a reply means is decided in `delivery.verdict`, who is due in `planning`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import (
    Connection,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)

from mailer.model.delivery import (
    Delivery,
    DeliveryState,
    check_transition,
)
from mailer.store.deliveries import COLUMNS, delivery_of
from mailer.store.marks import is_running
from mailer.store.tables import (
    Instant,
    attempt,
    delivery,
)
from mailer.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


S = DeliveryState


@dataclass(frozen=True, slots=True)
class Planned:
    """A row that `planning` wants in the ledger."""

    step: str
    recipient_id: int
    reference: str
    due_at: datetime
    state: DeliveryState = DeliveryState.PLANNED  #: or MISSED
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a start found unfinished."""

    planned_again: int
    in_doubt: int


def plan(
    connection: Connection,
    campaign_name: str,
    rows: Iterable[Planned],
    now: datetime,
) -> int:
    """
    Write the rows which the ledger does not have yet; return how many.

    The unique constraint decides, not a look beforehand: two planners write
    each row once.
    """
    values = [
        {
            "campaign": campaign_name,
            "step": row.step,
            "recipient": row.recipient_id,
            "reference": row.reference,
            "state": row.state.value,
            "due_at": row.due_at,
            "next_try_at": row.due_at,
            "changed_at": now,
            "evidence": row.evidence,
        }
        for row in rows
    ]
    if not values:
        return 0
    return connection.execute(
        upsert(connection, delivery).on_conflict_do_nothing(), values
    ).rowcount


def lease(
    connection: Connection,
    campaign_name: str,
    owner: str,
    now: datetime,
    until: datetime,
    limit: int,
) -> list[Delivery]:
    """Set the first mark: return up to `limit` due deliveries, begun by `owner`."""
    due = (
        select(delivery.c.id)
        .where(
            delivery.c.campaign == campaign_name,
            delivery.c.state == S.PLANNED.value,
            delivery.c.next_try_at <= now,
            is_running(campaign_name),
        )
        .order_by(delivery.c.next_try_at, delivery.c.id)
        .limit(limit)
    )
    rows = connection.execute(
        update(delivery)
        .where(delivery.c.id.in_(due.scalar_subquery()))
        .values(
            state=S.BEGUN.value,
            lease_owner=owner,
            lease_until=until,
            attempts=delivery.c.attempts + 1,
            first_begun_at=func.coalesce(
                delivery.c.first_begun_at, literal(now, Instant())
            ),
            changed_at=now,
        )
        .returning(*COLUMNS)
    ).all()
    if rows:
        connection.execute(
            insert(attempt),
            [
                {"delivery": row.id, "number": row.attempts, "begun_at": now}
                for row in rows
            ],
        )
    # RETURNING has no order of its own.
    return [delivery_of(row) for row in sorted(rows, key=lambda row: row.id)]


def release(
    connection: Connection,
    leased: Delivery,
    now: datetime,
    next_try_at: datetime | None = None,
) -> None:
    """Take the first mark back: the attempt ended before anything was at stake."""
    released = connection.execute(
        update(delivery)
        .where(delivery.c.id == leased.id, delivery.c.state == S.BEGUN.value)
        .values(
            state=S.PLANNED.value,
            attempts=leased.attempts - 1,
            first_begun_at=leased.first_begun_at if leased.attempts > 1 else None,
            next_try_at=next_try_at or delivery.c.next_try_at,
            lease_owner=None,
            lease_until=None,
            changed_at=now,
        )
    ).rowcount
    if released:
        connection.execute(
            delete(attempt).where(
                attempt.c.delivery == leased.id, attempt.c.number == leased.attempts
            )
        )


def settle(
    connection: Connection,
    delivery_id: int,
    before: DeliveryState,
    after: DeliveryState,
    evidence: str,
    now: datetime,
) -> bool:
    """
    Move a delivery for a reason other than the relay's reply.

    Returns `False`, and changes nothing, if it is no longer in `before`.
    """
    check_transition(before, after)
    return (
        connection.execute(
            update(delivery)
            .where(delivery.c.id == delivery_id, delivery.c.state == before.value)
            .values(
                state=after.value,
                evidence=evidence,
                lease_owner=None,
                lease_until=None,
                changed_at=now,
            )
        ).rowcount
        == 1
    )


def settle_all(
    connection: Connection,
    campaign_name: str,
    before: DeliveryState,
    after: DeliveryState,
    evidence: str,
    now: datetime,
) -> int:
    """Move all of a campaign's deliveries that are in `before`; return how many."""
    check_transition(before, after)
    return connection.execute(
        update(delivery)
        .where(delivery.c.campaign == campaign_name, delivery.c.state == before.value)
        .values(state=after.value, evidence=evidence, changed_at=now)
    ).rowcount


def recover(connection: Connection, now: datetime) -> Recovered:
    """
    Put what a dead sender left unfinished where it is safe.

    Only whoever holds the office's lock may call this: then no other sender
    lives.  *Begun* had transferred nothing and is planned again; what was *on
    the wire* may have been taken and is in doubt (RFC 1047).
    """
    evidence = "the program ended during the attempt"
    counts = {}
    for before, after in ((S.BEGUN, S.PLANNED), (S.ON_THE_WIRE, S.IN_DOUBT)):
        counts[before] = connection.execute(
            update(delivery)
            .where(delivery.c.state == before.value)
            .values(
                state=after.value,
                lease_owner=None,
                lease_until=None,
                evidence=evidence,
                changed_at=now,
            )
        ).rowcount
    connection.execute(
        update(attempt)
        .where(attempt.c.finished_at.is_(None))
        .values(finished_at=now, exchange=evidence)
    )
    return Recovered(counts[S.BEGUN], counts[S.ON_THE_WIRE])
