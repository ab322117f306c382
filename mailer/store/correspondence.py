"""
What the ledger and the mailbox know of whoever writes to us.

What it means is decided in `inbox`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from mailer.model.delivery import DeliveryState
from mailer.model.incoming import IncomingKind, MatchedBy
from mailer.store.tables import AnyRow, campaign, delivery, incoming, recipient

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

#: organisations and campaigns of one domain; a provider's domain has more
_MOST = 50


#: put together once: they are asked for every message that a person wrote
_NEWEST_AT_DOMAIN = (
    select(func.max(delivery.c.id))
    .join(recipient)
    .where(recipient.c.address_key.like(bindparam("ending"), escape="\\"))
    .group_by(delivery.c.campaign, recipient.c.organisation)
    .limit(_MOST)
)
_AT_DOMAIN = (
    select(delivery, recipient.c.organisation, recipient.c.address_key)
    .join(recipient)
    .where(delivery.c.id.in_(_NEWEST_AT_DOMAIN))
    .order_by(delivery.c.id)
)
_WILDCARD = re.compile(r"[\\%_]")


def deliveries_at_domain(connection: Connection, domain: str) -> Sequence[AnyRow]:
    """Return the newest delivery per organisation and campaign to a domain."""
    plain = _WILDCARD.sub(r"\\\g<0>", domain)
    return connection.execute(_AT_DOMAIN, {"ending": f"%@{plain}"}).all()


def is_known_campaign(connection: Connection, name: str) -> bool:
    """Return whether a campaign has been approved, so that it may be answered."""
    found = connection.execute(select(campaign.c.name).where(campaign.c.name == name))
    return found.first() is not None


def codes_of_list(connection: Connection, list_name: str) -> list[str]:
    """Return the codes of the organisations that are, or were, on a list."""
    query = select(recipient.c.organisation).where(recipient.c.list == list_name)
    codes = query.distinct().order_by(recipient.c.organisation)
    return list(connection.execute(codes).scalars())


def soft_bounces(
    connection: Connection,
    address_key: str,
    *,
    except_of: int,
    reasons: Collection[str],
    since: datetime,
) -> list[datetime]:
    """
    Return when deliveries to an address bounced softly, without a sign of life since.

    Args:
        connection: The database.
        address_key: The address.
        except_of: A delivery whose own report is at hand.
        reasons: Those that count.
        since: What is older is forgotten.

    A sign of life is a message from the address, or a notice of success.
    """
    of_address = recipient.c.address_key == address_key
    is_ours = incoming.c.matched_by == MatchedBy.TOKEN.value
    arrived = and_(of_address, incoming.c.kind == IncomingKind.DELIVERED.value, is_ours)
    kinds = (IncomingKind.REPLY.value, IncomingKind.AUTO_REPLY.value)
    wrote = and_(incoming.c.sender == address_key, incoming.c.kind.in_(kinds))
    alive_at = connection.execute(
        select(func.max(incoming.c.stored_at))
        .outerjoin(delivery, delivery.c.id == incoming.c.delivery)
        .outerjoin(recipient, recipient.c.id == delivery.c.recipient)
        .where(or_(arrived, wrote))
    ).scalar_one()
    rows = connection.execute(
        select(func.min(incoming.c.stored_at).label("at"))
        .join(delivery, delivery.c.id == incoming.c.delivery)
        .join(recipient, recipient.c.id == delivery.c.recipient)
        .where(
            of_address,
            is_ours,
            incoming.c.kind == IncomingKind.BOUNCE_SOFT.value,
            incoming.c.reason.in_(reasons),
            delivery.c.id != except_of,
            delivery.c.state == DeliveryState.BOUNCED.value,
            incoming.c.stored_at >= max(since, alive_at or since),
        )
        .group_by(delivery.c.id)
    )
    return sorted(row.at for row in rows)
