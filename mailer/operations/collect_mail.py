"""
Take what came back: store it, understand it, let it have its consequence.

Storing and consequence are one transaction; the source is marked only after
it.  A crash in between means the message is read again, and its digest shows
that we have it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mailer.inbox.classify import classify
from mailer.inbox.consequence import Consequence, consequence
from mailer.inbox.match import Known, Match, match
from mailer.model.delivery import DeliveryState
from mailer.model.incoming import ReviewState
from mailer.model.response import Response, ResponseSource, Suppression
from mailer.store import inbox, ledger, recipients, responses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mailer.errors import Problem
    from mailer.mailboxes.source import Source
    from mailer.model.campaign import Campaign
    from mailer.model.incoming import IncomingKind
    from mailer.operations.office import Office
    from mailer.store.tables import AnyRow


@dataclass(slots=True)
class CollectSummary:
    """What one look into the mailbox brought."""

    kinds: Counter[IncomingKind] = field(default_factory=Counter)
    known_already: int = 0
    to_review: int = 0
    problems: tuple[Problem, ...] = ()  #: what lies there and cannot be read


class StoreLookup:
    """Answers the matcher's questions from the ledger."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_reference(self, reference: str) -> Known | None:
        """Return the delivery which `reference` names."""
        row = inbox.delivery_by_reference(self._connection, reference)
        return _known(row) if row else None

    def by_address(self, address_key: str) -> Sequence[Known]:
        """Return the newest delivery to an address in each campaign."""
        rows = inbox.deliveries_by_address(self._connection, address_key)
        return [_known(row) for row in rows]


def collect_mail(
    office: Office, source: Source, campaigns: Mapping[str, Campaign]
) -> CollectSummary:
    """
    Take every message that `source` has, one at a time.

    Args:
        office: The office.
        source: Its mailbox.
        campaigns: By name; what a typed number means is theirs to say.
    """
    summary = CollectSummary()
    for message in source.messages(lambda key: _has(office, key)):
        read = classify(message.raw)
        now = office.clock.now()
        at = min(message.received_at or now, now)
        with office.database.write() as connection:
            incoming_id = inbox.store(connection, message.raw, message.key, read, now)
            if incoming_id is not None:
                found = match(read, office.key, StoreLookup(connection))
                campaign = campaigns.get(found.campaign)
                follows = consequence(read, found, campaign.numbers if campaign else {})
                if message.truncated:
                    follows = _too_big(follows)
                _apply(connection, incoming_id, found, follows, at, now)
        source.mark(message.key)
        if incoming_id is None:
            summary.known_already += 1
        else:
            summary.kinds[read.kind] += 1
            summary.to_review += follows.review is ReviewState.OPEN
    summary.problems = tuple(source.problems)
    return summary


def _has(office: Office, source_key: str) -> bool:
    with office.database.read() as connection:
        return inbox.has_source_key(connection, source_key)


def _apply(
    connection: Connection,
    incoming_id: int,
    found: Match,
    follows: Consequence,
    at: datetime,
    now: datetime,
) -> None:
    """Write down what follows from a message, in the transaction that stored it."""
    known = found.known
    inbox.tie(
        connection,
        incoming_id,
        matched_by=found.by,
        delivery_id=known.delivery_id if known else None,
        campaign=found.campaign,
        organisation=found.organisation,
        review=follows.review,
        evidence=follows.evidence,
    )
    if known is None:
        return
    if follows.state is not None:
        ledger.settle(
            connection,
            known.delivery_id,
            known.state,
            follows.state,
            follows.evidence,
            now,
        )
    if follows.suppress is not None:
        recipients.suppress(
            connection,
            Suppression(known.address_key, follows.suppress, now, follows.evidence),
        )
    if follows.answer is not None:
        response = Response(
            campaign=known.campaign,
            organisation=known.organisation,
            kind=follows.answer.kind,
            at=at,
            source=ResponseSource.NUMBER,
            recorded_by="mailer",
            details=follows.answer.details,
            note=follows.evidence,
            incoming_id=incoming_id,
        )
        responses.record(connection, response, dedupe_key=f"incoming/{incoming_id}")


def _too_big(follows: Consequence) -> Consequence:
    """Let a person see a message of which we read the beginning only."""
    evidence = f"over 25 MB, only its beginning was read; {follows.evidence}"
    return replace(follows, evidence=evidence, review=ReviewState.OPEN)


def _known(row: AnyRow) -> Known:
    return Known(
        delivery_id=row.id,
        campaign=row.campaign,
        step=row.step,
        organisation=row.organisation,
        recipient_id=row.recipient,
        address_key=row.address_key,
        state=DeliveryState(row.state),
    )
