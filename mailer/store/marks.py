"""
The second and the third mark of an attempt: *on the wire*, and *finished*.

Both are set for every message, so they are set for many at once: one statement
goes over all that share a commit.
The second mark is a compare-and-swap: it says whether the final dot may go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import (
    String,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState, Outcome
from mailer.store.given import ForEach, given_number, given_text
from mailer.store.tables import (
    as_text,
    attempt,
    campaign,
    delivery,
    objection,
    recipient,
    response,
    suppression,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from enum import Enum

    from sqlalchemy import ColumnElement, Connection

    from mailer.model.delivery import Delivery
    from mailer.model.smtp import Exchange

S = DeliveryState


class OnTheWire(NamedTuple):
    """The second mark, as it is asked for."""

    delivery: Delivery
    digest: str  #: of the message's bytes
    last_response_id: int  #: the newest answer that the sender has seen
    at: datetime
    has_objected: bool = False  #: the sender knows it; planning has decided with it


class Finished(NamedTuple):
    """The third mark: what became of an attempt."""

    delivery: Delivery
    outcome: Outcome
    exchange: Exchange
    at: datetime
    next_try_at: datetime | None = None


def _text(value: Enum) -> ColumnElement[str]:
    """
    Return a value written out.

    Parameters would be compared with the condition of an index over some rows, and
    SQLite prepares a statement anew when such a one may have changed.
    """
    return literal_column(f"'{value.value}'", String)


def is_running(name: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Return the condition that a campaign may send."""
    return exists().where(
        campaign.c.name == name, campaign.c.status == _text(CampaignStatus.RUNNING)
    )


#: what the row of an attempt copies from its delivery: column → source
AS_BEGUN = {
    "delivery": delivery.c.id,
    "number": delivery.c.attempts,
    "begun_at": delivery.c.begun_at,
    "on_the_wire_at": delivery.c.on_the_wire_at,
    "digest": delivery.c.digest,
}

_OURS = delivery.c.lease_owner == bindparam("owner")

_PUT_ON_THE_WIRE = ForEach(
    update(delivery)
    .where(
        delivery.c.id == given_number(0),
        delivery.c.state == _text(S.BEGUN),
        _OURS,
        delivery.c.lease_until > given_text(1),
        is_running(delivery.c.campaign),
        ~exists().where(
            recipient.c.id == delivery.c.recipient,
            suppression.c.address_key == recipient.c.address_key,
        ),
        ~exists().where(
            recipient.c.id == delivery.c.recipient,
            response.c.campaign == delivery.c.campaign,
            response.c.organisation == recipient.c.organisation,
            response.c.id > given_number(3),
        ),
        or_(
            given_number(4) == 1,
            ~exists().where(
                recipient.c.id == delivery.c.recipient,
                objection.c.campaign == delivery.c.campaign,
                objection.c.organisation == recipient.c.organisation,
                objection.c.withdrawn_at.is_(None),
            ),
        ),
    )
    .values(
        state=_text(S.ON_THE_WIRE),
        on_the_wire_at=given_text(1),
        digest=given_text(2),
        changed_at=given_text(1),
    )
    .returning(delivery.c.id)
)

#: outcome → state; an illegal transition would be our own bug
_AFTER = {
    Outcome.ACCEPTED: S.ACCEPTED.value,
    Outcome.REFUSED: S.REFUSED.value,
    Outcome.IN_DOUBT: S.IN_DOUBT.value,
    Outcome.DEFERRED: S.PLANNED.value,
}

_MAY_FINISH = and_(
    delivery.c.id == given_number(0),
    _OURS,
    # Only a message whose dot was out can be accepted, or in doubt.
    or_(
        delivery.c.state == _text(S.ON_THE_WIRE),
        and_(
            delivery.c.state == _text(S.BEGUN),
            or_(given_text(2) == _text(S.REFUSED), given_text(2) == _text(S.PLANNED)),
        ),
    ),
)

_WRITE_ATTEMPT = ForEach(
    insert(attempt).from_select(
        [*AS_BEGUN, "finished_at", "outcome", "stage", "exchange"],
        select(
            *AS_BEGUN.values(),
            given_text(1),
            given_text(5),
            given_text(6),
            given_text(4),
        ).where(_MAY_FINISH),
    )
)

_FINISH = ForEach(
    update(delivery)
    .where(_MAY_FINISH)
    .values(
        state=given_text(2),
        next_try_at=func.coalesce(given_text(3), delivery.c.next_try_at),
        lease_owner=None,
        lease_until=None,
        last_exchange=given_text(4),
        changed_at=given_text(1),
    )
)


def put_on_the_wire(
    connection: Connection, owner: str, asked: Sequence[OnTheWire]
) -> list[bool]:
    """
    Set the second marks that may be set; return for each whether its dot may go.

    It may not if the lease is another's or over, the campaign no longer runs,
    the address was suppressed, the organisation answered after the newest
    answer the sender had seen, or has objected without the sender knowing.
    """
    rows = [
        (one.delivery.id, as_text(one.at), one.digest, one.last_response_id,
         int(one.has_objected))
        for one in asked
    ]  # fmt: skip
    marked = _PUT_ON_THE_WIRE.ids(connection, rows, owner=owner)
    return [one.delivery.id in marked for one in asked]


def finish(connection: Connection, owner: str, ended: Sequence[Finished]) -> None:
    """Set the third marks of attempts that `owner` began, and write them down."""
    rows = [
        (
            one.delivery.id,
            as_text(one.at),
            _AFTER[one.outcome],
            as_text(one.next_try_at) if one.next_try_at else None,
            str(one.exchange),
            one.outcome.value,
            one.exchange.stage.value,
        )
        for one in ended
    ]
    _WRITE_ATTEMPT.run(connection, rows, owner=owner)
    _FINISH.run(connection, rows, owner=owner)
