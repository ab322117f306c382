"""
What a shell completes: names of campaigns, of their steps, and of lists.

A key was pressed in the middle of a line: where there is no office, or one that
cannot be read, nothing is proposed, nothing is said, and nothing is made.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mailer.errors import MailerError
from mailer.files.campaign_folder import DEFINITION, campaign_names
from mailer.settings import find_office

if TYPE_CHECKING:
    from collections.abc import Iterable


def campaigns(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the campaigns of the office that begin like this."""
    templates = _templates(ctx)
    return _beginning(incomplete, campaign_names(templates) if templates else ())


def steps(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the steps of the campaign that was named before."""
    # An option without its value yet leaves the words before it unread.
    named = (ctx.params.get("name"), *ctx.args)
    name = next((str(one) for one in named if one), "")
    given = _definition(_templates(ctx), name).get("step")
    own = given if isinstance(given, list) else []
    names = (str(one.get("name", "")) for one in own if isinstance(one, dict))
    return _beginning(incomplete, names)


def lists(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the lists that campaigns are for; the database is not asked."""
    templates = _templates(ctx)
    names = campaign_names(templates) if templates else ()
    found = {str(_definition(templates, name).get("list", "")) for name in names}
    return _beginning(incomplete, sorted(found))


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name and name.startswith(incomplete)]


def _templates(ctx: typer.Context) -> Path | None:
    given = ctx.find_root().params.get("office")
    try:
        return find_office(Path(given or Path.cwd()).resolve()) / "templates"
    except (MailerError, OSError):
        return None


def _definition(templates: Path | None, name: str) -> dict[str, Any]:
    """Return a campaign's definition; nothing if it cannot be read."""
    if templates is None or not name:
        return {}
    try:
        return tomllib.loads((templates / name / DEFINITION).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
