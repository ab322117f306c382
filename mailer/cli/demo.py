"""`mailer demo`: both sample campaigns among simulated municipalities."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from rich.progress import BarColumn, TextColumn

from mailer.cli.output import data, next_step, out, progress, say
from mailer.errors import UsageError
from mailer.files.office_folder import make_office
from mailer.operations import campaign_status, gather
from mailer.operations.import_recipients import import_recipients
from mailer.operations.office import Office, open_office
from mailer.operations.office_key import KEY_FILE
from mailer.operations.open_campaign import open_campaign
from mailer.report.as_table import as_table
from mailer.report.sums import reconcile
from mailer.sandbox.clock import VirtualClock
from mailer.sandbox.people import people
from mailer.sandbox.post_office import PostOffice
from mailer.sandbox.world import World
from mailer.store import recipients

if TYPE_CHECKING:
    from mailer.report.tally import Tally

#: a campaign → when the office prepares it, and when nothing more can happen
WEEKS = {
    "ministry-letter": (
        datetime(2017, 9, 26, 8, 0, tzinfo=UTC),
        datetime(2017, 11, 6, 8, 0, tzinfo=UTC),
    ),
    "conference": (
        datetime(2019, 4, 4, 8, 0, tzinfo=UTC),
        datetime(2019, 5, 24, 8, 0, tzinfo=UTC),
    ),
}

MARK = ".demo"


def play(folder: Path, seed: int) -> None:
    """
    Play both campaigns in `folder`, which is made anew, and show the reports.

    Raises:
        UsageError: The folder holds something that is no demo.
    """
    began = monotonic()
    _prepare(folder, seed)
    clock = VirtualClock(min(start for start, _end in WEEKS.values()))
    with open_office(folder, clock) as office:
        _import_list(office)
        tallies = []
        for name, (start, end) in WEEKS.items():
            clock.jump(start)
            tallies.append(_campaign(office, clock, name, end, seed))
    for tally in tallies:
        data(as_table(tally, min(out.width, 100)))
        data("")
    _say_where(folder, monotonic() - began)
    if any(reconcile(tally) for tally in tallies):
        raise AssertionError("the demo's sums do not reconcile")


def _prepare(folder: Path, seed: int) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise UsageError.at(
                str(folder), "is not empty, and no demo", "name another folder"
            )
        shutil.rmtree(folder)
    make_office(folder)
    (folder / MARK).touch()
    # The same seed makes the same keys, so the same messages, byte for byte.
    key = hashlib.sha256(f"demo {seed}".encode()).hexdigest()
    (folder / KEY_FILE).write_text(key)


def _import_list(office: Office) -> None:
    import_recipients(
        office,
        office.register_file,
        "municipalities",
        skip_invalid=False,
        may_shrink=lambda _before, _after: False,
    )


def _campaign(
    office: Office, clock: VirtualClock, name: str, end: datetime, seed: int
) -> Tally:
    opened = open_campaign(office, name)
    _mend_addresses(office)
    found = campaign_status.approve(office, opened, "vodja službe")
    campaign_status.start(office, opened, found.recipients, "vodja službe")
    with office.database.read() as connection:
        listed = list(recipients.listed(connection, opened.campaign.list_name))
    post = PostOffice(office.folder / "mail")
    world = World(office, opened, clock, post, people(name, listed, seed))
    start = clock.now()
    columns = (
        TextColumn("{task.fields[name]:<16}"),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[day]}"),
    )
    with progress(*columns) as bar:
        total = (end - start).days
        task = bar.add_task("", total=total, name=name, day="")

        def on_tick(now: datetime) -> None:
            accepted = sum(world.outcomes.values())
            day = f"{now:%-d. %-m. %Y}, {accepted} attempts"
            bar.update(task, completed=(now - start).days, day=day)

        asyncio.run(world.play(end, on_tick))
    counts = ", ".join(f"{n} {key.value}" for key, n in world.outcomes.items())
    say(f"{name}: {sum(world.outcomes.values())} attempts: {counts}".replace("_", " "))
    tally = gather.report(office, opened.campaign)
    reports = office.folder / "reports"
    reports.mkdir(exist_ok=True)
    (reports / f"{name}.txt").write_text(as_table(tally, 80) + "\n")
    with (reports / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        file.writelines(gather.report_lines(office, opened.campaign))
    return tally


def _mend_addresses(office: Office) -> None:
    """Let the office have found new owners for the addresses that once bounced."""
    with office.database.write() as connection:
        for address_key in recipients.suppressions(connection):
            recipients.unsuppress(connection, address_key)


def _say_where(folder: Path, seconds: float) -> None:
    say(f"Both campaigns, played in {seconds:.0f} s. Nothing left this machine.")
    say(f"  database   {folder / 'mailer.db'}")
    say(f"  mailbox    {folder / 'mail' / 'relay'}  (every message as .eml)")
    say(f"  reports    {folder / 'reports'}")
    next_step(f"mailer --office {folder} timeline Ljubljana")
