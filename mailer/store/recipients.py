"""
Lists, the organisations and addresses on them, and the suppressed.

A recipient who is gone from the newest import stays in the table, unlisted:
the ledger refers to it.
Whether a list may be taken at all is decided in `recipients` and
`operations.import_recipients`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, func, select, update

from mailer.model.recipient import Gender, Organisation, Recipient, Role
from mailer.model.response import Suppression, SuppressionReason
from mailer.store.tables import (
    AnyRow,
    organisation,
    recipient,
    recipient_list,
    suppression,
)
from mailer.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

_BATCH = 500
_ORGANISATION = [column.label(f"o_{column.name}") for column in organisation.c]


def replace_list(
    connection: Connection,
    name: str,
    source: str,
    rows: Iterable[Recipient],
    now: datetime,
) -> int:
    """
    Make `rows` the list called `name`; return how many there are.

    A known address keeps its id, so that the ledger keeps its recipient.
    """
    _upsert(
        connection,
        recipient_list,
        [{"name": name, "source": source, "imported_at": now, "row_count": 0}],
    )
    connection.execute(
        update(recipient).where(recipient.c.list == name).values(is_listed=False)
    )
    count = 0
    for batch in _batches(rows):
        count += len(batch)
        organisations = {row.organisation.code: row.organisation for row in batch}
        _upsert(
            connection,
            organisation,
            [_organisation_values(one) for one in organisations.values()],
        )
        _upsert(
            connection,
            recipient,
            [_recipient_values(name, row) for row in batch],
            key=("list", "address_key"),
        )
    connection.execute(
        update(recipient_list)
        .where(recipient_list.c.name == name)
        .values(row_count=count)
    )
    return count


def lists(connection: Connection) -> list[AnyRow]:
    """Return (name, source, imported_at, row_count) of every list."""
    return list(
        connection.execute(select(recipient_list).order_by(recipient_list.c.name))
    )


def row_count(connection: Connection, name: str) -> int | None:
    """Return how many rows the last import of a list had; `None` without one."""
    return connection.execute(
        select(recipient_list.c.row_count).where(recipient_list.c.name == name)
    ).scalar_one_or_none()


def listed(connection: Connection, name: str) -> Iterator[Recipient]:
    """Stream the recipients of a list, in the order of their ids."""
    rows = connection.execute(
        select(recipient, *_ORGANISATION)
        .join(organisation)
        .where(recipient.c.list == name, recipient.c.is_listed)
        .order_by(recipient.c.id)
        .execution_options(yield_per=_BATCH)
    )
    for row in rows:
        yield recipient_of(row)


def by_ids(connection: Connection, ids: Iterable[int]) -> list[Recipient]:
    """Return some recipients, listed or not."""
    rows = connection.execute(
        select(recipient, *_ORGANISATION)
        .join(organisation)
        .where(recipient.c.id.in_(list(ids)))
        .order_by(recipient.c.id)
    )
    return [recipient_of(row) for row in rows]


def of_organisation(connection: Connection, code: str) -> list[Recipient]:
    """Return all addresses of an organisation, listed or not."""
    rows = connection.execute(
        select(recipient, *_ORGANISATION)
        .join(organisation)
        .where(recipient.c.organisation == code)
        .order_by(recipient.c.id)
    )
    return [recipient_of(row) for row in rows]


def organisations(connection: Connection) -> list[Organisation]:
    """Return every organisation, by code."""
    rows = connection.execute(select(*_ORGANISATION).order_by(organisation.c.code))
    return [_organisation_of(row) for row in rows]


def organisations_at(connection: Connection, address_key: str) -> list[Organisation]:
    """Return the organisations that an address belongs to."""
    rows = connection.execute(
        select(*_ORGANISATION)
        .join(recipient)
        .where(recipient.c.address_key == address_key)
        .distinct()
    )
    return [_organisation_of(row) for row in rows]


def organisations_by_domain(connection: Connection) -> dict[str, set[str]]:
    """Return the codes of the organisations that have an address at each domain."""
    rows = connection.execute(select(recipient.c.address_key, recipient.c.organisation))
    domains: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        domains[row.address_key.rpartition("@")[2]].add(row.organisation)
    return domains


def count(connection: Connection, name: str) -> int:
    """Return how many recipients a list has now."""
    return connection.execute(
        select(func.count())
        .select_from(recipient)
        .where(recipient.c.list == name, recipient.c.is_listed)
    ).scalar_one()


def suppress(connection: Connection, entry: Suppression) -> bool:
    """Write to an address no more; return `False` if that was so already."""
    return (
        connection.execute(
            upsert(connection, suppression)
            .values(
                address_key=entry.address_key,
                reason=entry.reason.value,
                since=entry.since,
                evidence=entry.evidence,
            )
            .on_conflict_do_nothing()
        ).rowcount
        == 1
    )


def unsuppress(connection: Connection, address_key: str) -> bool:
    """Allow an address again; return `False` if it was not suppressed."""
    return (
        connection.execute(
            delete(suppression).where(suppression.c.address_key == address_key)
        ).rowcount
        == 1
    )


def suppressions(
    connection: Connection, address_keys: Iterable[str] | None = None
) -> dict[str, Suppression]:
    """Return the suppressed among `address_keys`, or all of them."""
    query = select(suppression).order_by(suppression.c.address_key)
    if address_keys is not None:
        query = query.where(suppression.c.address_key.in_(list(address_keys)))
    return {
        row.address_key: Suppression(
            row.address_key, SuppressionReason(row.reason), row.since, row.evidence
        )
        for row in connection.execute(query)
    }


def recipient_of(row: AnyRow) -> Recipient:
    """Return the record of a row of recipient joined with its organisation."""
    return Recipient(
        id=row.id,
        address=row.address,
        address_key=row.address_key,
        organisation=_organisation_of(row),
        role=Role(row.role),
        gender=Gender(row.gender),
        surname=row.surname,
        language=row.language,
    )


def _organisation_of(row: AnyRow) -> Organisation:
    return Organisation(
        code=row.o_code,
        name=row.o_name,
        official_name=row.o_official_name,
        is_urban=row.o_is_urban,
        region=row.o_region,
        co_official_language=row.o_co_official_language,
        co_official_name=row.o_co_official_name,
        aliases=tuple(row.o_aliases),
    )


def _organisation_values(one: Organisation) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "official_name": one.official_name,
        "is_urban": one.is_urban,
        "region": one.region,
        "co_official_language": one.co_official_language,
        "co_official_name": one.co_official_name,
        "aliases": list(one.aliases),
    }


def _recipient_values(list_name: str, row: Recipient) -> dict[str, Any]:
    return {
        "list": list_name,
        "organisation": row.organisation.code,
        "address": row.address,
        "address_key": row.address_key,
        "role": row.role.value,
        "gender": row.gender.value,
        "surname": row.surname,
        "language": row.language,
        "is_listed": True,
    }


def _upsert(
    connection: Connection,
    table: Any,  # noqa: ANN401 - a Table; its own stub is too narrow for .c
    rows: list[dict[str, Any]],
    key: tuple[str, ...] | None = None,
) -> None:
    statement = upsert(connection, table)
    key = key or tuple(column.name for column in table.primary_key)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(key), set_=changed), rows
    )


def _batches(rows: Iterable[Recipient]) -> Iterator[list[Recipient]]:
    batch: list[Recipient] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
