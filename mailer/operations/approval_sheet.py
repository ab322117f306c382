"""Gather what an approver looks at on one page: counts, dates, letters, digests."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mailer.operations.approval import current_fingerprint
from mailer.operations.check_campaign import check_campaign
from mailer.operations.preview import preview_one
from mailer.planning.as_text import after_what
from mailer.planning.words import for_whom, moment
from mailer.report.approval_sheet import (
    Sheet,
    SheetFile,
    SheetLetter,
    SheetStep,
    as_html,
)
from mailer.store import campaigns, recipients

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign


def write_sheet(office: Office, opened: OpenCampaign, file: Path) -> None:
    """Write the approval sheet of a campaign as it is now."""
    file.write_text(as_html(gather_sheet(office, opened)), "utf-8")


def gather_sheet(office: Office, opened: OpenCampaign) -> Sheet:
    """Return what is on the sheet."""
    campaign, zone = opened.campaign, office.settings.office.zone
    found, mark = check_campaign(office, opened), current_fingerprint(office, opened)
    with office.database.read() as connection:
        row = campaigns.get(connection, campaign.name)
    sender = office.settings.sender
    return Sheet(
        campaign=campaign.name,
        title=campaign.title,
        sender=f"{sender.name} <{sender.address}>, answers to {sender.reply_to}",
        list_name=campaign.list_name,
        recipients=found.recipients,
        messages=found.messages,
        findings=tuple(map(str, found.problems)),
        steps=_steps(office, opened),
        letters=() if found.blocks else _letters(office, opened),
        files=tuple(
            SheetFile(one.name, len(one.content), _digest(one.content))
            for one in opened.folder.attachments.values()
        ),
        fingerprint=mark,
        author=campaign.author,
        approved_by=row.approved_by if row.fingerprint == mark else "",
        made_at=office.clock.now().astimezone(zone),
    )


def _steps(office: Office, opened: OpenCampaign) -> tuple[SheetStep, ...]:
    zone = office.settings.office.zone
    steps = []
    for step in opened.campaign.steps:
        reasons: tuple[str, ...] = (for_whom(step),) if step.categories else ()
        time = opened.times.get(step.name)
        if time is not None:
            due, until = time.due.astimezone(zone), time.until
            reasons += time.reasons
        else:
            due, until = None, moment(step.not_after) if step.not_after else ""
            reasons += (after_what(step),)
        steps.append(SheetStep(step.name, step.to, due, until, reasons))
    return tuple(steps)


def _letters(office: Office, opened: OpenCampaign) -> tuple[SheetLetter, ...]:
    """Return the opening letter to the first, the middle and the last of the list."""
    with office.database.read() as connection:
        listed = recipients.listed(connection, opened.campaign.list_name)
        addresses = [one.address for one in listed]
    last = len(addresses) - 1
    letters = []
    for number in sorted({0, last // 2, last}):
        shown = preview_one(office, opened, addresses[number], None)
        letters.append(
            SheetLetter(
                shown.recipient.address,
                shown.rendered.subject,
                shown.rendered.text,
                shown.attachments,
                shown.recipient.language,
            )
        )
    return tuple(letters)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
