"""
An open office: its folder, settings, database, key and clock.

Every operation gets one; nothing else is global.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.delivery.pace import Pace
from mailer.delivery.rate import Rate
from mailer.errors import ConfigurationError
from mailer.files.event_log import EventLog
from mailer.model.campaign import SendingWindow
from mailer.operations.instance import keep_up
from mailer.operations.office_key import read_or_make_key
from mailer.rendering.context import Sender
from mailer.rendering.dkim import Signer, read_key
from mailer.settings import FILE_NAME, Settings, load
from mailer.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mailer.clock import Clock
    from mailer.settings import DkimSection, RelaySection


@dataclass(frozen=True, slots=True)
class Office:
    """Everything an operation may reach."""

    folder: Path
    settings: Settings
    database: Database
    key: bytes  #: makes references and tokens (`mailer.tokens`)
    clock: Clock
    pace: Pace  #: to the relay; learns as long as the office is open
    signer: Signer | None  #: `None` leaves signing to the relay
    log: EventLog  #: of what was done, for those who look after the machine

    @property
    def templates(self) -> Path:
        """Return the folder of the campaigns' folders."""
        return self.folder / "templates"

    @property
    def register_file(self) -> Path:
        """Return the list of all municipalities, which names are matched against."""
        return self.folder / "recipients" / "municipalities.csv"

    @property
    def sender(self) -> Sender:
        """Return in whose name the letters go."""
        sender = self.settings.sender
        return Sender(sender.name, sender.address, sender.reply_to)

    @property
    def window(self) -> SendingWindow:
        """Return when this office sends."""
        sending = self.settings.sending
        return SendingWindow(
            sending.opens, sending.closes, frozenset(sending.closed_days)
        )


@contextlib.contextmanager
def open_office(folder: Path, clock: Clock) -> Iterator[Office]:
    """
    Open the office in `folder`, and close it afterwards.

    Raises:
        ConfigurationError: Its settings are wrong, or a key cannot be read.
        StoreError: Its database cannot be opened.
    """
    settings = load(folder)
    pace = _pace(settings.relay)
    signer = _signer(settings.dkim, folder)
    database = Database(settings.office.database, folder)
    log = EventLog(folder)
    try:
        key = read_or_make_key(folder, database)
        office = Office(folder, settings, database, key, clock, pace, signer, log)
        keep_up(office)
        try:
            yield office
        finally:
            keep_up(office)
    finally:
        log.close()
        database.close()


def _pace(relay: RelaySection) -> Pace:
    rates = []
    for name in ("rate", "per_domain_rate"):
        try:
            rates.append(Rate.parse(getattr(relay, name)))
        except ValueError as error:
            place = f"{FILE_NAME}, relay, {name}"
            raise ConfigurationError.at(place, str(error), "correct it") from None
    rate, domain_rate = rates
    return Pace(relay.connections, rate, relay.per_domain_connections, domain_rate)


def _signer(dkim: DkimSection, folder: Path) -> Signer | None:
    """Return who signs the letters, `None` where the settings name no key."""
    if not dkim.domain:
        return None
    place, path = f"{FILE_NAME}, dkim, key_file", folder / dkim.key_file
    try:
        return Signer(dkim.domain, dkim.selector, read_key(path.read_bytes()))
    except OSError as error:
        raise ConfigurationError.at(
            place,
            f"{path} cannot be read: {error.strerror}",
            "correct the path, or let whoever runs mailer read the file",
        ) from None
    except ValueError as error:
        raise ConfigurationError.at(
            place,
            f"{path} {error}",
            "make one with `openssl genrsa -out dkim.key 2048`",
        ) from None
