"""Open a campaign: read its folder, understand it, compile its templates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from mailer.campaign.definition import parse
from mailer.campaign.fingerprint import content_digest
from mailer.campaign.subjects import constant_subjects
from mailer.errors import ApprovalError, DefinitionError, MailerError, UsageError
from mailer.files.approved_content import approved_templates
from mailer.files.campaign_folder import CampaignFolder, read_campaign_folder
from mailer.planning.schedule import StepTime, schedule
from mailer.store import campaigns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.model.campaign import Campaign
    from mailer.operations.office import Office


@dataclass(frozen=True)
class OpenCampaign:
    """A campaign's folder and what it means."""

    folder: CampaignFolder
    campaign: Campaign

    @cached_property
    def times(self) -> Mapping[str, StepTime]:
        """Return when the steps go that do not wait for a response."""
        return schedule(self.campaign)


def open_campaign(office: Office, name: str) -> OpenCampaign:
    """
    Return the campaign called `name`.

    Raises:
        UsageError: There is none.
        DefinitionError: Its folder is wrong; with every problem.
    """
    return understand(office, read_campaign_folder(office.templates, name))


def open_approved(office: Office, name: str) -> OpenCampaign:
    """
    Return the campaign as it was approved, whatever was edited since.

    Raises:
        ApprovalError: It was never approved, or what was approved is gone.
        DefinitionError: It was approved under other settings of the office.
    """
    with office.database.read() as connection:
        row = campaigns.get(connection, name)
    if not row.fingerprint:
        raise not_approved(name)
    templates = approved_templates(office.folder, name, row.fingerprint)
    gone = ApprovalError.at(
        name,
        f"what was approved is no longer in {templates}",
        f"mailer approve {name} --by NAME",
    )
    try:
        folder = read_campaign_folder(templates, name)
    except (UsageError, DefinitionError):
        raise gone from None
    try:
        return understand(office, folder)
    except DefinitionError:
        if content_digest(folder.files) == row.content:
            raise
        raise gone from None  # a file is missing, say: it cannot be put there


def is_edited(office: Office, approved: OpenCampaign) -> bool:
    """Return whether the campaign's folder is no longer what was approved."""
    try:
        files = read_campaign_folder(office.templates, approved.campaign.name).files
    except MailerError:  # somebody is in the middle of it
        return True
    return files != approved.folder.files


def understand(office: Office, folder: CampaignFolder) -> OpenCampaign:
    """
    Return the campaign that lies in `folder`.

    Raises:
        DefinitionError: It is wrong; with every problem.
    """
    campaign = parse(
        folder.definition,
        name=folder.name,
        templates=folder.templates,
        attachments=folder.attachments,
        timezone=office.settings.office.timezone,
        window=office.window,
        form=folder.form,
    )
    subjects = constant_subjects(folder.templates, campaign.title)
    return OpenCampaign(folder, replace(campaign, subjects=subjects))


def not_approved(name: str) -> ApprovalError:
    """Return what is said of a campaign that nobody has approved."""
    return ApprovalError.at(name, "is not approved", f"mailer approve {name} --by NAME")
