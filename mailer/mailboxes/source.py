"""
Where mail comes in: one protocol, whatever the mailbox is.

A source hands over bytes and marks a message only when it is told to, which
is after the store's commit: nothing that was not kept is ever taken away.
What a message means is decided in `mailer.inbox`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mailer.errors import ConfigurationError
from mailer.mailboxes.maildir import Maildir
from mailer.mailboxes.mbox import Mbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mailer.errors import Problem
    from mailer.mailboxes.stored import Memory, SourceMessage

_PLACE = "mailer.toml, [mailbox] source"
_KINDS = "write maildir:PATH, mbox:PATH or imaps://user@host/FOLDER"


class Source(Protocol):
    """A mailbox that is read, and never written but for the mark."""

    def messages(self, memory: Memory) -> Iterator[SourceMessage]:
        """
        Yield the messages not yet taken, one at a time, in a stable order.

        A message that vanishes or cannot be read is left out; see `problems`.

        Args:
            memory: What the store has, so that it need not be read again.

        Raises:
            MailboxError: It cannot be read further; what was yielded is good.
        """

    def mark(self, keys: Sequence[str]) -> None:
        """Note that messages have been taken; call it after the commit only."""

    @property
    def settled(self) -> tuple[str, int] | None:
        """
        Return a series, and up to which of its numbers nothing is left to take.

        `None` until the latest pass is through, and for a mailbox without numbers.
        Remember it once everything that was yielded is committed.
        """

    @property
    def problems(self) -> Sequence[Problem]:
        """Return what could not be read, or not be marked, in the latest pass."""

    @property
    def is_complete(self) -> bool:
        """Return whether the latest pass handed over all that lies there unknown."""

    def closed_to_us(self, memory: Memory) -> Sequence[Problem]:
        """
        Return what a pass could not read, as far as that shows without one.

        Nothing is handed over or marked; a server is not asked for its messages.
        """

    def close(self) -> None:
        """End with it."""


def open_source(source: str, base: Path) -> Source:
    """
    Return the mailbox in files which `source` names.

    Args:
        source: "maildir:PATH" or "mbox:PATH".
        base: The office's folder; a relative PATH starts there.

    Raises:
        ConfigurationError: It is of another kind, or there is none at PATH.
    """
    kind, colon, path = source.strip().partition(":")
    if not colon or not path:
        raise ConfigurationError.at(_PLACE, f"'{source}' names no mailbox", _KINDS)
    match kind:
        case "maildir":
            return Maildir(base / path)
        case "mbox":
            return Mbox(base / path)
        case _:
            cause = f"'{kind}' is no mailbox in files"
            raise ConfigurationError.at(_PLACE, cause, _KINDS)
