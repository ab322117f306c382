"""
Check a campaign as it lies in its folder, however much is wrong with it.

What is missing is said, and left out, so that the rest can be looked at too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mailer.campaign.preflight.mended import look_at_links, mend
from mailer.errors import DefinitionError, Severity
from mailer.files.campaign_folder import read_campaign_folder
from mailer.operations.check_campaign import Findings, check_campaign
from mailer.operations.check_rows import check_rows
from mailer.operations.open_campaign import understand

if TYPE_CHECKING:
    from mailer.operations.office import Office


def check_folder(office: Office, name: str) -> Findings:
    """
    Return everything that is wrong with the campaign called `name`.

    Raises:
        UsageError: There is none.
    """
    nothing = Findings(0, 0, ())
    try:
        folder = read_campaign_folder(office.templates, name)
    except DefinitionError as error:
        return nothing.and_also(error.problems)
    definition = folder.definition
    is_live = office.settings.office.production
    links = list(look_at_links(name, definition.get("links"), is_live=is_live))
    problems = [problem for _key, problem in links]
    try:
        understand(office, folder)
    except DefinitionError as error:
        problems += error.problems
    mended = mend(
        definition,
        templates=folder.templates,
        attachments=folder.attachments,
        wrong_links={
            key for key, problem in links if problem.severity is Severity.BLOCKS
        },
        substitute=f"mailto:{office.settings.sender.address}",
    )
    try:
        opened = understand(office, replace(folder, definition=mended))
    except DefinitionError:  # said already
        return nothing.and_also(problems)
    problems += check_rows(office, opened.campaign.list_name)
    return check_campaign(office, opened).and_also(problems)
