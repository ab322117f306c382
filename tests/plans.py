"""The two bundled campaigns as they would be planned in other years."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from mailer.campaign.definition import parse
from mailer.model.campaign import Campaign, SendingWindow
from mailer.planning.as_text import plan_as_text
from mailer.planning.schedule import schedule

TEMPLATES = Path(__file__).parents[1] / "templates"
YEARS = (2026, 2027, 2028)
#: the years in which they were sent
OWN = {"conference": 2019, "ministry-letter": 2017}
ALL = [(name, year) for name, own in OWN.items() for year in (own, *YEARS)]


def campaign_in(name: str, year: int) -> Campaign:
    """Return a bundled campaign with the same days and months in another year."""
    folder = TEMPLATES / name
    text = (folder / "campaign.toml").read_text("utf-8")
    moved = re.sub(rf"\b{OWN[name]}-(?=\d\d-\d\d)", f"{year}-", text)
    form = folder / "form.toml"
    return parse(
        tomllib.loads(moved),
        name=name,
        templates=[path.name for path in folder.glob("*.j2")],
        attachments=[path.name for path in folder.glob("attachments/*")],
        timezone="Europe/Ljubljana",
        window=SendingWindow(),
        form=tomllib.loads(form.read_text("utf-8")) if form.exists() else None,
    )


def plans_by_year() -> dict[str, bytes]:
    """Return the plans of the years to come: path below golden/ → bytes."""
    return {
        f"plans/{name}-{year}.txt": plan_as_text(campaign, schedule(campaign)).encode()
        for name in OWN
        for year in YEARS
        for campaign in [campaign_in(name, year)]
    }
