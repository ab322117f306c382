"""
A list on its way in: gathered aside, then made the list in one step.

The rows are gathered in a temporary table, which nobody else sees and which
locks nothing, however long it takes.  It is sorted by address once it is whole,
which finds the address that stands there twice: to keep it sorted all the while
takes several times as long, as lists are in any order.
"""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.schema import DropTable

from mailer.store.tables import organisation, recipient, recipient_list
from mailer.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from mailer.model.recipient import Arrival, Organisation

_BATCH = 1_000

#: the columns of `Arrival`, in its order
_arrival = Table(
    "arrival",
    MetaData(),
    Column("row", Integer, primary_key=True),
    Column("address_key", String, nullable=False),
    Column("address", String, nullable=False),
    Column("organisation", String, nullable=False),
    Column("role", String, nullable=False),
    Column("gender", String, nullable=False),
    Column("surname", String, nullable=False),
    Column("language", String, nullable=False),
    prefixes=["TEMPORARY"],
)
_SORT = "CREATE INDEX arrival_by_address ON arrival (address_key)"


def gather(connection: Connection, arrivals: Iterable[Arrival]) -> None:
    """Put `arrivals` aside, in place of what this connection gathered before."""
    connection.execute(DropTable(_arrival, if_exists=True))
    _arrival.create(connection, checkfirst=False)
    rest = iter(arrivals)
    statement = _insertion(connection)
    while batch := list(islice(rest, _BATCH)):
        # As the driver takes them: SQLAlchemy would touch each value of a million.
        connection.exec_driver_sql(statement, batch)
    connection.exec_driver_sql(_SORT)


def repeated(connection: Connection) -> Iterable[tuple[int, str, int]]:
    """Return each row whose address came before: its number, the address, the first."""
    first = (
        select(_arrival.c.address_key, func.min(_arrival.c.row).label("row"))
        .group_by(_arrival.c.address_key)
        .having(func.count() > 1)
        .subquery()
    )
    return connection.execute(
        select(_arrival.c.row, _arrival.c.address, first.c.row)
        .join(first, _arrival.c.address_key == first.c.address_key)
        .where(_arrival.c.row != first.c.row)
        .order_by(_arrival.c.row)
    )


def leave_out(connection: Connection, rows: Collection[int]) -> None:
    """Take rows back, by their numbers."""
    if rows:
        connection.execute(
            delete(_arrival).where(_arrival.c.row == bindparam("number")),
            [{"number": number} for number in rows],
        )


def count(connection: Connection) -> int:
    """Return how many rows there are."""
    return connection.execute(select(func.count()).select_from(_arrival)).scalar_one()


def organisation_codes(connection: Connection) -> set[str]:
    """Return the codes of the organisations that rows name."""
    code = _arrival.c.organisation
    return set(connection.execute(select(code).where(code != "").distinct()).scalars())


def replace_list(
    connection: Connection,
    name: str,
    source: str,
    organisations: Iterable[Organisation],
    now: datetime,
) -> None:
    """
    Make what was gathered the list called `name`.

    A known address keeps its id, so that the ledger keeps its recipient.

    Args:
        connection: The one that gathered.
        name: The list's name.
        source: The file it was read from.
        organisations: Those that the rows name.
        now: The moment of the import.
    """
    rows = {"source": source, "imported_at": now, "row_count": count(connection)}
    _write(connection, recipient_list, [{"name": name, **rows}])
    described = map(asdict, organisations)
    while batch := list(islice(described, _BATCH)):
        _write(connection, organisation, batch)
    _write(connection, organisation, _unnamed())
    still_there = exists().where(_arrival.c.address_key == recipient.c.address_key)
    connection.execute(
        update(recipient)
        .where(recipient.c.list == name, recipient.c.is_listed, ~still_there)
        .values(is_listed=False)
    )
    _write(connection, recipient, _recipients(name), key=("address_key", "list"))


def _recipients(name: str) -> Select[Any]:
    """Return what was gathered as rows of `recipient`, in the list's order."""
    code = _arrival.c.organisation
    values = {
        "list": literal(name),
        "organisation": case((code == "", _arrival.c.address_key), else_=code),
        "is_listed": true(),
    }
    values |= {
        column.name: _arrival.c[column.name]
        for column in recipient.c
        if column.name in _arrival.c and column.name not in values
    }
    return _select(values, _arrival.c.row)


def _unnamed() -> Select[Any]:
    """Return the organisations of rows that name none: their address is its name."""
    address_key = _arrival.c.address_key
    values = {
        "code": address_key,
        "name": address_key,
        "official_name": address_key,
        "is_urban": false(),
        "region": literal(""),
        "co_official_language": literal(""),
        "co_official_name": literal(""),
        "aliases": literal([], JSON),
    }
    # In the order of their index, so that each goes to its end.
    return _select(values, address_key).where(_arrival.c.organisation == "")


def _select(
    values: Mapping[str, ColumnElement[Any]], order: Column[Any]
) -> Select[Any]:
    # Without a clause after FROM, SQLite would read ON CONFLICT as a join's.
    columns = [value.label(name) for name, value in values.items()]
    return select(*columns).order_by(order)


def _write(
    connection: Connection,
    table: Table,
    rows: list[dict[str, Any]] | Select[Any],
    key: Sequence[str] = (),
) -> None:
    """Insert rows, or change those that are there by `key`, by default the primary."""
    statement = upsert(connection, table)
    key = key or [column.name for column in table.primary_key]
    if isinstance(rows, list):
        names, parameters = list(rows[0]), rows
    else:
        names, parameters = rows.selected_columns.keys(), None
        statement = statement.from_select(names, rows)
    changed = {name: statement.excluded[name] for name in names if name not in key}
    connection.execute(
        statement.on_conflict_do_update(index_elements=key, set_=changed), parameters
    )


def _insertion(connection: Connection) -> str:
    """Return the statement that keeps an arrival, its values by position."""
    dialect: Any = connection.dialect
    if not dialect.positional:
        dialect = type(dialect)(paramstyle="format")
    return str(insert(_arrival).compile(dialect=dialect))
