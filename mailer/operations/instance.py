"""
Only the office itself sends: not its copy, nor what a backup brought back.

A copy of the ledger does not know what left after it was made, and would send
it again.  So database and folder carry the same random identity, and both count
the batches that were leased: a database behind its folder has lost some.
`operations.adopt` makes a copy the office.

What neither shows: a whole machine set back to a snapshot.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from mailer.errors import LeaseError, Problem
from mailer.files.instance import Anchor, read_anchor, write_anchor, write_count
from mailer.store import instance
from mailer.store.instance import InstanceRow

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

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


def require_instance(office: Office) -> Instance:
    """
    Return the instance that may send; an office that never sent becomes one.

    Raises:
        LeaseError: Folder and database do not belong together, or are a copy.
        StoreError: One of them cannot be read.
    """
    found = read_anchor(office.folder)
    with office.database.read() as connection:
        row = instance.get(connection)
    difference = compare(found, row)
    if difference is None:
        return Instance(office.folder, found.identity)
    if not found.count and not (row and row.counter):  # nobody ever sent anything
        return make_instance(office, 0)
    raise LeaseError(_problem(found, row, difference))


def look_at_instance(office: Office) -> Problem | None:
    """Return why this office would send nothing, `None` if it would."""
    try:
        require_instance(office)
    except LeaseError as error:
        return error.problems[0]
    return None


def make_instance(office: Office, counter: int) -> Instance:
    """Let this folder and this database be the office from now on."""
    anchor = write_anchor(office.folder, uuid.uuid4().hex)
    row = InstanceRow(
        identity=anchor.identity,
        host=anchor.host,
        path=anchor.path,
        changed_ns=anchor.changed_ns,
        counter=counter,
        since=office.clock.now(),
    )
    with office.database.write() as connection:
        instance.put(connection, row)
    return Instance(office.folder, anchor.identity)


def compare(found: Anchor, row: InstanceRow | None) -> Difference | None:
    """Return in what a folder differs from what its database knows of it."""
    if row is None or found.identity != row.identity:
        return Difference.STRANGERS
    if row.counter < found.count:
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
            f"the database is older than its folder: it knows of "
            f"{row.counter if row else 0} batches, the folder of {found.count}"
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
