"""What a mailbox is told about the store, in tests of mailboxes alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.mailboxes.source import Source


@dataclass
class Notes:
    """A store that remembers names and numbers, and no messages."""

    keys: set[str] = field(default_factory=set)
    numbers: dict[str, int] = field(default_factory=dict)

    def known(self, keys: Sequence[str]) -> set[str]:
        """Return which of these are noted."""
        return self.keys & set(keys)

    def settled(self, series: str) -> int:
        """Return the number that is noted for a series."""
        return self.numbers.get(series, 0)

    def take(self, source: Source) -> list[bytes]:
        """Do what the intake does with each message, one by one; return them."""
        taken = []
        for message in source.messages(self):
            taken.append(message.raw)
            self.keys.add(message.key)
            source.mark([message.key])
        if source.settled is not None:
            series, up_to = source.settled
            self.numbers[series] = up_to
        return taken

    def look(self, source: Source) -> list[Any]:
        """Return what is there and not noted; note nothing."""
        return list(source.messages(self))
