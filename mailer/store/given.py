"""
Statements that go over rows they are given: many marks at once, on each database.

A statement for each mark would cost the sender's other threads more than it does
itself: the driver lets go of the interpreter and fetches it back each time.  So
the rows travel as one text in JSON, which the database takes apart.
Such a statement is spelled once for each kind of database, because to spell it
costs more than to run it.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, String, bindparam, cast, column
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement, GenericFunction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ClauseElement, Connection
    from sqlalchemy.sql.compiler import SQLCompiler

_ROWS = "given_rows"


class json_each(GenericFunction[Any]):  # noqa: N801 - the name of the function in SQL
    """The elements of an array in JSON; a row each."""

    inherit_cache = True


_ROW = (
    json_each(bindparam(_ROWS, type_=String))
    .table_valued(column("value", JSON))
    .alias("given")
    .c.value
)


#: the id that a row is, in a SELECT over `given(ids)`
GIVEN_ID = cast(cast(_ROW, String), BigInteger)


def given(ids: Iterable[int]) -> dict[str, str]:
    """Return the parameter of a SELECT over ids: one, however many they are."""
    return {_ROWS: json.dumps([*ids])}


class _Item(FunctionElement[Any]):
    """An item of a row that was given."""

    inherit_cache = False

    def __init__(self, position: int, type_: BigInteger | String) -> None:
        super().__init__(_ROW)
        self.position, self.type = position, type_


def given_text(position: int) -> _Item:
    """Return the text, or NULL, at a position of a row that is given."""
    return _Item(position, String())


def given_number(position: int) -> _Item:
    """Return the whole number at a position of a row that is given."""
    return _Item(position, BigInteger())


@dataclass(frozen=True, slots=True)
class _Spelled:
    sql: str
    order: Sequence[str] | None  #: of the parameters, if they have no names in `sql`
    constants: Mapping[str, Any]


class ForEach:
    """A statement that goes over rows; what it needs beside them are parameters."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._spelled: dict[str, _Spelled] = {}

    def run(
        self,
        connection: Connection,
        rows: Iterable[Sequence[str | int | None]],
        **parameters: str,
    ) -> int:
        """Let it go over `rows`; return how many it changed."""
        changed: int = self._cursor(connection, rows, parameters).rowcount
        return changed

    def ids(
        self,
        connection: Connection,
        rows: Iterable[Sequence[str | int | None]],
        **parameters: str,
    ) -> set[int]:
        """Let it go over `rows`; return the ids that it gives back."""
        return {row[0] for row in self._cursor(connection, rows, parameters)}

    def _cursor(
        self,
        connection: Connection,
        rows: Iterable[Sequence[str | int | None]],
        parameters: Mapping[str, str],
    ) -> Any:  # noqa: ANN401 - the driver's cursor, or SQLAlchemy's
        name = connection.dialect.name
        if name not in self._spelled:
            self._spelled[name] = self._spell(connection)
        spelled = self._spelled[name]
        given = json.dumps([*rows], ensure_ascii=False)
        values = {**spelled.constants, **parameters, _ROWS: given}
        if spelled.order is None:
            return connection.exec_driver_sql(spelled.sql, values)
        in_order = tuple(values[one] for one in spelled.order)
        # SQLite is a library in this process: SQLAlchemy, which looks after lost
        # connections, would take longer than the statement.
        try:
            return connection.connection.cursor().execute(spelled.sql, in_order)
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                spelled.sql, in_order, error, sqlite3.Error, dialect=connection.dialect
            ) from error

    def _spell(self, connection: Connection) -> _Spelled:
        compiled: Any = self._statement.compile(dialect=connection.dialect)
        return _Spelled(compiled.string, compiled.positiontup, compiled.params)


@compiles(json_each, "postgresql")
def _rows_in_postgresql(
    element: json_each,
    compiler: SQLCompiler,
    **options: Any,  # noqa: ANN401 - SQLAlchemy's signature
) -> str:
    rows = compiler.process(element.clauses, **options)
    return f"json_array_elements(CAST({rows} AS JSON))"


@compiles(_Item)
def _item(
    element: _Item,
    compiler: SQLCompiler,
    **options: Any,  # noqa: ANN401 - SQLAlchemy's signature
) -> str:
    row = compiler.process(element.clauses, **options)
    return f"json_extract({row}, '$[{element.position}]')"


@compiles(_Item, "postgresql")
def _item_in_postgresql(
    element: _Item,
    compiler: SQLCompiler,
    **options: Any,  # noqa: ANN401 - SQLAlchemy's signature
) -> str:
    row = compiler.process(element.clauses, **options)
    type_ = element.type.compile(dialect=compiler.dialect)
    return f"CAST({row} ->> {element.position} AS {type_})"
