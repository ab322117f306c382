"""Find the files of a campaign's folder that no step uses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from mailer.model.campaign import Campaign

#: "reminder.txt.j2", "reminder.it.txt.j2" or "reminder.txt.it.j2"
_OF_STEP = re.compile(
    r"([a-z0-9][a-z0-9-]*)(?:\.[a-z]+)?\.(?:subject|txt|html)\b.*\.j2"
)


#: beside the templates in a campaign's folder
_OWN = ("campaign.toml", "form.toml")


def look_for_unused(
    campaign: Campaign,
    templates: Mapping[str, str],
    attachments: Collection[str],
    files: Iterable[str],
) -> Iterator[Problem]:
    """
    Yield the files of the folder that belong to no step.

    Args:
        campaign: The campaign.
        templates: Name → source; one that another names is used.
        attachments: The file names in attachments/.
        files: The paths of all files, those of the shared layout, too.
    """
    attached = {name for step in campaign.steps for name in step.attachments}
    for name in sorted(set(attachments) - attached):
        place = f"{campaign.name}/attachments/{name}"
        hint = "name it in a step's attachments, or delete it"
        yield Problem(place, "no step attaches it", hint, Severity.WARNS)
    steps = {step.name for step in campaign.steps}
    known = {*_OWN, *(f"attachments/{name}" for name in attachments)}
    for path in sorted(set(files) - known):
        found = _OF_STEP.fullmatch(path)
        if path.startswith("_layout/") or (found and found.group(1) in steps):
            continue
        if path in templates and any(path in one for one in templates.values()):
            continue
        hint = "correct its name or the step's, or delete it"
        place = f"{campaign.name}/{path}"
        yield Problem(place, "belongs to no step", hint, Severity.WARNS)
