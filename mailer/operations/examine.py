"""
Examine an office: everything that has to be right before it sends.

Each finding says how it is and, where it is not well, what to do.  Nothing here
changes anything; what the world's DNS says is asked in `operations.examine_dns`.
"""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from mailer.errors import MailerError
from mailer.files.event_log import FILE_NAME as LOG
from mailer.model.campaign import CampaignStatus
from mailer.model.history import NEVER
from mailer.operations.approval import require_approved
from mailer.operations.collect_mail import StoreMemory, not_read
from mailer.operations.heartbeat import last_ticks
from mailer.operations.office_key import KEY_FILE, require_own_key
from mailer.operations.open_campaign import open_approved
from mailer.operations.open_mailbox import open_mailbox
from mailer.planning.hearing import is_deaf
from mailer.settings import FILE_NAME, password
from mailer.store import campaigns, happened, inbox
from mailer.store.tables import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from mailer.operations.office import Office
    from mailer.settings import Settings

LITTLE_ROOM, NO_ROOM = 500, 50  #: MB that are free
#: `mailer run` ticks each minute; by cron it may be once an hour
SILENCE = timedelta(minutes=65)
#: at work, it ticks each minute, however long a round of sending takes
ALIVE = timedelta(minutes=5)
#: how far the ledger may be ahead of the clock, for two machines' sake
SKEW = timedelta(minutes=2)


class Health(Enum):
    """How something is."""

    OK = "ok"
    WARN = "warn"  #: it works; a person should look
    FAIL = "fail"  #: something will not work
    SKIPPED = "skipped"  #: it was not looked at; the finding says why


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing is."""

    subject: str  #: "database"
    health: Health
    said: str  #: how it is
    fix: str = ""  #: what to do, where it is not well


def well(subject: str, said: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(subject, Health.OK, said)


def ill(subject: str, error: MailerError) -> Iterator[Finding]:
    """Yield what an error says, as findings."""
    for one in error.problems:
        place = f"{one.place}: " if one.place else ""
        fix = one.next_step or "look at what it names"
        yield Finding(subject, Health.FAIL, f"{place}{one.cause}", fix)


def examine_folder(folder: Path, settings: Settings) -> Iterator[Finding]:
    """Yield how the folder is: disk, and files that must be private."""
    yield well("settings", f"{FILE_NAME} is understood")
    fence = "real addresses are written to" if settings.office.production else ""
    yield well("fence", fence or "closed: only .example, .test, .invalid, localhost")
    yield _disk(folder)
    yield _log(folder)
    secrets = [("settings file", FILE_NAME), ("key file", KEY_FILE)]
    secrets += [("database file", name) for name in _database_files(settings)]
    secrets.append(("DKIM key", settings.dkim.key_file))
    secrets.append(("relay password", settings.relay.password_file))
    secrets.append(("mailbox password", settings.mailbox.password_file))
    for subject, name in secrets:
        if name and (folder / name).is_file():
            yield _is_private(subject, folder / name)


def examine_office(office: Office) -> Iterator[Finding]:
    """Yield how an open office is: database, clock, passwords, mailbox, scheduler."""
    for subject, look in (
        ("database", _database),
        ("key", _key),
        ("clock", _clock),
        ("password", _passwords),
        ("mailbox", _mailbox),
        ("scheduler", _scheduler),
        ("campaign", _approved),
    ):
        try:
            yield from look(office, office.clock.now())
        except MailerError as error:  # the others are looked at all the same
            yield from ill(subject, error)


def _database_files(settings: Settings) -> tuple[str, ...]:
    """Return the names of the ledger's files, if it is a file."""
    kind, _, name = settings.office.database.partition(":///")
    return (name, f"{name}-wal", f"{name}-shm") if kind.startswith("sqlite") else ()


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free // 1_000_000
    if not os.access(folder, os.W_OK | os.X_OK):
        said = f"{folder} cannot be written"
        return Finding("disk", Health.FAIL, said, "give this user the right to write")
    if free < LITTLE_ROOM:
        health = Health.FAIL if free < NO_ROOM else Health.WARN
        return Finding("disk", health, f"{free} MB are free", "make room")
    return well("disk", f"writable, {free / 1000:.1f} GB free")


def _log(folder: Path) -> Finding:
    """Return where the log is, for those who look after the machine."""
    path = folder / LOG
    if not path.exists():
        return well("log", f"{LOG}, not begun yet")
    if not (path.is_file() and os.access(path, os.W_OK)):
        said = f"{LOG} cannot be written: nothing is logged"
        fix = "make it a file that this user may write"
        return Finding("log", Health.WARN, said, fix)
    return well("log", f"{LOG}, {path.stat().st_size / 1000:.0f} kB")


