"""One message as it lies in a mailbox, and what is remembered of a mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

#: a bigger message is handed over by its beginning only, so that a person sees it
MAX_MESSAGE_BYTES = 25 * 1024 * 1024
#: how much of such a message is handed over
HEAD_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class SourceMessage:
    """One message as it lies in the mailbox."""

    key: str  #: names it in this source, the same in each pass
    raw: bytes  #: as stored there; only the beginning if `truncated`
    received_at: datetime | None = None  #: aware, UTC, if the mailbox knows it
    truncated: bool = False  #: it has more than `MAX_MESSAGE_BYTES`


class Memory(Protocol):
    """What the store remembers of a mailbox; everything in it is committed."""

    def known(self, keys: Sequence[str]) -> AbstractSet[str]:
        """Return which of these messages we have."""

    def settled(self, series: str) -> int:
        """Return up to which number of a series nothing is left to take, or 0."""
