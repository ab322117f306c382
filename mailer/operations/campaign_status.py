"""
Let a campaign go, hold it, end it: approve, start, pause, resume, cancel.

The approval is bound to a fingerprint of everything that will be sent; the
start wants the number of messages typed by a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import (
    ApprovalError,
    MailerError,
    PreflightError,
    Severity,
    UsageError,
)
from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState
from mailer.operations.check_campaign import Findings, check_campaign
from mailer.operations.open_campaign import (
    OpenCampaign,
    current_fingerprint,
    require_approved,
)
from mailer.store import campaigns, ledger

if TYPE_CHECKING:
    from mailer.operations.office import Office
    from mailer.store.campaigns import CampaignRow

Status = CampaignStatus


def approve(office: Office, opened: OpenCampaign, by: str) -> Findings:
    """
    Record that `by` approves exactly what would be sent now.

    Raises:
        UsageError: Nobody is named.
        PreflightError: A finding blocks the campaign.
    """
    if not by.strip():
        raise UsageError.at("--by", "names nobody", "say who takes responsibility")
    found = check_campaign(office, opened)
    if found.blocks:
        raise PreflightError(
            *(one for one in found.problems if one.severity is Severity.BLOCKS)
        )
    name, now = opened.campaign.name, office.clock.now()
    mark = current_fingerprint(office, opened)
    with office.database.write() as connection:
        campaigns.approve(connection, name, mark, found.recipients, by, now)
        campaigns.note(connection, now, by, "approve", name, mark)
    return found


def start(office: Office, opened: OpenCampaign, confirm: int, by: str) -> CampaignRow:
    """
    Let an approved campaign run.

    Args:
        office: The office.
        opened: The campaign.
        confirm: The number of opening messages, as the person typed it.
        by: Who starts it.

    Raises:
        ApprovalError: Not approved, or changed since.
        UsageError: The number is not the approved one, or it cannot be started.
    """
    row = require_approved(office, opened)
    name = opened.campaign.name
    if confirm != row.approved_count:
        raise UsageError.at(
            name,
            f"{row.approved_count} messages are approved, not {confirm}",
            f"mailer start {name} --confirm {row.approved_count}",
        )
    _move(office, name, [Status.APPROVED], Status.RUNNING, "start", by)
    return row


def pause(office: Office, name: str, by: str) -> None:
    """Stop a running campaign before its next final dot."""
    reason = f"paused by {by}"
    _move(office, name, [Status.RUNNING], Status.PAUSED, "pause", by, reason)


def resume(office: Office, opened: OpenCampaign, by: str) -> None:
    """
    Let a paused campaign go on where it stopped.

    Raises:
        ApprovalError: Something changed since it was approved.
        UsageError: It is not paused.
    """
    require_approved(office, opened)
    name = opened.campaign.name
    _move(office, name, [Status.PAUSED], Status.RUNNING, "resume", by)


def cancel(office: Office, name: str, by: str) -> int:
    """End a campaign for good; return how many planned deliveries it had."""
    before = [Status.APPROVED, Status.RUNNING, Status.PAUSED]
    _move(office, name, before, Status.CANCELLED, "cancel", by)
    with office.database.write() as connection:
        return ledger.settle_all(
            connection,
            name,
            DeliveryState.PLANNED,
            DeliveryState.CANCELLED,
            "the campaign was cancelled",
            office.clock.now(),
        )


def _move(
    office: Office,
    name: str,
    before: list[CampaignStatus],
    after: CampaignStatus,
    action: str,
    by: str,
    reason: str = "",
) -> None:
    now = office.clock.now()
    with office.database.write() as connection:
        row = campaigns.get(connection, name)
        if row.status is after:
            return
        started = now if action == "start" else None
        if not campaigns.move(
            connection, name, before, after, reason=reason, started_at=started
        ):
            raise _cannot(name, action, row.status)
        campaigns.note(connection, now, by, action, name, reason)


def _cannot(name: str, action: str, status: CampaignStatus) -> MailerError:
    if status is Status.DRAFT:
        return ApprovalError.at(
            name, "is not approved", f"mailer approve {name} --by NAME"
        )
    return UsageError.at(
        name,
        f"is {status.value}: it cannot {action}",
        f"mailer campaign show {name}",
    )
