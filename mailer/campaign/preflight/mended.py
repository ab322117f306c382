"""
Leave out of a definition what is missing, so that a check can see the rest.

One file that is not there would else hide every other fault.  Nothing is ever
sent by a mended definition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailer.campaign.preflight.link import look_at_link

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from mailer.errors import Problem


def look_at_links(
    name: str, links: object, *, is_live: bool
) -> Iterator[tuple[str, Problem]]:
    """Yield what is wrong with a campaign's [links], each with its key."""
    for key, link in links.items() if isinstance(links, dict) else ():
        place = f"{name}/campaign.toml, links, {key}"
        for problem in look_at_link(place, str(link), is_live=is_live):
            yield key, problem


def mend(
    definition: Mapping[str, Any],
    *,
    templates: Collection[str],
    attachments: Collection[str],
    wrong_links: Collection[str],
    substitute: str,
) -> dict[str, Any]:
    """
    Return the definition without steps and files that are not there.

    Args:
        definition: The parsed campaign.toml.
        templates: The file names of the folder's templates.
        attachments: The file names in its attachments/.
        wrong_links: The keys of [links] that no template would take.
        substitute: A link that every template takes.
    """
    mended = dict(definition)
    if isinstance(links := definition.get("links"), dict):
        mended["links"] = {
            key: substitute if key in wrong_links else link
            for key, link in links.items()
        }
    if isinstance(steps := definition.get("step"), list):
        mended["step"] = [
            _with_its_files(step, attachments)
            for step in steps
            if _has_templates(step, templates)
        ]
    return mended


def _has_templates(step: object, templates: Collection[str]) -> bool:
    return isinstance(step, dict) and all(
        f"{step.get('name')}.{part}.j2" in templates for part in ("subject", "txt")
    )


def _with_its_files(
    step: dict[str, Any], attachments: Collection[str]
) -> dict[str, Any]:
    if not isinstance(names := step.get("attachments"), list):
        return step
    there = [name for name in names if name in attachments]
    return {**step, "attachments": there}
