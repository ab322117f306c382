"""
The office's log: a file of JSON lines, `mailer.log`, that makes room for itself.

What stands in a line is decided in `operations.log_line`.  The log is for those who
look after the machine; nothing depends on it, so nothing fails because of it: a line
for which there is no room is left out.
Each line is one write at the file's end, which copying and truncating does not spoil.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE_NAME = "mailer.log"
LARGEST = 10_000_000  #: bytes; some thirty thousand attempts
KEPT = 5  #: files that were put away: mailer.log.1 is the newest


class EventLog:
    """
    The log of the office in `folder`; the file is opened when there is something.

    One process writes it at a time: whoever holds the sender's lock.

    Args:
        folder: The office's.
        largest: Bytes, after which the file is put away and a new one begun.
    """

    def __init__(self, folder: Path, largest: int = LARGEST) -> None:
        self.path, self._largest = folder / FILE_NAME, largest
        self._opened: int | None = None
        self._size = 0
        self._is_torn = False  #: the last line came only half onto the disk

    def write(self, line: Mapping[str, object]) -> None:
        """Add a line, if that can be done."""
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        octets = f"{text}\n".encode()
        with contextlib.suppress(OSError):
            opened = self._open()
            if self._is_torn:
                octets = b"\n" + octets
            written = os.write(opened, octets)
            self._size += written
            self._is_torn = written < len(octets)

    def close(self) -> None:
        """Close the file; the next line opens it again."""
        if self._opened is not None:
            os.close(self._opened)
            self._opened = None

    def _open(self) -> int:
        if self._opened is not None and self._size >= self._largest:
            self.close()
            self._put_away()
        if self._opened is None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            self._opened = os.open(self.path, flags, 0o600)
            self._size = os.fstat(self._opened).st_size
        return self._opened

    def _put_away(self) -> None:
        """Move each file to the next number; the oldest is overwritten."""
        names = [FILE_NAME, *(f"{FILE_NAME}.{n}" for n in range(1, KEPT + 1))]
        for older, newer in zip(reversed(names[1:]), reversed(names[:-1]), strict=True):
            with contextlib.suppress(FileNotFoundError):
                self.path.with_name(newer).replace(self.path.with_name(older))
