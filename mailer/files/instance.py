"""
What an office's folder knows of itself: its identity, and its last batch.

`mailer.instance` is written once, so its time of change (`st_ctime`, which no
program can set) tells a folder from its copy, and from itself restored.
`mailer.count` has the number of the last batch of messages that was leased, and
which attempt's dot was the last to be let go.
"""

from __future__ import annotations

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
    count: int  #: 0 if no batch was ever leased
    last: Dot | None  #: `None` if none left since the count began


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
    count, *dot = _numbers(folder / COUNT)
    last = Dot(*dot) if any(dot) else None
    path = str(folder.resolve())
    return Anchor(identity, socket.gethostname(), path, changed, count, last)


def write_anchor(folder: Path, identity: str) -> Anchor:
    """
    Give the folder an identity, for as long as it lives; return the folder then.

    Raises:
        StoreError: It cannot be written.
    """
    file = folder / ANCHOR
    try:
        unfinished = file.with_suffix(".part")
        with unfinished.open("w", encoding="ascii") as writing:
            writing.write(f"{identity}\n")
            writing.flush()
            os.fsync(writing.fileno())
        unfinished.rename(file)
    except OSError as error:
        raise _unusable(file, error) from None
    return read_anchor(folder)


def write_count(folder: Path, count: int) -> None:
    """
    Write down the number of a batch; it is on the disk when this returns.

    Raises:
        StoreError: It cannot be written.
    """
    _write(folder / COUNT, 0, count)


def forget_last(folder: Path) -> None:
    """
    Begin anew: no dot was let go since the count began.

    Raises:
        StoreError: It cannot be written.
    """
    _write(folder / COUNT, _LINE, 0, 0)


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


def _write(file: Path, offset: int, *numbers: int) -> None:
    """Write numbers over those that are there; they are on the disk then."""
    try:
        opened = _open(file)
        try:
            os.pwrite(opened, _lines(*numbers), offset)
            os.fsync(opened)
        finally:
            os.close(opened)
    except OSError as error:
        raise _unusable(file, error) from None


def _open(file: Path) -> int:
    return os.open(file, os.O_WRONLY | os.O_CREAT, 0o644)


def _lines(*numbers: int) -> bytes:
    return b"".join(b"%0*d\n" % (_WIDTH, number) for number in numbers)


def _numbers(file: Path) -> list[int]:
    """Return the count, and delivery and attempt of the last dot."""
    try:
        found = [int(line) for line in file.read_bytes().split()]
    except FileNotFoundError:
        found = []
    except (OSError, ValueError) as error:
        raise _unusable(file, error) from None
    return [*found, 0, 0, 0][:3]


def _unusable(file: Path, error: OSError | ValueError) -> StoreError:
    cause = getattr(error, "strerror", None) or str(error)
    return StoreError.at(str(file), cause, "look after the disk and the file's rights")
