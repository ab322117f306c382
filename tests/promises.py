"""
What must be true of a ledger, whatever happened: the relay's own list is the oracle.

The relay of a test is never killed, stopped or restarted.  What it took is told
apart by the Message-ID, which is the same at every attempt at one delivery.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from mailer.model.delivery import DeliveryState as S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailer.model.delivery import Delivery
    from mailer.sandbox.reports import StoredMessage

#: the relay has these for certain
TAKEN = frozenset({S.ACCEPTED, S.DELAYED, S.DELIVERED, S.BOUNCED})

#: the relay may have these: nobody knows, or nobody wants to know any more
UNCERTAIN = frozenset({S.ON_THE_WIRE, S.IN_DOUBT, S.ABANDONED})

_MESSAGE_ID = re.compile(rb"(?im)^Message-ID: <([^@>]+)@")


def reference_of(message: StoredMessage) -> str:
    """Return which delivery the relay has here."""
    found = _MESSAGE_ID.search(message.data)
    assert found, message.data[:500]
    return found[1].decode()


def copies_of(stored: Iterable[StoredMessage]) -> Counter[str]:
    """Return how often the relay has each delivery."""
    return Counter(map(reference_of, stored))


def assert_promises_kept(
    rows: Iterable[Delivery], stored: Iterable[StoredMessage]
) -> None:
    """
    Assert that ledger and relay agree wherever the ledger is certain.

    Nothing is there twice; what was accepted is there; what was not is not; and
    the relay has nothing of which the ledger does not know.
    """
    copies = copies_of(stored)
    states = {row.reference: row.state for row in rows}

    assert {} == {one: count for one, count in copies.items() if count > 1}
    assert set() == copies.keys() - states.keys()
    assert [] == [
        (reference, state)
        for reference, state in states.items()
        if state not in UNCERTAIN and (state in TAKEN) != (reference in copies)
    ]
