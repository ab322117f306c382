"""
Rehearse a campaign: play it in a copy of the office, on a clock that jumps.

Everything is as it will be, but for the people, the servers and the time: the
letters, the list, the planner, the ledger, the reading of what comes back.
The office itself is only read.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

from mailer.model.campaign import Relative
from mailer.operations import campaign_status, gather
from mailer.operations.copy_office import MAIL, copy_office
from mailer.operations.open_campaign import open_campaign
from mailer.planning.schedule import GRACE
from mailer.planning.windows import WorkCalendar
from mailer.report.as_table import as_table
from mailer.report.sums import sums
from mailer.sandbox.clock import VirtualClock
from mailer.sandbox.diary import Diary
from mailer.sandbox.habits import cast
from mailer.sandbox.post_office import PostOffice
from mailer.sandbox.world import World
from mailer.store import recipients

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign

#: who approves and starts it, in the copy
REHEARSING = "rehearsal"
AUTHOR = "author"  #: where the campaign names none yet


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What came of a rehearsal."""

    calendar: str
    sums: tuple[str, ...]  #: where everybody is in the end
    messages: int
    mailbox: Path  #: every message that went out, as .eml
    maildir: Path  #: the same, for a mail program that reads folders


def weeks(opened: OpenCampaign) -> tuple[datetime, datetime]:
    """Return when a campaign can be prepared, and when nothing more can happen."""
    campaign = opened.campaign
    calendar = WorkCalendar.of(campaign)
    moments = [time_.due for time_ in opened.times.values()]
    days = [calendar.local(moment).date() for moment in moments]
    last = max((*days, *((campaign.answer_by,) if campaign.answer_by else ())))
    if campaign.event:
        last = max(last, (campaign.event.end or campaign.event.start).date())
    followers = [s.when.days for s in campaign.steps if isinstance(s.when, Relative)]
    after = GRACE + max(0, *followers, 0)
    first = calendar.add_working_days(min(days), -1)
    return (
        calendar.opening(first),
        calendar.instant(
            datetime.combine(calendar.add_working_days(last, after), time(12))
        ),
    )


def rehearse(
    office: Office,
    name: str,
    folder: Path,
    seed: int,
    on_day: Callable[[datetime, datetime, datetime], None],
    width: int,
) -> Rehearsed:
    """
    Play the campaign called `name` in `folder`; the office is left as it is.

    Args:
        office: Only read.
        name: The campaign's.
        folder: Made anew each time.
        seed: Other chance, other answers.
        on_day: Told of the first moment, the present one and the last.
        width: Characters of a line in what is returned.

    Raises:
        DefinitionError: Its folder is wrong.
        PreflightError: A check finds something that blocks it.
        UsageError: Its list is missing, or the folder holds something else.
    """
    campaign = open_campaign(office, name)
    start, end = weeks(campaign)
    clock = VirtualClock(start)
    list_name = campaign.campaign.list_name
    with copy_office(office, name, list_name, folder, clock, seed) as copy:
        opened = _started(copy, name)
        with copy.database.read() as connection:
            listed = list(recipients.listed(connection, list_name))
        people = cast(opened.campaign, opened.times, listed, seed)
        post = PostOffice(folder / MAIL, clock)
        world = World(copy, opened, clock, post, people)
        diary = Diary(copy, opened)

        def on_tick(now: datetime) -> None:
            diary.note(now)
            on_day(start, now, end)

        asyncio.run(world.play(end, on_tick))
        tally = gather.report(copy, opened.campaign)
        report = as_table(tally, width)
        calendar = diary.written(width)
        # It is over: whatever is done with the copy, nothing more goes out of it.
        campaign_status.cancel(copy, name, REHEARSING)
    _write(folder / "reports", {"calendar": calendar, name: report})
    ended = tuple(map(str, sums(tally)[:3]))
    return Rehearsed(calendar, ended, post.bind(), post.accepted, post.letters)


def _write(folder: Path, reports: Mapping[str, str]) -> None:
    folder.mkdir()
    for name, text in reports.items():
        (folder / f"{name}.txt").write_text(text + "\n", "utf-8")


def _started(copy: Office, name: str) -> OpenCampaign:
    """Approve and start the campaign, as people would."""
    opened = open_campaign(copy, name)
    author = opened.campaign.author or AUTHOR
    found = campaign_status.approve(copy, opened, REHEARSING, author=author)
    campaign_status.start(copy, opened, found.recipients, REHEARSING)
    return opened
