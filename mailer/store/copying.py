"""
Copy a list, and what we know of its addresses, into another database.

Nothing that happened goes along: no campaign, no delivery, no answer.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select

from mailer.store.tables import organisation, recipient, recipient_list, suppression

if TYPE_CHECKING:
    from sqlalchemy import Select

_BATCH = 1000


def copy_list(source: Connection, target: Connection, list_name: str) -> None:
    """
    Copy a list with its organisations and all suppressions.

    Args:
        source: Only read.
        target: In a write transaction; of a database that has none of it.
        list_name: Of an imported list.
    """
    listed = recipient.c.list == list_name
    named = select(recipient.c.organisation).where(listed)
    for query in (
        select(recipient_list).where(recipient_list.c.name == list_name),
        select(organisation).where(organisation.c.code.in_(named)),
        select(recipient).where(listed),
        select(suppression),
    ):
        _copy(source, target, query)


def _copy(source: Connection, target: Connection, query: Select[tuple[()]]) -> None:
    (table,) = query.get_final_froms()
    rows = source.execute(query).mappings()
    while batch := [dict(row) for row in islice(rows, _BATCH)]:
        target.execute(insert(table), batch)  # type: ignore[arg-type] # a table
