"""
Read an mbox file: messages one after the other, each behind a `From ` line.

Read-only: nothing is ever marked, and each pass yields every message again.
The store knows a message by its digest, so a second reading is harmless.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.errors import ConfigurationError, Problem
from mailer.mailboxes.stored import HEAD_BYTES, MAX_MESSAGE_BYTES, SourceMessage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from mailer.mailboxes.stored import Memory

#: as much of a line as is read at once; a longer one comes in pieces
_PIECE = 64 * 1024

#: a line of the message that would have looked like a separator (RFC 4155; mboxrd
#: quotes quoted ones again)
_QUOTED = re.compile(rb">+From ")


class Mbox:
    """
    An mbox file as a source (`mailer.mailboxes.source.Source`).

    Raises:
        ConfigurationError: There is no file at `path`.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ConfigurationError.at(
                "mailer.toml, [mailbox] source",
                f"there is no mbox file at {path}",
                "correct the path",
            )
        self._path = path

    @property
    def problems(self) -> Sequence[Problem]:
        """Return nothing: a file is read whole, or an error says why not."""
        return ()

    @property
    def is_complete(self) -> bool:
        """Return that it is: a pass that ends has read the whole file."""
        return True

    def closed_to_us(self, memory: Memory) -> Sequence[Problem]:  # noqa: ARG002 - a file is open, or not
        """Return why the file cannot be read."""
        try:
            with self._path.open("rb"):
                return ()
        except OSError as error:
            cause = f"cannot be read: {error.strerror}"
            return (Problem(str(self._path), cause, f"chmod u+r {self._path}"),)

    @property
    def settled(self) -> None:
        """Return nothing: what is behind a place in the file may move before it."""
        return

    def messages(self, memory: Memory) -> Iterator[SourceMessage]:  # noqa: ARG002 - see below
        """
        Yield all messages in the order of the file.

        The key is the message's place in the file, in bytes; as a mail program
        that deletes one moves the others, no key is ever taken for known.

        Raises:
            ConfigurationError: The file is not an mbox, or cannot be read.
        """
        try:
            with self._path.open("rb") as file:
                yield from self._split(file)
        except OSError as error:
            cause = f"cannot be read: {error.strerror}"
            raise ConfigurationError.at(str(self._path), cause) from error

    def mark(self, keys: Sequence[str]) -> None:
        """Do nothing: the file belongs to somebody else."""

    def close(self) -> None:
        """Do nothing: it is open only while it is read."""

    def _split(self, file: BinaryIO) -> Iterator[SourceMessage]:
        """Yield the messages between the separators."""
        current: _Collected | None = None
        offset = 0
        line_begins, after_blank = True, True
        while piece := file.readline(_PIECE):
            if line_begins and after_blank and piece.startswith(b"From "):
                if current:
                    yield current.message()
                current = _Collected(f"{self._path.name};at={offset}")
            elif current:
                current.add(_unquoted(piece) if line_begins else piece)
            elif piece.strip():
                cause = "is not an mbox: it does not begin with a »From « line"
                raise ConfigurationError.at(str(self._path), cause)
            offset += len(piece)
            after_blank = line_begins and not piece.strip(b"\r\n")
            line_begins = piece.endswith(b"\n")
        if current:
            yield current.message()


class _Collected:
    """A message while its lines come in; never more of it than is handed over."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> None:
        """Take the next piece of the message."""
        self._size += len(piece)
        if self._size <= MAX_MESSAGE_BYTES:
            self._pieces.append(piece)
        elif len(self._pieces) > 1:
            self._pieces = [b"".join(self._pieces)[:HEAD_BYTES]]

    def message(self) -> SourceMessage:
        """Return the message, without the blank line before the next separator."""
        raw = b"".join(self._pieces)
        if self._size > MAX_MESSAGE_BYTES:
            return SourceMessage(self._key, raw[:HEAD_BYTES], truncated=True)
        for line_end in (b"\r\n", b"\n"):
            if raw.endswith(line_end * 2):
                return SourceMessage(self._key, raw.removesuffix(line_end))
        return SourceMessage(self._key, raw)


def _unquoted(line: bytes) -> bytes:
    """Return a line without the one `>` that the mbox has added."""
    return line[1:] if _QUOTED.match(line) else line
