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
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from mailer.errors import Problem
    from mailer.mailboxes.stored import SourceMessage

_PLACE = "mailer.toml, [mailbox] source"
_KINDS = "write maildir:PATH or mbox:PATH"


class Source(Protocol):
    """A mailbox that is read, and never written but for the mark."""

    def messages(self, is_known: Callable[[str], bool]) -> Iterator[SourceMessage]:
        """
        Yield the messages not yet taken, one at a time, in a stable order.

        A message that vanishes or cannot be read is left out; see `problems`.

        Args:
            is_known: Whether the store has the message of this key, so that it
                need not be read again.
        """

    def mark(self, key: str) -> None:
        """Note that a message has been taken; call it after the commit only."""

    @property
    def problems(self) -> Sequence[Problem]:
        """Return what could not be read in the latest pass."""


def open_source(source: str, base: Path) -> Source:
    """
    Return the mailbox which `source` names.

    Args:
        source: "maildir:PATH" or "mbox:PATH".
        base: The office's folder; a relative PATH starts there.

    Raises:
        ConfigurationError: It is of another kind, or there is none at PATH.
    """
    kind, colon, path = source.strip().partition(":")
    if kind in ("imap", "imaps"):
        cause = f"{kind} mailboxes cannot be read yet"
        next_step = f"{_KINDS}; let another program fetch the mail there"
        raise ConfigurationError.at(_PLACE, cause, next_step)
    if not colon or not path:
        raise ConfigurationError.at(_PLACE, f"'{source}' names no mailbox", _KINDS)
    match kind:
        case "maildir":
            return Maildir(base / path)
        case "mbox":
            return Mbox(base / path)
        case _:
            cause = f"'{kind}' is no kind of mailbox"
            raise ConfigurationError.at(_PLACE, cause, _KINDS)
