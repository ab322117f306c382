"""
How many more messages may begin: until the look after the first few, and today.

Asked with each batch that is leased.  What is counted is the ledger itself, so
neither a restart nor a crash gives anybody more.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from mailer.store import campaigns, deliveries

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from mailer.operations.office import Office


def allowance(
    office: Office, connection: Connection, name: str, now: datetime, most: int
) -> int:
    """Return how many of `most` deliveries of a campaign may begin now."""
    canary = campaigns.get(connection, name).canary
    if canary is not None:
        most = min(most, canary - deliveries.attempted(connection, name))
    if office.settings.sending.per_day:
        most = min(most, _left_today(office, connection, now))
    return max(0, most)


def canary_is_over(connection: Connection, name: str) -> bool:
    """Return whether the first few have gone, and a person is to look."""
    canary = campaigns.get(connection, name).canary
    return canary is not None and deliveries.attempted(connection, name) >= canary


def day_is_over(office: Office, connection: Connection, now: datetime) -> bool:
    """Return whether the office has sent what it may in a day."""
    limit = office.settings.sending.per_day
    return bool(limit) and _left_today(office, connection, now) <= 0


def _left_today(office: Office, connection: Connection, now: datetime) -> int:
    zone = office.settings.office.zone
    midnight = datetime.combine(now.astimezone(zone), time(), zone)
    return office.settings.sending.per_day - deliveries.begun_since(
        connection, midnight
    )