def examine_ticks(folder: Path, now: datetime) -> Finding:
    """Return whether the scheduler is at work; asks nothing but its last ticks."""
    ticks = last_ticks(folder).values()
    last = max((tick.at for tick in ticks), default=None)
    if last is None:
        return Finding("scheduler", Health.FAIL, "never ran", "mailer run")
    ago = (now - last).total_seconds()
    said = f"last tick {ago:.0f} seconds ago"
    if abs(ago) > ALIVE.total_seconds():
        return Finding("scheduler", Health.FAIL, said, "mailer run")
    return well("scheduler", said)


def _is_private(subject: str, path: Path) -> Finding:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        said = f"{path} can be read by others (mode {mode:o})"
        return Finding(subject, Health.WARN, said, f"chmod 600 {path}")
    return well(subject, f"{path.name}, readable by its owner only")


def _database(office: Office, _now: datetime) -> Iterator[Finding]:
    """Yield that it can be read and written; opening it has checked its schema."""
    url = office.settings.office.database
    shown = url if url.startswith("sqlite") else url.rpartition("@")[2]
    try:
        office.database.try_to_write()
    except MailerError as error:
        yield from ill("database", error)
        return
    yield well("database", f"{shown}, schema {SCHEMA_VERSION}, writable")


def _key(office: Office, _now: datetime) -> Iterator[Finding]:
    require_own_key(office)
    yield well("key", "the ledger's letters were named with it")


def _passwords(office: Office, _now: datetime) -> Iterator[Finding]:
    for subject, section in (
        ("relay password", office.settings.relay),
        ("mailbox password", office.settings.mailbox),
    ):
        try:
            password(section, office.folder)
        except MailerError as error:
            yield from ill(subject, error)


def _clock(office: Office, now: datetime) -> Iterator[Finding]:
    zone = office.settings.office.zone
    local = now.astimezone(zone)
    said = f"{local:%a %-d %b %Y, %H:%M} in {zone.key}"
    if ahead := clock_set_back(office, now):
        yield Finding("clock", Health.FAIL, f"{said}; {ahead}", "set the clock")
    else:
        yield well("clock", said)


def clock_set_back(office: Office, now: datetime) -> str:
    """Return what shows that the clock was set back since the last letter, or ""."""
    with office.database.read() as connection:
        last = happened.latest(connection)
    if last is None or last <= now + SKEW:
        return ""
    return f"the ledger is of {_local(office, last)}, later"


def _mailbox(office: Office, now: datetime) -> Iterator[Finding]:
    """Yield whether it can be opened, and whether it was read to its end lately."""
    try:
        with open_mailbox(office) as source:
            closed = source.closed_to_us(StoreMemory(office))
        if closed:
            yield from ill("mailbox", not_read(closed))
        else:
            yield well("mailbox", f"{office.settings.mailbox.source} can be opened")
    except MailerError as error:
        yield from ill("mailbox", error)
    with office.database.read() as connection:
        until = inbox.heard_until(connection)
        rows = campaigns.all_known(connection)
    said = "never read to its end" if until == NEVER else _local(office, until)
    if is_deaf(until, now) and any(r.status is CampaignStatus.RUNNING for r in rows):
        said = f"{said}; reminders wait until it is read to its end"
        yield Finding("last look", Health.WARN, said, "mailer inbox fetch")
    else:
        yield well("last look", said)


def _scheduler(office: Office, now: datetime) -> Iterator[Finding]:
    with office.database.read() as connection:
        rows = campaigns.all_known(connection)
    running = [one.name for one in rows if one.status is CampaignStatus.RUNNING]
    for one in rows:
        if one.status is CampaignStatus.PAUSED:
            said = f"{one.name} is paused: {one.pause_reason}"
            fix = f"mailer resume {one.name}"
            yield Finding("campaign", Health.WARN, said, fix)
    ticks = last_ticks(office.folder)
    for name, tick in ticks.items():
        if tick.trouble:
            said = f"{name}, at {_local(office, tick.at)}: {tick.trouble}"
            yield Finding("scheduler", Health.WARN, said, "mend what it names")
    last = max((tick.at for tick in ticks.values()), default=None)
    said = f"last tick {_local(office, last)}" if last else "never ran"
    if running and (last is None or now - last > SILENCE):
        said = f"{said}, and running: {', '.join(running)}"
        yield Finding("scheduler", Health.WARN, said, "mailer run")
    else:
        yield well("scheduler", said if running else f"{said}; no campaign is running")


def _approved(office: Office, _now: datetime) -> Iterator[Finding]:
    """Yield which running campaigns would not go out as they were approved."""
    with office.database.read() as connection:
        rows = campaigns.all_known(connection)
    for one in rows:
        if one.status is CampaignStatus.RUNNING:
            try:
                require_approved(office, open_approved(office, one.name))
            except MailerError as error:
                yield from ill("campaign", error)
            else:
                yield well("campaign", f"{one.name} goes out as it was approved")


def _local(office: Office, instant: datetime) -> str:
    return f"{instant.astimezone(office.settings.office.zone):%-d %b %Y, %H:%M}"
