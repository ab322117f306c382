"""
Weeks in seconds: a campaign among simulated municipalities and clerks.

Everything but the people is real: the operations, the database, a real SMTP
server on loopback, a real Maildir.  Time jumps from one event to the next.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import heapq
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from email.parser import BytesHeaderParser
from email.policy import default as modern
from typing import TYPE_CHECKING

from mailer.mailboxes.source import open_source
from mailer.model.smtp import Security
from mailer.operations.collect_mail import collect_mail
from mailer.operations.find_organisation import find_organisation
from mailer.operations.import_responses import import_responses
from mailer.operations.plan_due import plan_due
from mailer.operations.record_response import assign
from mailer.operations.send_due import send_due
from mailer.planning.windows import WorkCalendar
from mailer.sandbox.letters import Received, hash_of, react
from mailer.sandbox.people import Habit, People, Reaction, people
from mailer.sandbox.relay import ScriptedRelay
from mailer.smtp.settings import RelaySettings
from mailer.store import deliveries, inbox, recipients

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.model.delivery import Outcome
    from mailer.model.recipient import Recipient
    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign
    from mailer.sandbox.clock import VirtualClock
    from mailer.sandbox.post_office import PostOffice
    from mailer.sandbox.reports import StoredMessage

#: things that happen within it are looked at together
GRID = timedelta(minutes=30)
#: when the clerk imports registrations and reads the replies
CLERK_AT = time(14, 0)

#: what the clerk makes of a reply; the others stay in the review
_ASSIGNED = {
    Reaction.DECLINE: "declined",
    Reaction.DECLINE_ABSENT: "declined",
    Reaction.FORM: "returned",
    Reaction.QUESTION: "question",
}


@dataclass(order=True, slots=True)
class _Event:
    """Something that a municipality does."""

    at: datetime
    number: int
    address: str = field(compare=False)
    mail: bytes | None = field(compare=False)  #: `None`: fills in the web form


@dataclass(slots=True)
class World:
    """One campaign, played."""

    office: Office
    opened: OpenCampaign
    clock: VirtualClock
    post: PostOffice
    seed: int
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    _people: People = field(init=False)
    _recipients: dict[str, Recipient] = field(init=False)
    _letters: Counter[str] = field(default_factory=Counter)
    _events: list[_Event] = field(default_factory=list)
    _registrations: list[tuple[str, str, str]] = field(default_factory=list)
    _written: dict[str, tuple[str, Habit]] = field(default_factory=dict)
    _clerk_at: datetime = field(init=False)
    _calendar: WorkCalendar = field(init=False)

    def __post_init__(self) -> None:
        with self.office.database.read() as connection:
            listed = list(recipients.listed(connection, self.opened.campaign.list_name))
        self._recipients = {one.address: one for one in listed}
        self._people = people(self.opened.campaign.name, listed, self.seed)
        self._calendar = WorkCalendar.of(self.opened.campaign)
        self._clerk_at = self._next_clerk(self.clock.now())

    async def play(self, until: datetime, on_tick: Callable[[datetime], None]) -> None:
        """Let time pass until `until`; `on_tick` is told of every moment."""
        stop = asyncio.Event()
        async with ScriptedRelay(
            self._people.behaviours,
            on_accepted=self._accepted,
            on_report=self.post.deliver_report,
            clock=self.clock,
        ) as relay:
            settings = RelaySettings("127.0.0.1", relay.port, Security.NONE)
            while self.clock.now() < until:
                on_tick(self.clock.now())
                self._what_people_did()
                self._collect()
                if self.clock.now() >= self._clerk_at:
                    self._clerk_works()
                planned = plan_due(self.office, self.opened)
                sent = await send_due(self.office, self.opened, settings, stop=stop)
                self.outcomes += sent.outcomes
                self.clock.jump(self._next_moment(planned.next_at, until))

    def _next_moment(self, planned: datetime | None, until: datetime) -> datetime:
        """Return when something happens next, on the grid."""
        now = self.clock.now()
        with self.office.database.read() as connection:
            again = deliveries.next_try(connection, self.opened.campaign.name)
        moments = [until, self._clerk_at, planned, again]
        if self._events:
            moments.append(self._events[0].at)
        soonest = min(one for one in moments if one is not None and one > now)
        whole = soonest.replace(minute=0, second=0, microsecond=0)
        while whole < soonest:
            whole += GRID
        return whole

    def _accepted(self, message: StoredMessage) -> None:
        """Let a municipality see a letter, and decide what it will do."""
        self.post.keep(message)
        address = message.forward_path
        number = self._letters[address]
        self._letters[address] += 1
        habit = self._people.habits.get(address)
        if habit is None or number != habit.step or self._came_back(address):
            return
        header = BytesHeaderParser(policy=modern).parsebytes(message.data)
        chance = hash_of(str(header["Message-ID"]))
        automatic = habit.reaction in (Reaction.RECEIPT, Reaction.ABSENCE)
        delay = timedelta(minutes=1) if automatic else timedelta(hours=1 + chance % 70)
        at = message.accepted_at + delay
        if not automatic:
            at = self._calendar.next_opening(at)
        received = Received(
            message_id=str(header["Message-ID"]),
            subject=str(header["Subject"]),
            forward_path=address,
            reverse_path=message.reverse_path,
            reply_to=str(header["Reply-To"]),
            name=self._recipients[address].organisation.official_name,
        )
        mail = react(habit, received, at, chance)
        if mail is not None or habit.reaction is Reaction.REGISTER:
            event = _Event(at, len(self._letters) + number, address, mail)
            heapq.heappush(self._events, event)

    def _came_back(self, address: str) -> bool:
        """Return whether nobody read it: the next server sent it back."""
        return self._people.behaviours.get(address, "").startswith("bounce")

    def _what_people_did(self) -> None:
        while self._events and self._events[0].at <= self.clock.now():
            event = heapq.heappop(self._events)
            organisation = self._recipients[event.address].organisation
            if event.mail is None:
                domain = event.address.rpartition("@")[2]
                person = f"Referentka {organisation.code}"
                row = (organisation.official_name, person, f"prijave@{domain}")
                self._registrations.append(row)
                continue
            digest = hashlib.sha256(event.mail).hexdigest()
            habit = self._people.habits[event.address]
            self._written[digest] = organisation.code, habit
            self.post.deliver(event.mail)

    def _collect(self) -> None:
        source = open_source(self.office.settings.mailbox.source, self.office.folder)
        campaign = self.opened.campaign
        collect_mail(self.office, source, {campaign.name: campaign})

    def _clerk_works(self) -> None:
        """Import what the web form has, and read what nobody understood."""
        self._clerk_at = self._next_clerk(self.clock.now())
        campaign = self.opened.campaign
        if self._registrations:
            path = self.office.folder / "recipients" / "prijave.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, delimiter=";")
                writer.writerow(("Občina", "Ime in priimek", "E-pošta"))
                writer.writerows(self._registrations)
            import_responses(self.office, campaign, path, "registered", by="referentka")
        with self.office.database.read() as connection:
            waiting = inbox.waiting(connection)
        for mail in waiting:
            code, habit = self._written.get(mail.digest, ("", Habit()))
            kind = _ASSIGNED.get(habit.reaction)
            if kind is not None:
                assign(
                    self.office,
                    campaign,
                    mail.id,
                    find_organisation(self.office, code),
                    kind,
                    by="referentka",
                    details=dict(habit.details),
                )

    def _next_clerk(self, after: datetime) -> datetime:
        day = self._calendar.local(after).date()
        today = self._calendar.instant(datetime.combine(day, CLERK_AT))
        if today > after and self._calendar.is_working_day(day):
            return today
        day = self._calendar.add_working_days(day, 1)
        return self._calendar.instant(datetime.combine(day, CLERK_AT))
