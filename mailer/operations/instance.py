"""
Only the office itself sends: not its copy, nor what a backup brought back.

A copy of the ledger does not know what left after it was made, nor who answered,
and would send it again.  So database and folder carry the same random identity
from the first approval on, and both count the batches that were leased.  The
folder also has whose dot was let go last, and how far the database had come: one
that is behind its folder has lost something.
`operations.adopt` makes a copy the office.

What neither shows: a whole machine set back to a snapshot, and files that were all
set back in place.
"""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from mailer.errors import LeaseError, MailerError, Problem
from mailer.files.instance import (
    COUNT,
    Anchor,
    LastDot,
    raise_progress,
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


#: further than any database comes: one that was behind stays so until it is adopted
_LOST = 10**18


class Difference(Enum):
    """In what a folder and its database do not belong together."""

    STRANGERS = "strangers"  #: they were never one office
    UNCOUNTED = "uncounted"  #: nothing tells what the folder has seen
    BEHIND = "behind"  #: the database has not seen all that the folder has
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
    Return the instance that may send.

    Raises:
        LeaseError: Folder and database do not belong together, or are a copy.
        StoreError: One of them cannot be read.
    """
    bind(office)
    if problem := look_at_instance(office):
        raise LeaseError(problem)
    identity = read_anchor(office.folder).identity
    return Instance(office.folder, identity, LastDot(office.folder))


def look_at_instance(office: Office) -> Problem | None:
    """Return why this office would send nothing, `None` if it would."""
    found = read_anchor(office.folder)
    row, difference = look(office, found)
    if difference is None or _is_new(found, row):
        return None
    return _problem(found, row, difference)


def bind(office: Office) -> None:
    """
    Let folder and database be one office, unless one of them belongs to one already.

    From then on a copy of them is a copy, also before the first letter.

    Raises:
        StoreError: One of them cannot be read or written.
    """
    found = read_anchor(office.folder)
    with office.database.read() as connection:
        row = instance.get(connection)
    if _is_new(found, row):
        make_instance(office, 0, NEVER)


def _is_new(found: Anchor, row: InstanceRow | None) -> bool:
    """Return whether nobody can have sent anything, nor approved it."""
    is_whole = bool(found.inode or not found.identity)
    return row is None and is_whole and not found.count


def keep_up(office: Office) -> None:
    """
    Write into the folder how far its database has come, for whoever looks later.

    A folder that is ahead of it keeps that in mind: else a restored database would
    only have to grow for a while.  What keeps it from being written is told of
    where something depends on it.
    """
    with contextlib.suppress(MailerError):
        found = read_anchor(office.folder)  # first: the database only moves on
        with office.database.read() as connection:
            row = instance.get(connection)
            progress = instance.progress(connection)
        if row is not None and row.identity == found.identity:
            is_behind = progress < found.progress
            raise_progress(office.folder, _LOST if is_behind else progress)


def make_instance(office: Office, counter: int, since: datetime) -> Instance:
    """
    Let this folder and this database be the office from now on.

    What was due before `since` may have left without the ledger knowing of it.
    """
    anchor = write_anchor(office.folder, uuid.uuid4().hex, counter)
    row = InstanceRow(
        identity=anchor.identity,
        host=anchor.host,
        path=anchor.path,
        changed_ns=anchor.changed_ns,
        inode=anchor.inode,
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
        knows = knows and found.progress <= instance.progress(connection)
    return row, _compare(found, row, knows=knows)


def _compare(
    found: Anchor, row: InstanceRow | None, *, knows: bool
) -> Difference | None:
    if row is None or found.identity != row.identity:
        return Difference.STRANGERS
    if not found.inode:
        return Difference.UNCOUNTED
    if row.counter < found.count or not knows:
        return Difference.BEHIND
    if (found.changed_ns, found.inode) != (row.changed_ns, row.inode):
        return Difference.COPIED
    if (found.host, found.path) != (row.host, row.path):
        return Difference.MOVED
    return None


def _problem(found: Anchor, row: InstanceRow | None, difference: Difference) -> Problem:
    known = f"{row.path} on {row.host}" if row else "nowhere"
    cause = {
        Difference.BEHIND: (
            "the database is older than its folder: it does not know of all "
            "that has left, or was learnt"
        ),
        Difference.STRANGERS: (
            f"the database does not belong to this folder, but to {known}"
            if row
            else "the database is empty, but this folder had another before"
        ),
        Difference.UNCOUNTED: f"{COUNT} is missing or torn: what has left is unknown",
        Difference.COPIED: f"this folder is a copy of {known}, or was restored",
        Difference.MOVED: f"this folder was moved here from {known}",
    }[difference]
    return Problem(found.path, f"{cause}; nothing is sent", _ADOPT)
