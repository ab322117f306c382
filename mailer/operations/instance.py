"""
Only the office itself sends: not its copy, nor what a backup brought back.

A copy of the ledger does not know what left after it was made, and would send
it again.  So database and folder carry the same random identity, and both count
the batches that were leased, and the folder has whose dot was let go last: a
database behind its folder has lost something.
`operations.adopt` makes a copy the office.

What neither shows: a whole machine set back to a snapshot.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from mailer.errors import LeaseError, Problem
from mailer.files.instance import (
    Anchor,
    LastDot,
    read_anchor,
    write_anchor,
    write_count,
)
from mailer.model.history import NEVER
from mailer.store import instance
from mailer.store.instance import InstanceRow

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from mailer.model.delivery import Delivery
    from mailer.operations.office import Office

_ADOPT = (
    "if nothing else sends for this office any more, compare the ledger with the "
    "relay's log and run `mailer doctor --adopt`"
)


class Difference(Enum):
    """In what a folder and its database do not belong together."""

    BEHIND = "behind"  #: the database has not seen batches that the folder has
    STRANGERS = "strangers"  #: they were never one office
    COPIED = "copied"  #: the folder is a copy, or was restored
    MOVED = "moved"  #: it is the same folder in another place


@dataclass(frozen=True, slots=True)
class Instance:
    """The office that may send."""

    folder: Path
    identity: str
    last_dot: LastDot

    def count(self, connection: Connection) -> int:
        """
        Count one more batch in the database; return its number.

        Raises:
            LeaseError: Another folder has become the office meanwhile.
        """
        number = instance.raise_counter(connection, self.identity)
        if number is None:
            raise LeaseError.at(
                str(self.folder), "another folder was made the office", _ADOPT
            )
        return number

    def note(self, number: int) -> None:
        """Write the number into the folder, before anything of its batch leaves."""
        write_count(self.folder, number)

    def note_dot(self, delivery: Delivery) -> None:
        """Write into the folder whose dot is let go, right before it leaves."""
        self.last_dot.note(delivery.id, delivery.attempts)

    def close(self) -> None:
        """End with the folder."""
        self.last_dot.close()


def require_instance(office: Office) -> Instance:
    """
    Return the instance that may send; an office that never sent becomes one.

    Raises:
        LeaseError: Folder and database do not belong together, or are a copy.
        StoreError: One of them cannot be read.
    """
    found = read_anchor(office.folder)
    row, difference = look(office, found)
    if difference is None:
        return Instance(office.folder, found.identity, LastDot(office.folder))
    if not found.count and not (row and row.counter):  # nobody ever sent anything
        return make_instance(office, 0, NEVER)
    raise LeaseError(_problem(found, row, difference))


def look_at_instance(office: Office) -> Problem | None:
    """Return why this office would send nothing, `None` if it would."""
    try:
        require_instance(office)
    except LeaseError as error:
        return error.problems[0]
    return None


def make_instance(office: Office, counter: int, since: datetime) -> Instance:
    """
    Let this folder and this database be the office from now on.

    What was due before `since` may have left without the ledger knowing of it.
    """
    anchor = write_anchor(office.folder, uuid.uuid4().hex)
    row = InstanceRow(
        identity=anchor.identity,
        host=anchor.host,
        path=anchor.path,
        changed_ns=anchor.changed_ns,
        counter=counter,
        since=since,
    )
    with office.database.write() as connection:
        instance.put(connection, row)
    return Instance(office.folder, anchor.identity, LastDot(office.folder))


def look(office: Office, found: Anchor) -> tuple[InstanceRow | None, Difference | None]:
    """Return what the database knows of its folder, and in what that differs."""
    with office.database.read() as connection:
        row = instance.get(connection)
        knows = found.last is None or instance.knows(connection, *found.last)
    return row, _compare(found, row, knows_last=knows)


def _compare(
    found: Anchor, row: InstanceRow | None, *, knows_last: bool
) -> Difference | None:
    if row is None or found.identity != row.identity:
        return Difference.STRANGERS
    if row.counter < found.count or not knows_last:
        return Difference.BEHIND
    if found.changed_ns != row.changed_ns:
        return Difference.COPIED
    if (found.host, found.path) != (row.host, row.path):
        return Difference.MOVED
    return None


def _problem(found: Anchor, row: InstanceRow | None, difference: Difference) -> Problem:
    known = f"{row.path} on {row.host}" if row else "nowhere"
    cause = {
        Difference.BEHIND: (
            "the database is older than its folder: it does not know of all "
            "that has left"
        ),
        Difference.STRANGERS: (
            f"the database does not belong to this folder, but to {known}"
            if row
            else "the database is empty, but this folder has sent before"
        ),
        Difference.COPIED: f"this folder is a copy of {known}, or was restored",
        Difference.MOVED: f"this folder was moved here from {known}",
    }[difference]
    return Problem(found.path, f"{cause}; nothing is sent", _ADOPT)
