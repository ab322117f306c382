"""
The second and the third mark of an attempt: *on the wire*, and *finished*.

Both are set for every message, so they are set for many at once: one statement
goes over all that share a commit.
The second mark is a compare-and-swap: it says whether the final dot may go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, bindparam, exists, func, or_, select, update

from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState, Outcome
from mailer.store.given import ForEach, given_number, given_text
from mailer.store.tables import (
    as_text,
    attempt,
    campaign,
    delivery,
    recipient,
    response,
    suppression,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

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


class Finished(NamedTuple):
    """The third mark: what became of an attempt."""

    delivery: Delivery
    outcome: Outcome
    exchange: Exchange
    at: datetime
    next_try_at: datetime | None = None


def is_running(name: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Return the condition that a campaign may send."""
    return exists().where(
        campaign.c.name == name, campaign.c.status == CampaignStatus.RUNNING.value
    )


_THIS_ATTEMPT = and_(
    attempt.c.delivery == given_number(0),
    attempt.c.number == given_number(1),
)
_OURS = delivery.c.lease_owner == bindparam("owner")

_PUT_ON_THE_WIRE = ForEach(
    update(delivery)
    .where(
        delivery.c.id == given_number(0),
        delivery.c.state == S.BEGUN.value,
        _OURS,
        delivery.c.lease_until > given_text(2),
        is_running(delivery.c.campaign),
        ~exists().where(
            recipient.c.id == delivery.c.recipient,
            suppression.c.address_key == recipient.c.address_key,
        ),
        ~exists().where(
            recipient.c.id == delivery.c.recipient,
            response.c.campaign == delivery.c.campaign,
            response.c.organisation == recipient.c.organisation,
            response.c.id > given_number(4),
        ),
    )
    .values(state=S.ON_THE_WIRE.value, changed_at=given_text(2))
)

# Before `_ATTEMPT_ON_THE_WIRE`: one that was marked earlier is not marked again.
_WHICH_ARE = ForEach(
    select(delivery.c.id)
    .join(attempt, attempt.c.delivery == delivery.c.id)
    .where(
        _THIS_ATTEMPT,
        attempt.c.on_the_wire_at.is_(None),
        delivery.c.state == S.ON_THE_WIRE.value,
        _OURS,
    )
)

_ATTEMPT_ON_THE_WIRE = ForEach(
    update(attempt)
    .where(_THIS_ATTEMPT)
    .values(on_the_wire_at=given_text(2), digest=given_text(3))
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
        delivery.c.state == S.ON_THE_WIRE.value,
        and_(
            delivery.c.state == S.BEGUN.value,
            or_(given_text(3) == S.REFUSED.value, given_text(3) == S.PLANNED.value),
        ),
    ),
)

_ATTEMPT_FINISHED = ForEach(
    update(attempt)
    .where(_THIS_ATTEMPT, exists().where(_MAY_FINISH))
    .values(
        finished_at=given_text(2),
        outcome=given_text(6),
        stage=given_text(7),
        exchange=given_text(5),
    )
)

_FINISH = ForEach(
    update(delivery)
    .where(_MAY_FINISH)
    .values(
        state=given_text(3),
        next_try_at=func.coalesce(given_text(4), delivery.c.next_try_at),
        lease_owner=None,
        lease_until=None,
        last_exchange=given_text(5),
        changed_at=given_text(2),
    )
)


def put_on_the_wire(
    connection: Connection, owner: str, asked: Sequence[OnTheWire]
) -> list[bool]:
    """
    Set the second marks that may be set; return for each whether its dot may go.

    It may not if the lease is another's or over, the campaign no longer runs,
    the address was suppressed, or the organisation answered after the newest
    answer the sender had seen.
    """
    rows = [
        (one.delivery.id, one.delivery.attempts, as_text(one.at), one.digest,
         one.last_response_id)
        for one in asked
    ]  # fmt: skip
    if _PUT_ON_THE_WIRE.run(connection, rows, owner=owner).rowcount == len(rows):
        marked = {row[0] for row in rows}
    else:
        marked = set(_WHICH_ARE.run(connection, rows, owner=owner).scalars())
        rows = [row for row in rows if row[0] in marked]
    if rows:
        _ATTEMPT_ON_THE_WIRE.run(connection, rows)
    return [one.delivery.id in marked for one in asked]


def finish(connection: Connection, owner: str, ended: Sequence[Finished]) -> None:
    """Set the third marks of attempts that `owner` began."""
    rows = [
        (
            one.delivery.id,
            one.delivery.attempts,
            as_text(one.at),
            _AFTER[one.outcome],
            as_text(one.next_try_at) if one.next_try_at else None,
            str(one.exchange),
            one.outcome.value,
            one.exchange.stage.value,
        )
        for one in ended
    ]
    _ATTEMPT_FINISHED.run(connection, rows, owner=owner)
    _FINISH.run(connection, rows, owner=owner)
