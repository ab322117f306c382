"""
Put together what planning and the report may know: one History per recipient.

Recipients are read in batches of a fixed size, so a million of them fit in
constant memory.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from mailer.model.history import History
from mailer.store import deliveries, inbox, objections, recipients, responses
from mailer.store.given import GIVEN_ID, given
from mailer.store.tables import delivery

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mailer.model.delivery import Delivery
    from mailer.model.recipient import Recipient

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Known:
    """A history, and how new it is."""

    history: History
    last_response_id: int  #: the second mark refuses if a newer answer is there


def of_list(connection: Connection, campaign: str, list_name: str) -> Iterator[History]:
    """Stream the histories of a list's recipients in a campaign, by id."""
    listed = recipients.listed(connection, list_name)
    while batch := list(islice(listed, _BATCH)):
        for known in _known(connection, campaign, batch):
            yield known.history


def of_leased(
    connection: Connection, campaign: str, delivery_ids: Sequence[int]
) -> list[tuple[Delivery, Known]]:
    """Return some deliveries, by id, each with what is known of its recipient."""
    wanted = set(delivery_ids)
    their = select(delivery.c.recipient).where(delivery.c.id == GIVEN_ID).distinct()
    ids = connection.execute(their, given(wanted)).scalars().all()
    batch = recipients.by_ids(connection, ids)
    leased = [
        (row, known)
        for known in _known(connection, campaign, batch)
        for row in known.history.deliveries.values()
        if row.id in wanted
    ]
    return sorted(leased, key=lambda pair: pair[0].id)


def _known(
    connection: Connection, campaign: str, batch: list[Recipient]
) -> Iterator[Known]:
    ids = [one.id for one in batch]
    rows_of: dict[int, dict[str, Delivery]] = defaultdict(dict)
    for row in deliveries.of_recipients(connection, ids, campaign):
        rows_of[row.recipient_id][row.step] = row

    answers = responses.of_recipients(connection, campaign, ids)
    objected = objections.of_recipients(connection, campaign, ids)
    suppressed = recipients.suppressions_of(connection, ids)
    heard_until = inbox.heard_until(connection)
    for one in batch:
        theirs = answers.get(one.organisation.code, responses.NO_ANSWERS)
        yield Known(
            History(
                recipient=one,
                deliveries=rows_of[one.id],
                responses=theirs.responses,
                suppression=suppressed.get(one.address_key),
                objection=objected.get(one.organisation.code),
                heard_until=heard_until,
            ),
            theirs.newest_id,
        )
