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
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import (
    Connection,
    String,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from mailer.model.delivery import (
    Delivery,
    DeliveryState,
    check_transition,
)
from mailer.store.given import ForEach, given_number, given_text
from mailer.store.marks import AS_BEGUN, is_running
from mailer.store.tables import (
    Instant,
    as_text,
    attempt,
    delivery,
    is_begun,
    is_planned,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement

    Insert = sqlite.Insert | postgresql.Insert


S = DeliveryState

#: rows that are written by one statement
_BATCH = 1000


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


def _insertion(insert_into: Insert) -> ForEach:
    """Return the statement which writes the rows that are not there yet."""
    values = {
        "campaign": bindparam("campaign", type_=String),
        "step": given_text(0),
        "recipient": given_number(1),
        "reference": given_text(2),
        "state": given_text(3),
        "due_at": given_text(4),
        "next_try_at": given_text(4),
        "attempts": literal(0),
        "changed_at": bindparam("now", type_=String),
        "last_exchange": literal(""),
        "evidence": given_text(5),
    }
    # Without a condition SQLite would take ON CONFLICT for one of a join.
    rows = select(*values.values()).where(true())
    return ForEach(insert_into.from_select([*values], rows).on_conflict_do_nothing())


_INSERTIONS = {
    "sqlite": _insertion(sqlite.insert(delivery)),
    "postgresql": _insertion(postgresql.insert(delivery)),
}


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
    insertion = _INSERTIONS[connection.dialect.name]
    parameters = {"campaign": campaign_name, "now": as_text(now)}
    written = 0
    rest = iter(rows)
    while batch := [
        (row.step, row.recipient_id, row.reference, row.state.value,
         as_text(row.due_at), row.evidence)
        for row in islice(rest, _BATCH)
    ]:  # fmt: skip
        written += insertion.run(connection, batch, **parameters)
    return written


def lease(
    connection: Connection,
    campaign_name: str,
    owner: str,
    now: datetime,
    until: datetime,
    limit: int,
) -> list[int]:
    """
    Set the first mark on up to `limit` due deliveries; return their ids, in order.

    Two senders at once lease each another's: what one is about to take, the
    other skips (SQLite has one writer at a time anyway).
    """
    due = (
        select(delivery.c.id)
        .where(
            delivery.c.campaign == campaign_name,
            is_planned,
            delivery.c.next_try_at <= now,
            is_running(campaign_name),
        )
        .order_by(delivery.c.next_try_at, delivery.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    leased = connection.execute(
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
            begun_at=now,
            on_the_wire_at=None,
            digest=None,
            changed_at=now,
        )
        .returning(delivery.c.id)
    )
    return sorted(leased.scalars())  # RETURNING has no order of its own


def release(
    connection: Connection,
    leased: Delivery,
    owner: str,
    now: datetime,
    next_try_at: datetime | None = None,
) -> None:
    """Take a first mark of `owner` back: nothing was at stake in that attempt."""
    which = and_(delivery.c.id == leased.id, delivery.c.lease_owner == owner)
    _release(connection, which, now, next_try_at)


def release_all(
    connection: Connection, campaign_name: str, owner: str, now: datetime
) -> None:
    """Take all first marks of `owner` back that have not become second ones."""
    which = and_(delivery.c.campaign == campaign_name, delivery.c.lease_owner == owner)
    _release(connection, which, now)


def _release(
    connection: Connection,
    which: ColumnElement[bool],
    now: datetime,
    next_try_at: datetime | None = None,
) -> int:
    was_tried = delivery.c.attempts > 1
    return connection.execute(
        update(delivery)
        .where(which, is_begun)
        .values(
            state=S.PLANNED.value,
            attempts=delivery.c.attempts - 1,
            first_begun_at=case((was_tried, delivery.c.first_begun_at)),
            next_try_at=next_try_at or delivery.c.next_try_at,
            lease_owner=None,
            lease_until=None,
            changed_at=now,
        )
    ).rowcount


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
    planned_again = _release(connection, true(), now)
    evidence = "the program ended during the attempt"
    on_the_wire = delivery.c.state == S.ON_THE_WIRE.value
    connection.execute(
        insert(attempt).from_select(
            [*AS_BEGUN, "finished_at", "exchange"],
            select(
                *AS_BEGUN.values(), literal(now, Instant()), literal(evidence)
            ).where(on_the_wire),
        )
    )
    in_doubt = connection.execute(
        update(delivery)
        .where(on_the_wire)
        .values(
            state=S.IN_DOUBT.value,
            lease_owner=None,
            lease_until=None,
            evidence=evidence,
            changed_at=now,
        )
    ).rowcount
    return Recovered(planned_again, in_doubt)
