"""
The second and the third mark of an attempt: *on the wire*, and *finished*.

Both are set for every message, so their statements are built once; to build
one anew costs several times what it does.
The second mark is a compare-and-swap: it says whether the final dot may go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    exists,
    or_,
    update,
)

from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import Delivery, DeliveryState, Outcome
from mailer.store.tables import (
    Instant,
    attempt,
    campaign,
    delivery,
    recipient,
    response,
    suppression,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import BindParameter, ColumnElement

    from mailer.model.smtp import Exchange

S = DeliveryState


def is_running(name: ColumnElement[str] | str) -> ColumnElement[bool]:
    """Return the condition that a campaign may send."""
    return exists().where(
        campaign.c.name == name, campaign.c.status == CampaignStatus.RUNNING.value
    )


def _instant(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=Instant())


_THIS_ATTEMPT = and_(
    attempt.c.delivery == bindparam("b_delivery"),
    attempt.c.number == bindparam("b_number"),
)

_PUT_ON_THE_WIRE = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("b_id"),
        delivery.c.state == S.BEGUN.value,
        delivery.c.lease_owner == bindparam("b_owner"),
        delivery.c.lease_until > _instant("b_now"),
        is_running(delivery.c.campaign),
        ~exists().where(
            recipient.c.id == delivery.c.recipient,
            suppression.c.address_key == recipient.c.address_key,
        ),
        ~exists().where(
            recipient.c.id == delivery.c.recipient,
            response.c.campaign == delivery.c.campaign,
            response.c.organisation == recipient.c.organisation,
            response.c.id > bindparam("b_response"),
        ),
    )
    .values(state=S.ON_THE_WIRE.value, changed_at=_instant("b_now"))
)

_ATTEMPT_ON_THE_WIRE = (
    update(attempt)
    .where(_THIS_ATTEMPT)
    .values(on_the_wire_at=_instant("b_now"), digest=bindparam("b_digest"))
)

#: outcome → state; an illegal transition would be our own bug
_AFTER = {
    Outcome.ACCEPTED: S.ACCEPTED,
    Outcome.REFUSED: S.REFUSED,
    Outcome.IN_DOUBT: S.IN_DOUBT,
    Outcome.DEFERRED: S.PLANNED,
}

_FINISH = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("b_id"),
        delivery.c.state.in_([S.BEGUN.value, S.ON_THE_WIRE.value]),
        # Only a message whose dot was out can be accepted, or in doubt.
        or_(
            delivery.c.state == S.ON_THE_WIRE.value,
            bindparam("b_state").in_([S.REFUSED.value, S.PLANNED.value]),
        ),
    )
    .values(
        state=bindparam("b_state"),
        next_try_at=_instant("b_next_try"),
        lease_owner=None,
        lease_until=None,
        last_exchange=bindparam("b_exchange"),
        changed_at=_instant("b_now"),
    )
)

_ATTEMPT_FINISHED = (
    update(attempt)
    .where(_THIS_ATTEMPT)
    .values(
        finished_at=_instant("b_now"),
        outcome=bindparam("b_outcome"),
        stage=bindparam("b_stage"),
        exchange=bindparam("b_exchange"),
    )
)


def put_on_the_wire(
    connection: Connection,
    leased: Delivery,
    owner: str,
    digest: str,
    last_response_id: int,
    now: datetime,
) -> bool:
    """
    Set the second mark; return whether the final dot may be sent.

    It may not if the lease is another's or over, the campaign no longer runs,
    the address was suppressed, or the organisation answered after
    `last_response_id`, the newest answer the sender had seen.
    """
    marked = connection.execute(
        _PUT_ON_THE_WIRE,
        {
            "b_id": leased.id,
            "b_owner": owner,
            "b_response": last_response_id,
            "b_now": now,
        },
    ).rowcount
    if marked:
        connection.execute(
            _ATTEMPT_ON_THE_WIRE,
            {
                "b_delivery": leased.id,
                "b_number": leased.attempts,
                "b_now": now,
                "b_digest": digest,
            },
        )
    return marked == 1


def finish(
    connection: Connection,
    leased: Delivery,
    outcome: Outcome,
    exchange: Exchange,
    now: datetime,
    next_try_at: datetime | None = None,
) -> None:
    """Set the third mark: what became of the attempt."""
    finished = connection.execute(
        _FINISH,
        {
            "b_id": leased.id,
            "b_state": _AFTER[outcome].value,
            "b_next_try": next_try_at or leased.next_try_at,
            "b_exchange": str(exchange),
            "b_now": now,
        },
    ).rowcount
    if finished:
        connection.execute(
            _ATTEMPT_FINISHED,
            {
                "b_delivery": leased.id,
                "b_number": leased.attempts,
                "b_now": now,
                "b_outcome": outcome.value,
                "b_stage": exchange.stage.value,
                "b_exchange": str(exchange),
            },
        )
