"""
Which office folder this database belongs to, and how many leases it has seen.

One row.  What it is compared with, and what follows, is `operations.instance`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, insert, select, update

from mailer.model.delivery import DeliveryState
from mailer.store.tables import (
    attempt,
    delivery,
    incoming,
    instance,
    journal,
    objection,
    response,
)

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """The one folder that may send from this database."""

    identity: str  #: random; the folder has the same
    host: str
    path: str  #: of the folder
    changed_ns: int  #: `files.instance.Anchor.changed_ns`
    inode: int  #: `files.instance.Anchor.inode`
    counter: int  #: batches leased; never goes down
    since: datetime  #: what was due before may have left without a trace here


def get(connection: Connection) -> InstanceRow | None:
    """Return the instance, `None` in a database that belongs to no folder yet."""
    row = connection.execute(select(instance)).one_or_none()
    return InstanceRow(**row._mapping) if row else None  # noqa: SLF001 - SQLAlchemy's public name


def put(connection: Connection, row: InstanceRow) -> None:
    """Make `row` the only instance."""
    connection.execute(delete(instance))
    connection.execute(
        insert(instance).values(
            identity=row.identity,
            host=row.host,
            path=row.path,
            changed_ns=row.changed_ns,
            inode=row.inode,
            counter=row.counter,
            since=row.since,
        )
    )


def doubt_before(connection: Connection, since: datetime) -> None:
    """Note that what was due before may have left without a trace here."""
    connection.execute(update(instance).values(since=since))


def raise_counter(connection: Connection, identity: str) -> int | None:
    """Count one more batch; return the number, `None` if the instance is another."""
    return connection.execute(
        update(instance)
        .where(instance.c.identity == identity)
        .values(counter=instance.c.counter + 1)
        .returning(instance.c.counter)
    ).scalar_one_or_none()


def progress(connection: Connection) -> int:
    """
    Return how far this database has come: a number that only grows.

    Whatever changes to whom is written has a row in one of these tables, and no
    row of them is ever deleted.
    """
    newest = (
        select(func.coalesce(func.max(table.c.id), 0)).scalar_subquery()
        for table in (journal, incoming, response, objection)
    )
    return sum(connection.execute(select(*newest)).one())


def last_change(connection: Connection) -> datetime | None:
    """Return when the last thing happened that is known here, `None` if nothing."""
    columns = (
        journal.c.at,
        incoming.c.stored_at,
        response.c.at,
        objection.c.at,
        attempt.c.finished_at,
    )
    last = (connection.scalar(select(func.max(column))) for column in columns)
    return max(filter(None, last), default=None)


def knows(connection: Connection, delivery_id: int, attempt_number: int) -> bool:
    """Return whether it is known here that an attempt's dot was let go."""
    row = connection.execute(
        select(delivery.c.attempts, delivery.c.state).where(
            delivery.c.id == delivery_id
        )
    ).one_or_none()
    if row is None or row.attempts < attempt_number:
        return False
    return bool(row.attempts > attempt_number or row.state != DeliveryState.BEGUN.value)
