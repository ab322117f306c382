"""An office for tests: a real folder and database, a clock that jumps, its desk."""

from __future__ import annotations

import asyncio
import csv
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from incoming import a_reply
from relays import run

from mailer.files.office_folder import make_office
from mailer.model.smtp import Security
from mailer.operations.campaign_status import approve, start
from mailer.operations.collect_mail import collect_mail
from mailer.operations.import_recipients import import_recipients
from mailer.operations.office import open_office
from mailer.operations.open_campaign import open_campaign
from mailer.operations.open_mailbox import open_mailbox
from mailer.operations.plan_due import plan_due
from mailer.operations.send_due import send_due
from mailer.sandbox.post_office import PostOffice
from mailer.sandbox.relay import ScriptedRelay
from mailer.smtp.settings import RelaySettings
from mailer.store import campaigns, histories, inbox, recipients, responses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mailer.model.delivery import Delivery, DeliveryState
    from mailer.model.response import Response
    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign
    from mailer.sandbox.clock import VirtualClock

#: a Friday on which both the list and the letters are being prepared
BEFORE = datetime(2019, 4, 5, 8, 0, tzinfo=UTC)

LIST = "municipalities"
CONFERENCE = "conference"


@contextmanager
def an_office(folder: Path, clock: VirtualClock) -> Iterator[Office]:
    """Make an office in `folder` as `mailer init` does, and open it."""
    make_office(folder)
    with open_office(folder, clock) as office:
        yield office


def a_list_file(office: Office, people: Sequence[str]) -> Path:
    """
    Write a list of the first municipalities, one address each.

    Args:
        office: The office.
        people: Local parts; the relay reads in them what it is to do.
    """
    with office.register_file.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[: len(people)]
    path = office.folder / "recipients" / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        for row, local_part in zip(rows, people, strict=True):
            row["test_email"] = f"{local_part}@{row['slug']}.example"
            writer.writerow(row)
    return path


def import_list(office: Office, people: Sequence[str]) -> None:
    """Make `people` the list of the municipalities."""
    _import(office, a_list_file(office, people))


def _import(office: Office, file: Path) -> int:
    """Make `file` the list of the municipalities; return how many are in it."""
    return import_recipients(
        office, file, LIST, skip_invalid=False, may_shrink=lambda _before, _after: True
    ).count


@dataclass
class Desk:
    """A running campaign, and what is done with it from one desk."""

    office: Office
    clock: VirtualClock
    name: str = CONFERENCE
    post: PostOffice = field(init=False)

    def __post_init__(self) -> None:
        self.post = PostOffice(self.office.folder / "mail")

    @classmethod
    def running(
        cls,
        office: Office,
        clock: VirtualClock,
        people: Sequence[str],
        name: str = CONFERENCE,
    ) -> Desk:
        """Import, approve and start; then let the first step be due."""
        return cls._started(office, clock, a_list_file(office, people), name)

    @classmethod
    def writing_to(
        cls, office: Office, clock: VirtualClock, addresses: Sequence[str]
    ) -> Desk:
        """Do the same with a list of bare addresses."""
        file = office.folder / "recipients" / "list.csv"
        file.write_text("\n".join(["e-mail", *addresses, ""]), "utf-8")
        return cls._started(office, clock, file, CONFERENCE)

    @classmethod
    def _started(
        cls, office: Office, clock: VirtualClock, file: Path, name: str
    ) -> Desk:
        """Import a list, approve and start; then let the first step be due."""
        desk, imported = cls(office, clock, name), _import(office, file)
        approve(office, desk.opened, "načelnica")
        start(office, desk.opened, imported, "načelnica")
        desk.until(desk.opened.campaign.steps[0].name)
        return desk

    def until(self, step: str) -> None:
        """Let time pass until five minutes after `step` is due."""
        self.clock.jump(self.opened.times[step].due + timedelta(minutes=5))

    @property
    def opened(self) -> OpenCampaign:
        """Return the campaign as its folder is now."""
        return open_campaign(self.office, self.name)

    @property
    def status(self) -> Any:
        """Return the campaign's row."""
        with self.office.database.read() as connection:
            return campaigns.get(connection, self.name)

    def a_relay(self, **asked: Any) -> ScriptedRelay:
        """Return a relay by the desk's clock that reports into the office's mailbox."""
        return ScriptedRelay(
            on_report=self.post.deliver_report, clock=self.clock, **asked
        )

    async def round(self, relay: ScriptedRelay, **changes: Any) -> Any:
        """Plan and send once; return what the sending did."""
        self.plan()
        settings = RelaySettings(
            **{"host": "127.0.0.1", "port": relay.port, "security": Security.NONE}
            | changes
        )
        stop = asyncio.Event()
        return await send_due(self.office, self.opened, settings, stop=stop)

    def plan(self) -> Any:
        """Plan once, as right after a look into the mailbox; return what that added."""
        with self.office.database.write() as connection:
            inbox.hear(connection, self.clock.now())
        return plan_due(self.office, self.opened)

    def send(self, relay: ScriptedRelay | None = None) -> Any:
        """Plan and send once through `relay`, or through one that takes everything."""

        async def scenario() -> Any:
            async with relay or self.a_relay() as started:
                return await self.round(started)

        return run(scenario())

    def write(self, step: str, name: str, text: str) -> bytes:
        """Let a recipient reply to a step; return what lies in the mailbox."""
        reference = self.ledger(step)[name].reference
        domain = self.office.settings.sender.bounce_domain
        mail = a_reply(
            text, From=f"{name}@obcina.example", In_Reply_To=f"<{reference}@{domain}>"
        )
        self.post.deliver(mail)
        return mail

    def collect(self) -> Any:
        """Take what is in the office's mailbox."""
        with open_mailbox(self.office) as source:
            return collect_mail(self.office, source, {self.name: self.opened.campaign})

    def rows(self, step: str = "invitation") -> dict[str, Delivery]:
        """Return a step's rows by the address of their recipient."""
        with self.office.database.read() as connection:
            known = list(histories.of_list(connection, self.name, LIST))
        return {
            history.recipient.address: history.deliveries[step]
            for history in known
            if step in history.deliveries
        }

    def ledger(self, step: str = "invitation") -> dict[str, Delivery]:
        """Return a step's rows by the local part of their recipient."""
        rows = self.rows(step)
        return {address.partition("@")[0]: row for address, row in rows.items()}

    def states(self, step: str = "invitation") -> dict[str, DeliveryState]:
        """Return how far a step came, by local part."""
        return {name: row.state for name, row in self.ledger(step).items()}

    def answers(self) -> list[Response]:
        """Return the campaign's responses, oldest first."""
        with self.office.database.read() as connection:
            return [one for _, one in responses.of_campaign(connection, self.name)]

    def suppressed(self) -> set[str]:
        """Return the local parts that are written to no more."""
        with self.office.database.read() as connection:
            keys = recipients.suppressions(connection)
        return {key.partition("@")[0] for key in keys}


def taken(relay: ScriptedRelay) -> list[str]:
    """Return the local parts for which the relay has a message, in order."""
    return [one.forward_path.partition("@")[0] for one in relay.accepted]
