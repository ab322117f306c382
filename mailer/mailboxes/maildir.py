"""
Read a Maildir: one file per message, in new/ and cur/.

A message is taken once the store knows its unique name; that a mail program
shows it as seen means nothing, so staff may read the same mailbox.
What was taken is moved to cur/ and flagged S, as a mail program would.
Files in tmp/ are still being written and are never looked at.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mailer.errors import ConfigurationError, Problem
from mailer.mailboxes.stored import HEAD_BYTES, MAX_MESSAGE_BYTES, SourceMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

#: before the flags of a name in cur/; ":" cannot stand in a unique name
_INFO = ":2,"
_SEEN = "S"


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
    def order(self) -> tuple[int, str]:
        """Return what sorts it: a unique name begins with the time in seconds."""
        seconds = self.name.partition(".")[0]
        is_time = seconds.isascii() and seconds.isdigit()
        return (int(seconds[:20]) if is_time else 0, self.name)


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

    @property
    def problems(self) -> Sequence[Problem]:
        """Return what could not be read in the latest pass."""
        return tuple(self._problems)

    def messages(self, is_known: Callable[[str], bool]) -> Iterator[SourceMessage]:
        """Yield the messages that are not known, the oldest first."""
        self._problems = []
        self._handed_over = {}
        for entry in sorted(self._entries(), key=lambda one: one.order):
            if is_known(entry.key):
                continue
            message = self._read(entry)
            if message is not None:
                self._handed_over[entry.key] = entry
                yield message

    def mark(self, key: str) -> None:
        """Move a message to cur/ with the flag S; one that is gone is no error."""
        entry = self._handed_over.pop(key, None)
        if entry is None or _SEEN in entry.flags:
            return
        flags = "".join(sorted({*entry.flags, _SEEN}))
        target = self._path / "cur" / f"{key}{_INFO}{flags}"
        if target.exists():
            return  # a second message of this name: rename would destroy it
        with contextlib.suppress(FileNotFoundError):  # somebody else moved it
            (self._path / entry.folder / entry.name).rename(target)

    def _entries(self) -> Iterator[_Entry]:
        """Yield all files by name; whatever begins with a dot is not a message."""
        for folder in ("new", "cur"):
            with os.scandir(self._path / folder) as found:
                names = [one.name for one in found if not one.name.startswith(".")]
            yield from (_Entry(folder, name) for name in names)

    def _read(self, entry: _Entry) -> SourceMessage | None:
        """Return a message; `None` if it vanished, or could not be read."""
        path = self._path / entry.folder / entry.name
        try:
            with open(path, "rb", opener=_opened_safely) as file:
                status = os.fstat(file.fileno())
                is_big = status.st_size > MAX_MESSAGE_BYTES
                raw = file.read(HEAD_BYTES if is_big else MAX_MESSAGE_BYTES)
        except FileNotFoundError:
            return None  # taken by somebody else between the listing and now
        except OSError as error:
            next_step = "look at the file; links and special files are never followed"
            cause = f"cannot be read: {error.strerror}"
            self._problems.append(Problem(str(path), cause, next_step))
            return None
        received_at = datetime.fromtimestamp(status.st_mtime, UTC)
        return SourceMessage(entry.key, raw, received_at, is_big)


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
