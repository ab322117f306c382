"""
How far each campaign has been let go, and the journal of who did what.

What a campaign says is in its folder, not here; the approval binds the two by
a fingerprint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, case, insert, select, update

from mailer.model.campaign import CampaignStatus
from mailer.store.tables import AnyRow, campaign, journal
from mailer.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign as the store knows it."""

    name: str
    status: CampaignStatus = CampaignStatus.DRAFT
    fingerprint: str = ""  #: of what was approved
    approved_by: str = ""
    approved_at: datetime | None = None
    approved_count: int = 0  #: messages of the opening step
    started_at: datetime | None = None
    pause_reason: str = ""
    content: str = ""  #: digest of what the letters say
    canary: int | None = None  #: attempts before the pause for a look


def get(connection: Connection, name: str) -> CampaignRow:
    """Return a campaign; one that was never approved is a draft."""
    row = connection.execute(
        select(campaign).where(campaign.c.name == name)
    ).one_or_none()
    return _row(row) if row else CampaignRow(name)


def all_known(connection: Connection) -> list[CampaignRow]:
    """Return every campaign that was approved at least once."""
    return [_row(row) for row in connection.execute(select(campaign))]


def approve(
    connection: Connection,
    name: str,
    fingerprint: str,
    count: int,
    by: str,
    now: datetime,
    *,
    content: str,
) -> None:
    """Record that `by` approved exactly what `fingerprint` stands for."""
    values = {
        "fingerprint": fingerprint,
        "content": content,
        "approved_by": by,
        "approved_at": now,
        "approved_count": count,
        "pause_reason": "",
    }
    approved = CampaignStatus.APPROVED.value
    # Approved anew in the middle, it goes on as it is at that moment; ended, never.
    kept = [
        status.value
        for status in CampaignStatus
        if status not in (CampaignStatus.DRAFT, CampaignStatus.APPROVED)
    ]
    status = case((campaign.c.status.in_(kept), campaign.c.status), else_=approved)
    connection.execute(
        upsert(connection, campaign)
        .values(name=name, status=approved, **values)
        .on_conflict_do_update(
            index_elements=["name"], set_={"status": status, **values}
        )
    )


def move(
    connection: Connection,
    name: str,
    before: Iterable[CampaignStatus],
    after: CampaignStatus,
    *,
    reason: str = "",
    started_at: datetime | None = None,
) -> bool:
    """Change a campaign's status; `False` if it was in none of `before`."""
    values: dict[str, Any] = {"status": after.value, "pause_reason": reason}
    if started_at is not None:
        values["started_at"] = started_at
    return (
        connection.execute(
            update(campaign)
            .where(
                campaign.c.name == name,
                campaign.c.status.in_([status.value for status in before]),
            )
            .values(**values)
        ).rowcount
        == 1
    )


def set_canary(connection: Connection, name: str, count: int | None) -> None:
    """Let a campaign pause after `count` deliveries were attempted; `None`: never."""
    connection.execute(
        update(campaign).where(campaign.c.name == name).values(canary=count)
    )


def note(
    connection: Connection, now: datetime, by: str, action: str, what: str, detail: str
) -> None:
    """Write a line into the journal; lines are never changed."""
    connection.execute(
        insert(journal).values(at=now, by=by, action=action, object=what, detail=detail)
    )


def notes(connection: Connection, what: str) -> Sequence[AnyRow]:
    """Return the journal's lines about a campaign, list or delivery, oldest first."""
    return connection.execute(
        select(journal).where(journal.c.object == what).order_by(journal.c.id)
    ).all()


def _row(row: AnyRow) -> CampaignRow:
    return CampaignRow(
        name=row.name,
        status=CampaignStatus(row.status),
        fingerprint=row.fingerprint,
        approved_by=row.approved_by or "",
        approved_at=row.approved_at,
        approved_count=row.approved_count or 0,
        started_at=row.started_at,
        pause_reason=row.pause_reason,
        content=row.content,
        canary=row.canary,
    )
