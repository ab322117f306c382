"""A disk that is full, as SQLite sees it: no further page for its file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.store.database import Database


@contextmanager
def full_disk(database: Database, pages_left: int = 0) -> Iterator[None]:
    """
    Let `database` grow by `pages_left` pages and no further.

    SQLite then says SQLITE_FULL, as it does when the disk has no room.
    """
    with database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(dbapi_connection: Any, _record: Any) -> None:
        most = pages + pages_left
        dbapi_connection.execute(f"PRAGMA max_page_count = {most}")

    event.listen(database.engine, "connect", limit)
    database.engine.dispose()
    try:
        yield
    finally:
        event.remove(database.engine, "connect", limit)
        database.engine.dispose()
