"""
What an office's folder knows of itself: its identity, and its last batch.

`mailer.instance` is written once, so its time of change (`st_ctime`, which no
program can set) tells a folder from its copy, and from itself restored.
`mailer.count` has the number of the last batch of messages that was leased.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

ANCHOR = "mailer.instance"
COUNT = "mailer.count"
_WIDTH = 20  #: digits; written over in place, which needs no room on a full disk


@dataclass(frozen=True, slots=True)
class Anchor:
    """An office's folder, as it is found."""

    identity: str  #: "" if it has none
    host: str
    path: str
    changed_ns: int  #: when the file with the identity was last made or touched
    count: int  #: 0 if no batch was ever leased


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
    return Anchor(
        identity, socket.gethostname(), str(folder.resolve()), changed, _count(folder)
    )


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
    file = folder / COUNT
    try:
        number = os.open(file, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.pwrite(number, f"{count:0{_WIDTH}}\n".encode(), 0)
            os.fsync(number)
        finally:
            os.close(number)
    except OSError as error:
        raise _unusable(file, error) from None


def _count(folder: Path) -> int:
    file = folder / COUNT
    try:
        return int(file.read_text("ascii") or "0")
    except FileNotFoundError:
        return 0
    except (OSError, ValueError) as error:
        raise _unusable(file, error) from None


def _unusable(file: Path, error: OSError | ValueError) -> StoreError:
    cause = getattr(error, "strerror", None) or str(error)
    return StoreError.at(str(file), cause, "look after the disk and the file's rights")
