"""
Copy an office for a rehearsal: same letters, list and hours, another ledger.

The copy is an office folder of its own.  Its settings are written anew, so that
nothing in it names the office's database, relay, mailbox or a password; whatever
is done with it later, it is fenced in.  Its key is not the office's, so no letter
of it can be taken for a real one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from typing import TYPE_CHECKING

from mailer.delivery.pace import Pace
from mailer.delivery.rate import Rate
from mailer.errors import ConfigurationError, UsageError
from mailer.files.campaign_folder import LAYOUT
from mailer.files.event_log import EventLog
from mailer.operations.office import Office
from mailer.operations.office_key import KEY_FILE
from mailer.settings import (
    FILE_NAME,
    MailboxSection,
    OfficeSection,
    RelaySection,
    is_reserved,
)
from mailer.store import recipients
from mailer.store.copying import copy_list
from mailer.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mailer.clock import Clock
    from mailer.settings import Settings

MARK = ".rehearsal"
MAIL = "mail"


@contextlib.contextmanager
def copy_office(
    office: Office,
    campaign: str,
    list_name: str,
    folder: Path,
    clock: Clock,
    seed: int,
) -> Iterator[Office]:
    """
    Make a copy of `office` in `folder`, open while the block runs.

    Args:
        office: Only read.
        campaign: The one whose templates are copied.
        list_name: The list that is copied, with what is suppressed.
        folder: Made anew each time.
        clock: The copy's.
        seed: The same seed makes the same key, so the same messages.

    Raises:
        UsageError: The list was never imported, or the folder holds something else.
        ConfigurationError: The folder cannot be made.
    """
    with office.database.read() as connection:
        if not recipients.count(connection, list_name):
            raise UsageError.at(
                f"list '{list_name}'",
                "has nobody on it",
                f"mailer recipients import FILE --list {list_name}",
            )
        listed = recipients.listed(connection, list_name)
        has_real = any(not is_reserved(one.address) for one in listed)
    settings = _settings(office.settings, is_open=has_real)
    key = hashlib.sha256(f"rehearsal {seed}".encode()).hexdigest()
    try:
        _make_folder(office, campaign, folder, settings, key)
    except OSError as error:
        raise ConfigurationError.at(
            str(folder), f"cannot be made: {error.strerror}", "name another --folder"
        ) from None
    database, log = Database(settings.office.database, folder), EventLog(folder)
    try:
        with office.database.read() as source, database.write() as target:
            copy_list(source, target, list_name)
        yield Office(
            folder,
            settings,
            database,
            bytes.fromhex(key),
            clock,
            _pace(settings.relay),
            office.signer,
            log,
        )
    finally:
        log.close()
        database.close()


def _settings(original: Settings, *, is_open: bool) -> Settings:
    """
    Return the office's settings without anything that leads out of the copy.

    Where the list's addresses are real, the fence is open for the rehearsal; what
    it sends goes to the server that the rehearsal itself has started.
    """
    own = original.office
    return original.model_copy(
        update={
            "office": OfficeSection(
                name=own.name,
                timezone=own.timezone,
                language=own.language,
                production=is_open or own.production,
            ),
            "relay": RelaySection(
                connections=original.relay.connections,
                rate=original.relay.rate,
                per_domain_connections=original.relay.per_domain_connections,
                per_domain_rate=original.relay.per_domain_rate,
            ),
            "mailbox": MailboxSection(source=f"maildir:{MAIL}/office"),
        }
    )


def _pace(relay: RelaySection) -> Pace:
    return Pace(
        relay.connections,
        Rate.parse(relay.rate),
        relay.per_domain_connections,
        Rate.parse(relay.per_domain_rate),
    )


def _make_folder(
    office: Office, campaign: str, folder: Path, settings: Settings, key: str
) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise UsageError.at(
                str(folder), "is not empty, and no rehearsal", "name another --folder"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    (folder / "recipients").mkdir()
    (folder / FILE_NAME).write_text(_toml(settings), "utf-8")
    (folder / KEY_FILE).touch(0o600)
    (folder / KEY_FILE).write_text(key, "ascii")
    for name in (campaign, LAYOUT):
        # Links stay links: where they are refused, they are refused here, too.
        if (office.templates / name).is_dir():
            target = folder / "templates" / name
            shutil.copytree(office.templates / name, target, symlinks=True)


def _toml(settings: Settings) -> str:
    """Return the file of the copy: fenced in, with the built-in relay."""
    office, sender, sending = settings.office, settings.sender, settings.sending
    days = ", ".join(day.isoformat() for day in sending.closed_days)
    return "\n".join(
        (
            "# A rehearsal. Nothing that is done in this folder leaves the machine.",
            "",
            "[office]",
            f"name = {_quoted(office.name)}",
            f"timezone = {_quoted(office.timezone)}",
            f"language = {_quoted(office.language)}",
            "",
            "[sender]",
            f"name = {_quoted(sender.name)}",
            f"address = {_quoted(sender.address)}",
            f"reply_to = {_quoted(sender.reply_to)}",
            f"bounce_domain = {_quoted(sender.bounce_domain)}",
            "",
            "[sending]",
            f"opens = {sending.opens.isoformat()}",
            f"closes = {sending.closes.isoformat()}",
            f"closed_days = [{days}]",
            "",
        )
    )


def _quoted(text: str) -> str:
    """Return `text` as a basic string of TOML, which knows the escapes of JSON."""
    return json.dumps(text, ensure_ascii=False)
