"""
The recipients' answers; the latest counts, all are kept.

An answer that was recorded by mistake is withdrawn by a row of its own, which
another may withdraw in turn; readers are given what is in force.
Which answer a message holds is decided in `inbox`, what it does to the
reminders in `planning`.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from mailer.model.response import Response, ResponseSource
from mailer.store.given import GIVEN_ID, given
from mailer.store.storable import storable, storable_json
from mailer.store.tables import AnyRow, campaign, recipient, response
from mailer.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Answers:
    """An organisation's answers to a campaign."""

    responses: tuple[Response, ...]  #: those in force, oldest first
    newest_id: int  #: of all rows: the second mark refuses if a newer one is there


class Told(NamedTuple):
    """A row: an answer, or that one counts no longer, or again."""

    answer: Response  #: the one it is about
    at: datetime
    by: str
    is_answer: bool  #: the row is that answer itself
    counts: bool  #: the answer, from this row on


NO_ANSWERS = Answers((), 0)

#: put together once: it is asked for every message whose sender is known
_OF_ORGANISATION = (
    select(response)
    .where(
        response.c.campaign == bindparam("of_campaign"),
        response.c.organisation == bindparam("code"),
    )
    .order_by(response.c.id)
)


def record(
    connection: Connection, entry: Response, *, dedupe_key: str | None = None
) -> int | None:
    """
    Keep a response; return its id.

    Args:
        connection: A write transaction.
        entry: The response.
        dedupe_key: What makes it the same as one recorded before, e.g. a row
            of a registration list; then nothing changes and `None` returns.

    A campaign's responses are recorded one transaction after the other (on
    SQLite all are): an id is higher than all that anybody has seen before, and the
    second mark relies on it.
    """
    _one_after_the_other(connection, entry.campaign)
    return connection.execute(
        upsert(connection, response)
        .values(
            campaign=entry.campaign,
            organisation=entry.organisation,
            kind=entry.kind,
            at=entry.at,
            source=entry.source.value,
            recorded_by=entry.recorded_by,
            details=storable_json(dict(entry.details)),
            note=storable(entry.note),
            incoming=entry.incoming_id,
            dedupe_key=dedupe_key,
        )
        .on_conflict_do_nothing()
        .returning(response.c.id)
    ).scalar_one_or_none()


def withdraw(
    connection: Connection, ids: Iterable[int], by: str, now: datetime
) -> list[int]:
    """
    Let some rows that count no longer count; return the ids of those that say so.

    Withdrawing those brings the former back, at their old place.
    """
    query = select(response).where(response.c.id.in_(list(ids)))
    said = []
    for row in connection.execute(query.order_by(response.c.id)).all():
        _one_after_the_other(connection, row.campaign)
        said.append(
            connection.execute(
                insert(response)
                .values(
                    campaign=row.campaign,
                    organisation=row.organisation,
                    kind=row.kind,
                    at=now,
                    source=ResponseSource.STAFF.value,
                    recorded_by=by,
                    details={},
                    note="",
                    incoming=row.incoming,
                    withdraws=_newest_word(connection, row.id),
                )
                .returning(response.c.id)
            ).scalar_one()
        )
    return said


def of_organisation(connection: Connection, campaign: str, code: str) -> list[Response]:
    """Return what is in force of an organisation in a campaign, oldest first."""
    theirs = {"of_campaign": campaign, "code": code}
    rows = connection.execute(_OF_ORGANISATION, theirs).all()
    return [_response_of(row) for row in _in_force(rows)]


def _newest_word(connection: Connection, id_: int) -> int:
    """Return the row itself, or the last in the chain of those that withdraw it."""
    query = select(response.c.id)
    while newer := connection.execute(
        query.where(response.c.withdraws == id_)
    ).scalar_one_or_none():
        id_ = newer
    return id_


def of_message(connection: Connection, incoming_id: int) -> list[tuple[int, Response]]:
    """Return (id, response) of what is in force from a message, oldest first."""
    query = select(response).where(response.c.incoming == incoming_id)
    rows = connection.execute(query.order_by(response.c.id)).all()
    return [(row.id, _response_of(row)) for row in _in_force(rows)]


def of_campaign(connection: Connection, campaign: str) -> list[tuple[int, Response]]:
    """Return (id, response) of what is in force in a campaign, oldest first."""
    query = select(response).where(response.c.campaign == campaign)
    rows = connection.execute(query.order_by(response.c.id)).all()
    return [(row.id, _response_of(row)) for row in _in_force(rows)]


def told_by(connection: Connection, code: str) -> list[Told]:
    """Return all that was ever recorded of an organisation, withdrawn or not."""
    query = select(response).where(response.c.organisation == code)
    told: dict[int, Told] = {}
    for row in connection.execute(query.order_by(response.c.id)):
        before = told.get(row.withdraws)
        told[row.id] = Told(
            before.answer if before else _response_of(row),
            row.at,
            row.recorded_by,
            is_answer=before is None,
            counts=not (before and before.counts),
        )
    return list(told.values())


def of_recipients(
    connection: Connection, campaign: str, ids: Iterable[int]
) -> dict[str, Answers]:
    """Return the answers of some recipients' organisations, by their code."""
    theirs = select(recipient.c.organisation).where(recipient.c.id == GIVEN_ID)
    query = select(response).where(
        response.c.campaign == campaign, response.c.organisation.in_(theirs)
    )
    rows_of: dict[str, list[AnyRow]] = defaultdict(list)
    for row in connection.execute(query.order_by(response.c.id), given(ids)):
        rows_of[row.organisation].append(row)
    return {
        code: Answers(tuple(map(_response_of, _in_force(rows))), rows[-1].id)
        for code, rows in rows_of.items()
    }


def _in_force(rows: Sequence[AnyRow]) -> list[AnyRow]:
    """
    Return the answers among `rows`, in the order of their ids, that nothing withdraws.

    The oldest first: a message that is read late counts from when it came.
    """
    withdrawn: set[int] = set()
    for row in reversed(rows):  # a row is withdrawn by a newer one only
        if row.withdraws is not None and row.id not in withdrawn:
            withdrawn.add(row.withdraws)
    kept = [row for row in rows if row.withdraws is None and row.id not in withdrawn]
    return sorted(kept, key=operator.attrgetter("at"))


def _one_after_the_other(connection: Connection, name: str) -> None:
    """Wait for whoever records a response to this campaign now (`record`)."""
    connection.execute(
        select(campaign.c.name)
        .where(campaign.c.name == name)
        .with_for_update(key_share=True)
    )


def _response_of(row: AnyRow) -> Response:
    return Response(
        campaign=row.campaign,
        organisation=row.organisation,
        kind=row.kind,
        at=row.at,
        source=ResponseSource(row.source),
        recorded_by=row.recorded_by,
        details=row.details,
        note=row.note,
        incoming_id=row.incoming,
    )
