"""
Let a campaign go, hold it, end it: approve, start, pause, resume, cancel.

The approval is bound to a fingerprint of everything that will be sent; the
start wants the number of messages typed by a person.
"""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING

from mailer.campaign.fingerprint import content_digest, fingerprint
from mailer.errors import (
    ApprovalError,
    MailerError,
    PreflightError,
    Problem,
    Severity,
    UsageError,
)
from mailer.files.approved_content import keep_approved
from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState
from mailer.operations.approval import require_approved
from mailer.operations.check_campaign import Findings, check_campaign
from mailer.operations.ingredients import ingredients_of
from mailer.operations.instance import bind
from mailer.operations.open_campaign import OpenCampaign, is_edited, open_approved
from mailer.store import campaigns, deliveries, ledger

if TYPE_CHECKING:
    from mailer.operations.office import Office
    from mailer.store.campaigns import CampaignRow

Status = CampaignStatus


#: the same letters to the same addresses within this are more likely a mistake
AGAIN = timedelta(days=30)


def approve(
    office: Office, opened: OpenCampaign, by: str, author: str = ""
) -> Findings:
    """
    Record that `by` approves exactly what would be sent now, and keep a copy of it.

    Four eyes see it: the approver is not the author.  Who typed what nobody can
    know; both names are given, and stand in the journal.

    Args:
        office: The office.
        opened: The campaign.
        by: Who takes responsibility.
        author: Who wrote it; "" is whom campaign.toml names.

    Raises:
        UsageError: Nobody is named, or no author; or it is cancelled.
        ApprovalError: The approver is the author.
        PreflightError: A finding blocks the campaign.
    """
    _require_not_over(office, opened.campaign.name, "be approved")
    if not by.strip():
        raise UsageError.at("--by", "names nobody", "say who takes responsibility")
    author = author or opened.campaign.author
    _require_four_eyes(opened.campaign.name, by, author)
    found = check_campaign(office, opened)
    if found.blocks:
        raise PreflightError(
            *(one for one in found.problems if one.severity is Severity.BLOCKS)
        )
    name, now = opened.campaign.name, office.clock.now()
    ingredients = ingredients_of(office, opened)
    mark = fingerprint(ingredients)
    keep_approved(office.folder, name, mark, opened.folder.files, ingredients)
    bind(office)
    with office.database.write() as connection:
        content = content_digest(opened.folder.files)
        campaigns.approve(
            connection, name, mark, found.recipients, by, now, content=content
        )
        campaigns.note(connection, now, by, "approve", name, f"{mark} of {author}")
    return found


def _require_four_eyes(name: str, by: str, author: str) -> None:
    if not author.strip():
        raise UsageError.at(
            name,
            "has no author: nobody can say that a second person looked",
            'write author = "…" into campaign.toml, or name one with --author',
        )
    if _same_name(by) == _same_name(author):
        raise ApprovalError.at(
            name,
            f"{author} wrote it and cannot approve it",
            f"let somebody else look: mailer approve {name} --by NAME",
        )


def _same_name(name: str) -> str:
    """Return what two spellings of a name have in common: letters and digits."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in folded if character.isalnum())


def start(
    office: Office,
    opened: OpenCampaign,
    confirm: int | None,
    by: str,
    *,
    canary: int | None = None,
    again: bool = False,
) -> CampaignRow:
    """
    Let an approved campaign run.

    Args:
        office: The office.
        opened: The campaign.
        confirm: The number of opening messages, as the person typed it.  Without
            it the person is told which one is approved.
        by: Who starts it.
        canary: Pause after this many messages, for a look.
        again: Also if the same letters went to the same addresses lately.

    Raises:
        ApprovalError: Not approved, or changed since.
        PreflightError: The same letters went to the same addresses lately.
        UsageError: The number is not the approved one, or it cannot be started.
    """
    name = opened.campaign.name
    _require_not_over(office, name, "start")
    row = require_approved(office, opened)
    if confirm != row.approved_count:
        typed = "; type their number" if confirm is None else f", not {confirm}"
        raise UsageError.at(
            name,
            f"{row.approved_count} messages are approved{typed}",
            f"mailer start {name} --confirm {row.approved_count}",
        )
    if canary is not None:
        _require_sense(row, canary)
    if not again:
        _require_new(office, row, opened.campaign.list_name)
    _move(office, name, [Status.APPROVED], Status.RUNNING, "start", by, canary=canary)
    return row


def _require_sense(row: CampaignRow, canary: int) -> None:
    if row.status is not Status.APPROVED:
        raise _cannot(row.name, "start with --canary", row.status)
    if canary > row.approved_count:
        raise UsageError.at(
            f"--canary {canary}",
            f"is more than the {row.approved_count} messages of the first step: "
            "there would be no rest to hold",
            f"name a few: mailer start {row.name} --confirm {row.approved_count} "
            f"--canary {min(10, row.approved_count)}",
        )


def _require_new(office: Office, row: CampaignRow, list_name: str) -> None:
    now = office.clock.now()
    with office.database.read() as connection:
        found = deliveries.same_letters(connection, row, list_name, now - AGAIN)
    if found:
        raise PreflightError(
            *(
                Problem(
                    row.name,
                    f"its letters went to {one.addresses} of its addresses "
                    f"{(now - one.last).days} days ago, by '{one.campaign}'",
                    "if they are to get them again, start it with --again",
                )
                for one in found
            )
        )


def pause(office: Office, name: str, by: str) -> None:
    """Stop a running campaign before its next final dot."""
    reason = f"paused by {by}"
    _move(office, name, [Status.RUNNING], Status.PAUSED, "pause", by, reason)


def resume(office: Office, name: str, by: str) -> None:
    """
    Let a paused campaign go on where it stopped, with what was approved.

    Raises:
        ApprovalError: Something beside its folder changed since it was approved.
        UsageError: It is not paused.
    """
    _require_not_over(office, name, "resume")
    require_approved(office, open_approved(office, name))
    _move(office, name, [Status.PAUSED], Status.RUNNING, "resume", by)


def leaves_an_edit(office: Office, name: str) -> bool:
    """
    Return whether a paused campaign would go on without what was edited since.

    Raises:
        ApprovalError: As `resume` does.
        UsageError: As `resume` does.
    """
    _require_not_over(office, name, "resume")
    approved = open_approved(office, name)
    row = require_approved(office, approved)
    return row.status is Status.PAUSED and is_edited(office, approved)


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
    *,
    canary: int | None = None,
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
        if after is Status.RUNNING:  # resumed: the look is over
            campaigns.set_canary(connection, name, canary)
        first = f"canary of {canary}" if canary is not None else ""
        campaigns.note(connection, now, by, action, name, reason or first)


def _require_not_over(office: Office, name: str, action: str) -> None:
    with office.database.read() as connection:
        status = campaigns.get(connection, name).status
    if status is Status.CANCELLED:
        raise _cannot(name, action, status)


def _cannot(name: str, action: str, status: CampaignStatus) -> MailerError:
    if status is Status.DRAFT:
        return ApprovalError.at(
            name, "is not approved", f"mailer approve {name} --by NAME"
        )
    if status is Status.CANCELLED:
        return UsageError.at(
            name,
            f"is cancelled, and that is the end: it cannot {action}",
            f"copy templates/{name} to another name: that is a new campaign",
        )
    return UsageError.at(
        name,
        f"is {status.value}: it cannot {action}",
        f"mailer campaign show {name}",
    )
