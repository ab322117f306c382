"""
Read a Maildir: one file per message, in new/ and cur/.

A message is taken once the store knows its unique name; that a mail program
shows it as seen means nothing, so staff may read the same mailbox.
What was taken is moved to cur/ and flagged S, as a mail program would.
Files in tmp/ are still being written and are never looked at.
"""

from __future__ import annotations

import errno
import heapq
import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mailer.errors import ConfigurationError, ExitCode, MailboxError, Problem
from mailer.mailboxes.stored import HEAD_BYTES, MAX_MESSAGE_BYTES, SourceMessage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mailer.mailboxes.stored import Memory

#: before the flags of a name in cur/; ":" cannot stand in a unique name
_INFO = ":2,"
_SEEN = "S"

_RIGHTS = "let the user who runs mailer read and write the Maildir"
_SPECIAL = "look at it, and move it out of the Maildir; no link is followed"

#: files that are looked at between two readings of the folders: what is in memory
#: of a mailbox of a million
_BATCH = 10_000


class ForbiddenError(MailboxError):
    """A folder cannot be read, and will not be until a person changes that."""

    exit_code = ExitCode.FAILURE


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file of the Maildir, by its name alone."""

    folder: str  #: "new" or "cur"
    name: str

    @property
    def key(self) -> str:
        """Return the unique name, which stays when a message is moved or flagged."""
        return self.name.partition(_INFO)[0]

    @property
    def flags(self) -> str:
        """Return the letters after ":2,"; there are none in new/."""
        return self.name.partition(_INFO)[2]

    @property
    def order(self) -> tuple[int, str, str]:
        """Return what sorts it: a unique name begins with the time in seconds."""
        seconds = self.name.partition(".")[0]
        is_time = seconds.isascii() and seconds.isdigit()
        return (int(seconds[:20]) if is_time else 0, self.name, self.folder)


class Maildir:
    """
    A Maildir as a source (`mailer.mailboxes.source.Source`).

    Raises:
        ConfigurationError: There is no Maildir at `path`.
    """

    def __init__(self, path: Path) -> None:
        if not ((path / "new").is_dir() and (path / "cur").is_dir()):
            raise ConfigurationError.at(
                "mailer.toml, [mailbox] source",
                f"there is no Maildir at {path} (no new/ and cur/ in it)",
                "correct the path, or create the folders new, cur and tmp there",
            )
        self._path = path
        self._problems: list[Problem] = []
        self._handed_over: dict[str, _Entry] = {}
        self._may_mark = True
        self._is_complete = True

    @property
    def problems(self) -> Sequence[Problem]:
        """Return what could not be read, or not be marked, in the latest pass."""
        return tuple(self._problems)

    @property
    def is_complete(self) -> bool:
        """Return whether every message of the latest pass could be read."""
        return self._is_complete

    @property
    def settled(self) -> None:
        """Return nothing: names have no order that a delivery would keep."""
        return

    def messages(self, memory: Memory) -> Iterator[SourceMessage]:
        """Yield the messages that are not known, the oldest first."""
        self._problems = []
        self._handed_over = {}
        self._may_mark = self._is_complete = True
        for entry, is_known in self._entries(memory):
            if is_known:
                self._flag(entry)  # a crash came before that
            elif (message := self._read(entry)) is not None:
                self._handed_over[entry.key] = entry
                yield message

    def closed_to_us(self, memory: Memory) -> Sequence[Problem]:
        """Return which of the messages that are not known cannot be opened, and why."""
        found = []
        try:
            for entry, is_known in self._entries(memory):
                if not is_known:
                    try:
                        os.close(_opened_safely(self._place(entry), os.O_RDONLY))
                    except FileNotFoundError:
                        continue
                    except OSError as error:
                        found.append(self._unreadable(entry, error))
        except ForbiddenError as error:
            found += error.problems
        return found

    def mark(self, keys: Sequence[str]) -> None:
        """Move messages to cur/ with the flag S; one that is gone is no error."""
        for key in keys:
            if entry := self._handed_over.pop(key, None):
                self._flag(entry)

    def close(self) -> None:
        """Do nothing: no file is open between two messages."""

    def _flag(self, entry: _Entry) -> None:
        if _SEEN in entry.flags or not self._may_mark:
            return
        flags = "".join(sorted({*entry.flags, _SEEN}))
        target = self._path / "cur" / f"{entry.key}{_INFO}{flags}"
        path = self._path / entry.folder / entry.name
        if target.exists():  # rename would destroy it
            cause = f"has the name of another message, {target.name}"
            self._problems.append(Problem(str(path), cause, "give it another name"))
            return
        try:
            path.rename(target)
        except FileNotFoundError:
            pass  # somebody else moved it
        except OSError as error:
            self._may_mark = False  # once is enough: there may be a million
            cause = f"is stored, but cannot be marked: {error.strerror}"
            self._problems.append(Problem(str(path), cause, _RIGHTS))

    def _entries(self, memory: Memory) -> Iterator[tuple[_Entry, bool]]:
        """Yield every message, the oldest first, and whether it is known."""
        last: tuple[int, str, str] | None = None
        while batch := heapq.nsmallest(
            _BATCH, self._entries_after(last), key=lambda one: one.order
        ):
            known = memory.known([entry.key for entry in batch])
            for entry in batch:
                yield entry, entry.key in known
            last = batch[-1].order

    def _entries_after(self, last: tuple[int, str, str] | None) -> Iterator[_Entry]:
        """Yield the files after `last`; one that begins with a dot is no message."""
        for folder in ("new", "cur"):
            for name in self._names(folder):
                entry = _Entry(folder, name)
                is_later = last is None or entry.order > last
                if is_later and not name.startswith("."):
                    yield entry

    def _names(self, folder: str) -> Iterator[str]:
        path = self._path / folder
        try:
            with os.scandir(path) as found:
                yield from (one.name for one in found)
        except OSError as error:
            cause = f"cannot be read: {error.strerror}"
            raise ForbiddenError.at(str(path), cause, _RIGHTS) from error

    def _read(self, entry: _Entry) -> SourceMessage | None:
        """Return a message; `None` if it vanished, or could not be read."""
        try:
            with open(self._place(entry), "rb", opener=_opened_safely) as file:
                status = os.fstat(file.fileno())
                is_big = status.st_size > MAX_MESSAGE_BYTES
                raw = file.read(HEAD_BYTES if is_big else MAX_MESSAGE_BYTES)
        except FileNotFoundError:
            return None  # taken by somebody else between the listing and now
        except OSError as error:
            self._problems.append(self._unreadable(entry, error))
            self._is_complete = False
            return None
        received_at = datetime.fromtimestamp(status.st_mtime, UTC)
        return SourceMessage(entry.key, raw, received_at, is_big)

    def _place(self, entry: _Entry) -> str:
        return str(self._path / entry.folder / entry.name)

    def _unreadable(self, entry: _Entry, error: OSError) -> Problem:
        next_step = _RIGHTS if error.errno == errno.EACCES else _SPECIAL
        cause = f"cannot be read: {error.strerror or error}"
        return Problem(self._place(entry), cause, next_step)


def _opened_safely(path: str, flags: int) -> int:
    """
    Open a regular file and nothing else; for `open`.

    Raises:
        OSError: It is a link (ELOOP), a folder, a pipe or a device.
    """
    # A pipe without a writer would wait for ever: O_NONBLOCK.
    number = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return number
