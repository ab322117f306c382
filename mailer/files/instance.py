"""
What an office's folder knows of itself: its identity, and how far it came.

`mailer.instance` is written once, so its time of change (`st_ctime`, which no
program can set) tells a folder from its copy, and from itself restored.
`mailer.count` has the number of the last batch of messages that was leased,
which attempt's dot was the last to be let go, and the database's progress.  It is
made once and written in place, so that its inode is another where a program has
put an earlier one there.
"""

from __future__ import annotations

import fcntl
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mailer.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

ANCHOR = "mailer.instance"
COUNT = "mailer.count"
_WIDTH = 20  #: digits; written over in place, which needs no room on a full disk
_LINE = _WIDTH + 1
_LINES = 4  #: count, delivery and attempt of the last dot, progress
_PROGRESS = 3 * _LINE  #: where it stands


class Dot(NamedTuple):
    """An attempt whose final dot may have left."""

    delivery: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """An office's folder, as it is found."""

    identity: str  #: "" if it has none
    host: str
    path: str
    changed_ns: int  #: when the file with the identity was last made or touched
    inode: int  #: of the file with the count; 0 if that is missing, or torn
    count: int  #: 0 if no batch was ever leased
    last: Dot | None  #: `None` if none left since the count began
    progress: int  #: the database had come as far as this (`store.instance`)


def read_anchor(folder: Path) -> Anchor:
    """
    Return what the folder knows of itself.

    Raises:
        StoreError: Its files cannot be read.
    """
    file = folder / ANCHOR
    try:
        identity, changed = file.read_text("ascii").strip(), file.stat().st_ctime_ns
    except FileNotFoundError:
        identity, changed = "", 0
    except (OSError, ValueError) as error:
        raise _unusable(file, error) from None
    inode, (count, delivery, attempt, progress) = _numbers(folder / COUNT)
    return Anchor(
        identity=identity,
        host=socket.gethostname(),
        path=str(folder.resolve()),
        changed_ns=changed,
        inode=inode,
        count=count,
        last=Dot(delivery, attempt) if delivery or attempt else None,
        progress=progress,
    )


def write_anchor(folder: Path, identity: str, count: int) -> Anchor:
    """
    Give the folder an identity, for as long as it lives; return the folder then.

    It begins anew with `count`: no dot was let go since, and no progress made.

    Raises:
        StoreError: It cannot be written.
    """
    _make(folder / COUNT, _lines(count, 0, 0, 0))
    _make(folder / ANCHOR, f"{identity}\n".encode("ascii"))
    return read_anchor(folder)


def write_count(folder: Path, count: int) -> None:
    """
    Write down the number of a batch; it is on the disk when this returns.

    Raises:
        StoreError: It cannot be written.
    """
    _write(folder / COUNT, count)


def raise_progress(folder: Path, progress: int) -> None:
    """
    Write down how far the database has come, unless it had come further.

    Commands that end at once wait for each other.  It is not flushed: a power cut
    may set it back, which is never ahead of the database.

    Raises:
        StoreError: It cannot be written.
    """
    file = folder / COUNT
    try:
        with file.open("r+b", buffering=0) as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            if int(os.pread(opened.fileno(), _WIDTH, _PROGRESS)) < progress:
                os.pwrite(opened.fileno(), _lines(progress), _PROGRESS)
    except (OSError, ValueError) as error:
        raise _unusable(file, error) from None


class LastDot:
    """The place in the folder that tells whose dot was let go last."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / COUNT
        self._opened: int | None = None

    def note(self, delivery: int, attempt: int) -> None:
        """
        Write it down; it outlives this process.

        It is not flushed: to wait for the disk once more would halve the pace.
        What a power cut takes of it is half a minute at the most.

        Raises:
            StoreError: It cannot be written.
        """
        try:
            if self._opened is None:
                self._opened = _open(self._file)
            os.pwrite(self._opened, _lines(delivery, attempt), _LINE)
        except OSError as error:
            raise _unusable(self._file, error) from None

    def close(self) -> None:
        """Close the file."""
        if self._opened is not None:
            os.close(self._opened)
            self._opened = None


def _make(file: Path, content: bytes) -> None:
    """Make a file, in place of one that is there; it is on the disk then."""
    unfinished = file.with_suffix(".part")
    try:
        with unfinished.open("wb") as writing:
            writing.write(content)
            writing.flush()
            os.fsync(writing.fileno())
        unfinished.rename(file)
    except OSError as error:
        raise _unusable(file, error) from None


def _write(file: Path, number: int) -> None:
    """Write a number over the first that is there; it is on the disk then."""
    try:
        opened = _open(file)
        try:
            os.pwrite(opened, _lines(number), 0)
            os.fsync(opened)
        finally:
            os.close(opened)
    except OSError as error:
        raise _unusable(file, error) from None


def _open(file: Path) -> int:
    return os.open(file, os.O_WRONLY)  # who makes it makes another inode


def _lines(*numbers: int) -> bytes:
    return b"".join(b"%0*d\n" % (_WIDTH, number) for number in numbers)


def _numbers(file: Path) -> tuple[int, list[int]]:
    """Return the file's inode in 63 bits, and its numbers; zeros if it is not whole."""
    try:
        with file.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_SH)
            inode = os.fstat(opened.fileno()).st_ino % 2**63
            found = [int(line) for line in opened.read().split()]
    except FileNotFoundError:
        found = []
    except (OSError, ValueError) as error:
        raise _unusable(file, error) from None
    return (inode, found) if len(found) == _LINES else (0, [0] * _LINES)


def _unusable(file: Path, error: OSError | ValueError) -> StoreError:
    cause = getattr(error, "strerror", None) or str(error)
    return StoreError.at(str(file), cause, "look after the disk and the file's rights")
