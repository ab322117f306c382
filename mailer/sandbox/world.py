"""
Weeks in seconds: a campaign among simulated municipalities and clerks.

Everything but the people is real: the operations, the database, a real SMTP
server on loopback, a real Maildir.  Time jumps from one event to the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import heapq
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from mailer.model.incoming import ReviewState
from mailer.model.smtp import Security
from mailer.operations.collect_mail import collect_mail, reader_for
from mailer.operations.find_organisation import find_organisation
from mailer.operations.import_responses import import_responses
from mailer.operations.open_mailbox import open_mailbox
from mailer.operations.plan_due import plan_due
from mailer.operations.review_mail import Answer, assign, dismiss
from mailer.operations.send_due import send_due
from mailer.planning.windows import WorkCalendar
from mailer.sandbox.letters import Received, hash_of, react
from mailer.sandbox.people import Habit, People, Reaction, Way
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

#: what a mailbox answers by itself, at once
_BY_ITSELF = (Reaction.RECEIPT, Reaction.ABSENCE, Reaction.COMPLAINT)
#: between a registration and its cancellation
_SECOND_THOUGHTS = timedelta(days=3)


@dataclass(order=True, slots=True)
class _Event:
    """Something that a municipality does."""

    at: datetime
    number: int
    address: str = field(compare=False)
    mail: bytes | None = field(compare=False)  #: `None`: fills in the web form
    habit: Habit = field(compare=False)


@dataclass(slots=True)
class World:
    """One campaign, played."""

    office: Office
    opened: OpenCampaign
    clock: VirtualClock
    post: PostOffice
    people: People
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    _recipients: dict[str, Recipient] = field(init=False)
    _letters: Counter[str] = field(default_factory=Counter)
    _events: list[_Event] = field(default_factory=list)
    _event_count: int = 0
    #: rows of the web form, by the kind of response that they are
    _registrations: defaultdict[str, list[tuple[str, ...]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _written: dict[str, tuple[tuple[str, ...], Habit]] = field(default_factory=dict)
    _clerk_at: datetime = field(init=False)
    _calendar: WorkCalendar = field(init=False)
    _neighbour: Recipient = field(init=False)

    def __post_init__(self) -> None:
        with self.office.database.read() as connection:
            listed = list(recipients.listed(connection, self.opened.campaign.list_name))
        self._recipients = {one.address: one for one in listed}
        known = {*self.people.habits, *self.people.behaviours}
        # Shares an official with whoever answers for two.
        self._neighbour = next(
            (one for one in listed if one.address not in known), listed[0]
        )
        self._calendar = WorkCalendar.of(self.opened.campaign)
        self._clerk_at = self._next_clerk(self.clock.now())

    async def play(self, until: datetime, on_tick: Callable[[datetime], None]) -> None:
        """
        Let time pass until `until`.

        `on_tick` is told of every moment, after what came in was read and before
        anything goes out.
        """
        stop = asyncio.Event()
        campaigns = {self.opened.campaign.name: self.opened.campaign}
        async with contextlib.AsyncExitStack() as stack:
            relay = await stack.enter_async_context(
                ScriptedRelay(
                    self.people.behaviours,
                    on_accepted=self._accepted,
                    on_report=self.post.deliver_report,
                    clock=self.clock,
                )
            )
            # One for all these weeks: nothing of it depends on the day.
            reader = stack.enter_context(reader_for(self.office, campaigns))
            settings = RelaySettings("127.0.0.1", relay.port, Security.NONE)
            while self.clock.now() < until:
                self._what_people_did()
                with open_mailbox(self.office) as source:
                    collect_mail(self.office, source, campaigns, reader=reader)
                if self.clock.now() >= self._clerk_at:
                    self._clerk_works()
                on_tick(self.clock.now())
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
        habit = self.people.habits.get(address)
        while habit is not None and number != habit.step:
            habit = habit.then
        if habit is None or self._came_back(address):
            return
        name = self._recipients[address].organisation.official_name
        received = Received.read(message, name)
        chance = hash_of(received.message_id)
        if habit.reaction in _BY_ITSELF:
            at = message.accepted_at + timedelta(minutes=1)
        else:
            hours = timedelta(hours=1 + chance % 70)
            at = self._calendar.next_opening(message.accepted_at + hours)
        if habit.reaction in (Reaction.REGISTER, Reaction.CANCEL):
            self._expect(at, address, None, habit)
            at = self._calendar.next_opening(at + _SECOND_THOUGHTS)
        neighbour = self._neighbour.organisation.official_name
        mail = react(habit, received, at, chance, neighbour)
        if mail is not None:
            self._expect(at, address, mail, habit)

    def _expect(
        self, at: datetime, address: str, mail: bytes | None, habit: Habit
    ) -> None:
        self._event_count += 1
        event = _Event(at, self._event_count, address, mail, habit)
        heapq.heappush(self._events, event)

    def _came_back(self, address: str) -> bool:
        """Return whether nobody read it: the next server sent it back."""
        return self.people.behaviours.get(address, "").startswith("bounce")

    def _what_people_did(self) -> None:
        while self._events and self._events[0].at <= self.clock.now():
            event = heapq.heappop(self._events)
            organisation = self._recipients[event.address].organisation
            habit = event.habit
            if event.mail is None:
                domain = event.address.rpartition("@")[2]
                person = f"Referentka {organisation.code}"
                row = (organisation.official_name, person, f"prijave@{domain}")
                kind = habit.kind if habit.reaction is not Reaction.CANCEL else ""
                self._registrations[kind or "registered"].append(
                    (organisation.code, *row)
                )
                continue
            digest = inbox.digest_of(event.mail)
            codes: tuple[str, ...] = (organisation.code,)
            if habit.reaction is Reaction.FOR_TWO:
                codes += (self._neighbour.organisation.code,)
            self._written[digest] = codes, habit
            self.post.deliver(event.mail)

    def _clerk_works(self) -> None:
        """Import what the web form has, and read what nobody understood."""
        self._clerk_at = self._next_clerk(self.clock.now())
        campaign = self.opened.campaign
        for kind, rows in self._registrations.items():
            path = self.office.folder / "recipients" / f"prijave-{kind}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, delimiter=";")
                writer.writerow(("Šifra", "Občina", "Ime in priimek", "E-pošta"))
                writer.writerows(rows)
            import_responses(self.office, campaign, path, kind, by="referentka")
        with self.office.database.read() as connection:
            waiting = inbox.waiting(connection)
        for mail in waiting:
            if ReviewState(mail.review) is not ReviewState.OPEN:
                continue  # a question, and somebody has it on the desk
            codes, habit = self._written.get(mail.digest, ((), Habit()))
            if habit.reaction is Reaction.MOVED:  # noted for the next list
                dismiss(self.office, mail.id, by="referentka")
                continue
            if not habit.kind or habit.way is Way.HALF:  # we ask them again
                continue
            whose = tuple(find_organisation(self.office, code) for code in codes)
            answer = Answer(campaign, whose, habit.kind, dict(habit.details))
            assign(self.office, mail.id, answer, by="referentka")

    def _next_clerk(self, after: datetime) -> datetime:
        day = self._calendar.local(after).date()
        today = self._calendar.instant(datetime.combine(day, CLERK_AT))
        if today > after and self._calendar.is_working_day(day):
            return today
        day = self._calendar.add_working_days(day, 1)
        return self._calendar.instant(datetime.combine(day, CLERK_AT))
