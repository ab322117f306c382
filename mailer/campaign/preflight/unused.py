"""Find the files of a campaign's folder that no step uses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from mailer.model.campaign import Campaign

#: "reminder.txt.j2", "reminder.it.txt.j2" or "reminder.txt.it.j2"
_OF_STEP = re.compile(
    r"([a-z0-9][a-z0-9-]*)(?:\.[a-z]+)?\.(?:subject|txt|html)\b.*\.j2"
)


def look_for_unused(
    campaign: Campaign, templates: Mapping[str, str], attachments: Collection[str]
) -> Iterator[Problem]:
    """
    Yield the attachments and templates that belong to no step.

    Args:
        campaign: The campaign.
        templates: Name → source; one that another names is used.
        attachments: The file names in attachments/.
    """
    attached = {name for step in campaign.steps for name in step.attachments}
    for name in sorted(set(attachments) - attached):
        place = f"{campaign.name}/attachments/{name}"
        hint = "name it in a step's attachments, or delete it"
        yield Problem(place, "no step attaches it", hint, Severity.WARNS)
    steps = {step.name for step in campaign.steps}
    for name in sorted(templates):
        found = _OF_STEP.fullmatch(name)
        if not found or found.group(1) in steps:
            continue
        if not any(name in source for source in templates.values()):
            hint = "correct its name or the step's, or delete it"
            place = f"{campaign.name}/{name}"
            yield Problem(place, "belongs to no step", hint, Severity.WARNS)
