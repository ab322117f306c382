"""A scheduler at work beside the test, on a fast clock and a real relay."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from commands import edit
from offices import Desk, import_list

from mailer.files.office_folder import make_office
from mailer.model.smtp import Security
from mailer.operations.campaign_status import approve, start
from mailer.operations.office import open_office
from mailer.scheduling.daemon import Daemon
from mailer.smtp.settings import RelaySettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from clocks import FastClock

    from mailer.operations.office import Office
    from mailer.sandbox.relay import ScriptedRelay

PATIENCE = 60  #: real seconds


def an_office_that_says(
    folder: Path, campaign: str, **settings: str
) -> Callable[[FastClock], AbstractContextManager[Office]]:
    """
    Make an office with a campaign `news` of our own; return how it is opened.

    Args:
        folder: Where.
        campaign: What its campaign.toml has beside title, list and author.
        settings: What mailer.toml has instead, by key.
    """
    make_office(folder)
    for key, value in settings.items():
        edit(folder / "mailer.toml", rf"(?m)^{key} = \S+", f'{key} = "{value}"')
    news = folder / "templates" / "news"
    news.mkdir()
    head = 'title = "Novice"\nlist = "municipalities"\nauthor = "Ana"\n'
    (news / "campaign.toml").write_text(head + campaign, "utf-8")
    for step in re.findall('(?m)^name = "(.*)"', campaign):
        (news / f"{step}.subject.j2").write_text("Novice", "utf-8")
        (news / f"{step}.txt.j2").write_text(f"{step}: berite.\n", "utf-8")
    return lambda clock: open_office(folder, clock)


def let_go(office: Office, clock: FastClock, people: Sequence[str]) -> Desk:
    """Import a list, approve and start; return the desk, some days before."""
    import_list(office, people)
    desk = Desk(office, clock, "news")
    approve(office, desk.opened, "načelnica")
    start(office, desk.opened, len(people), "načelnica")
    return desk


@asynccontextmanager
async def at_work(desk: Desk, relay: ScriptedRelay) -> AsyncIterator[list[str]]:
    """Let the scheduler run while the block does; give what it says."""
    said: list[str] = []
    settings = RelaySettings("127.0.0.1", relay.port, Security.NONE)
    daemon = Daemon(desk.office, settings, said.append)
    running = asyncio.create_task(daemon.forever())
    try:
        yield said
    finally:
        daemon.stop.set()
        await running


async def until(condition: Callable[[], object], what: str) -> None:
    """Return once `condition` holds; fail, naming `what`, if it never does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        await asyncio.sleep(0.02)


async def pass_(clock: FastClock, minutes: float) -> None:
    """Let time pass, as it does."""
    await clock.sleep(60 * minutes)
