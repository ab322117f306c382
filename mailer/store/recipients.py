"""
Lists, the organisations and addresses on them, and the suppressed.

A recipient who is gone from the newest import stays in the table, unlisted:
the ledger refers to it.
How a list comes in is `store.arrivals`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, func, select

from mailer.model.recipient import Gender, Organisation, Recipient, Role
from mailer.model.response import Suppression, SuppressionReason
from mailer.store.given import GIVEN_ID, given
from mailer.store.tables import (
    AnyRow,
    organisation,
    recipient,
    recipient_list,
    suppression,
)
from mailer.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_BATCH = 500
_ROLES = {role.value: role for role in Role}
_GENDERS = {gender.value: gender for gender in Gender}

#: the fields of `Organisation`, in its order
_ORGANISATION = (
    organisation.c.code,
    organisation.c.name,
    organisation.c.official_name,
    organisation.c.is_urban,
    organisation.c.region,
    organisation.c.co_official_language,
    organisation.c.co_official_name,
    organisation.c.aliases,
)
_RECIPIENT = (
    recipient.c.id,
    recipient.c.address,
    recipient.c.address_key,
    recipient.c.role,
    recipient.c.gender,
    recipient.c.surname,
    recipient.c.language,
    *_ORGANISATION,
)


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
        select(*_RECIPIENT)
        .join(organisation)
        .where(recipient.c.list == name, recipient.c.is_listed)
        .order_by(recipient.c.id)
        .execution_options(yield_per=_BATCH)
    )
    for row in rows:
        yield _recipient_of(row)


def by_ids(connection: Connection, ids: Iterable[int]) -> list[Recipient]:
    """Return some recipients, listed or not."""
    rows = connection.execute(
        select(*_RECIPIENT)
        .join(organisation)
        .where(recipient.c.id == GIVEN_ID)
        .order_by(recipient.c.id),
        given(ids),
    )
    return [_recipient_of(row) for row in rows.all()]


def of_organisation(connection: Connection, code: str) -> list[Recipient]:
    """Return all addresses of an organisation, listed or not."""
    rows = connection.execute(
        select(*_RECIPIENT)
        .join(organisation)
        .where(recipient.c.organisation == code)
        .order_by(recipient.c.id)
    )
    return [_recipient_of(row) for row in rows]


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


def addresses_by_organisation(connection: Connection) -> dict[str, list[str]]:
    """Return every organisation's addresses, listed or not, by its code."""
    columns = (recipient.c.organisation, recipient.c.address)
    rows = connection.execute(select(*columns).distinct().order_by(*columns))
    found: dict[str, list[str]] = defaultdict(list)
    for code, address in rows:
        found[code].append(address)
    return found


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


def suppressions(connection: Connection) -> dict[str, Suppression]:
    """Return all suppressions, by address."""
    query = select(suppression).order_by(suppression.c.address_key)
    return {row.address_key: _suppression_of(row) for row in connection.execute(query)}


def suppression_at(connection: Connection, address_key: str) -> Suppression | None:
    """Return the suppression of an address, if it has one."""
    query = select(suppression).where(suppression.c.address_key == address_key)
    row = connection.execute(query).one_or_none()
    return _suppression_of(row) if row else None


def suppressions_of(
    connection: Connection, ids: Iterable[int]
) -> dict[str, Suppression]:
    """Return the suppressions of some recipients, by address."""
    keys = select(recipient.c.address_key).where(recipient.c.id == GIVEN_ID)
    query = select(suppression).where(suppression.c.address_key.in_(keys))
    rows = connection.execute(query, given(ids))
    return {row.address_key: _suppression_of(row) for row in rows}


def _suppression_of(row: AnyRow) -> Suppression:
    reason = SuppressionReason(row.reason)
    return Suppression(row.address_key, reason, row.since, row.evidence)


def _recipient_of(row: AnyRow) -> Recipient:
    """Return the record of a row of `_RECIPIENT`; by position, for it is fast."""
    id_, address, address_key, role, gender, surname, language, *about = row
    return Recipient(
        id=id_,
        address=address,
        address_key=address_key,
        organisation=_organisation_of(about),
        role=_ROLES[role],
        gender=_GENDERS[gender],
        surname=surname,
        language=language,
    )


def _organisation_of(row: Sequence[Any]) -> Organisation:
    code, name, official_name, is_urban, region, language, other_name, aliases = row
    return Organisation(
        code=code,
        name=name,
        official_name=official_name,
        is_urban=is_urban,
        region=region,
        co_official_language=language,
        co_official_name=other_name,
        aliases=tuple(aliases),
    )
