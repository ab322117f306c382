"""
A whole office under everything at once: the main proof of what it promises.

A list that grows, plans, rounds of sending over real sockets to a relay that
does as it likes, and in the middle of a round a pause, an answer, a suppression,
a second sender, a round that is broken off, a disk that takes nothing any more:
in any order, on what was left over from before.
The ledger alone is in `edges/store/test_ledger_machine.py`; real kills of real
processes are in `crash`.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from commands import edit
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from offices import BEFORE, LIST, Desk, import_list
from promises import TAKEN, assert_promises_kept, copies_of
from relays import run
from sqlalchemy import event

from mailer.errors import StoreError
from mailer.files.office_folder import make_office
from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import TRANSITIONS
from mailer.model.delivery import DeliveryState as S
from mailer.model.response import (
    Response,
    ResponseSource,
    Suppression,
    SuppressionReason,
)
from mailer.model.smtp import Security, Stage
from mailer.operations.campaign_status import approve, pause, resume
from mailer.operations.gather import report
from mailer.operations.office import open_office
from mailer.operations.resolve_doubt import Resolution, resolve_doubts
from mailer.operations.send_due import send_due
from mailer.planning.windows import WorkCalendar
from mailer.report.sums import reconcile
from mailer.sandbox.behaviours import Deed
from mailer.sandbox.clock import VirtualClock
from mailer.sandbox.relay import ScriptedRelay
from mailer.smtp.settings import RelaySettings
from mailer.store import deliveries, ledger, recipients, responses

PEOPLE = tuple(f"obcina{number}" for number in range(14))
AT_FIRST = 10
CONNECTIONS = 2

#: what the relay does with a recipient's message (`sandbox.behaviours`)
FATES = (
    "greylist.1",
    "gone",
    "full.1",
    "relay-denied",
    "defer.dot",
    "refuse.dot",
    "drop.rcpt",
    "drop.data",
    "drop.body",
    "drop.dot",  # in doubt, and taken
    "lost.dot",  # in doubt, and not
)

#: what staff do, between the rounds and in the middle of one
DEEDS = ("pause", "resume", "answer", "suppress", "unsuppress")

#: what else happens in the middle of a round
EVENTS = ("pause", "answer", "suppress", "second", "takeover", "break off", "disk")

LATER = (timedelta(minutes=10), timedelta(hours=2), timedelta(days=1))

people = st.sampled_from(PEOPLE[:AT_FIRST])
fates = st.dictionaries(people, st.sampled_from(FATES), max_size=6)
events = st.dictionaries(  #: at which of the relay's questions → what, and who
    st.integers(1, 60),
    st.tuples(st.sampled_from(EVENTS), people),
    min_size=1,
    max_size=4,
)

#: an accepted message is not accepted any less by whatever happens
FINAL = frozenset({S.ACCEPTED, S.ABANDONED, S.CANCELLED, S.SUPPRESSED, S.ANSWERED})


class Relay(ScriptedRelay):
    """A relay in whose hands things happen: at its n-th question what to do."""

    def __init__(self, fates, happen, **asked):
        super().__init__(fates, **asked)
        self.happen, self.questions, self.lost_dots = happen, 0, 0

    def steps(self, stage, address):
        """Let happen what is to happen now, then do what was asked for."""
        self.questions += 1
        self.happen(self.questions)
        steps = super().steps(stage, address)
        self.lost_dots += stage is Stage.END_OF_DATA and Deed.FIN in (steps or ())
        return steps


@contextmanager
def a_disk_that_may_be_full(is_full, *offices):
    """Let every commit fail from the moment when it is."""

    def refuse(_connection):
        if is_full.is_set():
            raise StoreError.at("mailer.db", "the disk is full")

    engines = [office.database.engine for office in offices]
    for engine in engines:
        event.listen(engine, "commit", refuse)
    try:
        yield
    finally:
        for engine in engines:
            event.remove(engine, "commit", refuse)


def an_answer(desk, person, now):
    return Response(
        campaign=desk.name,
        organisation=f"{PEOPLE.index(person) + 1:03}",
        kind="registered",
        at=now,
        source=ResponseSource.STAFF,
        recorded_by="referentka",
    )


class Office(RuleBasedStateMachine):
    """A real office, and what its relay has of it."""

    @initialize()
    def open_it(self):
        self.closing = ExitStack()
        folder = Path(self.closing.enter_context(tempfile.TemporaryDirectory()))
        make_office(folder / "office")
        toml = folder / "office" / "mailer.toml"
        edit(toml, "(?m)^connections = .*", f"connections = {CONNECTIONS}")
        edit(toml, "(?m)^rate = .*", 'rate = ""')
        self.clock = VirtualClock(BEFORE)
        self.office, self.other = (
            self.closing.enter_context(open_office(folder / "office", self.clock))
            for _ in range(2)
        )
        self.listed = AT_FIRST
        self.desk = Desk.running(self.office, self.clock, PEOPLE[:AT_FIRST])
        self.stored = []  # what the relay has, from all rounds
        self.doubts = 0  # how many deliveries may have come to be in doubt
        self.seen = {}  # reference → state, when we last looked

    def teardown(self):
        if hasattr(self, "closing"):
            self.closing.close()

    # What staff do.

    @precondition(lambda self: self.listed < len(PEOPLE))
    @rule()
    def import_one_more(self):
        self.listed += 1
        import_list(self.office, PEOPLE[: self.listed])
        approve(self.office, self.desk.opened, "načelnica")

    @rule(what=st.sampled_from(DEEDS), who=people)
    def staff_act(self, what, who):
        """Do what staff do at another desk, while the program sends or not."""
        desk, now = Desk(self.other, self.clock), self.clock.now()
        match what:
            case "pause" if self.is_running:
                pause(desk.office, desk.name, "načelnica")
            case "resume" if not self.is_running:
                resume(desk.office, desk.name, "načelnica")
            case "answer":
                self.write(responses.record, an_answer(desk, who, now))
            case "suppress":
                reason = SuppressionReason.OBJECTED
                entry = Suppression(self.addresses[who], reason, now)
                self.write(recipients.suppress, entry)
            case "unsuppress":
                self.write(recipients.unsuppress, self.addresses[who])

    def write(self, change, *what):
        """Change something in the store, over another connection than the sender's."""
        with self.other.database.write() as connection:
            change(connection, *what)

    @property
    def is_running(self):
        return self.desk.status.status is CampaignStatus.RUNNING

    @property
    def addresses(self):
        """Return the addresses by local part."""
        with self.office.database.read() as connection:
            listed = [one.address for one in recipients.listed(connection, LIST)]
        return {address.partition("@")[0]: address for address in listed}

    @rule(choice=st.integers(0, 9), lets_it_be=st.booleans())
    def resolve(self, choice, lets_it_be):
        """Look into the relay's log, and say what was there."""
        doubtful = [row for row in self.rows() if row.state is S.IN_DOUBT]
        if not doubtful:
            return
        row = doubtful[choice % len(doubtful)]
        is_there = row.reference in copies_of(self.stored)
        found_out = Resolution.ACCEPTED if is_there else Resolution.RESEND
        resolution = Resolution.ABANDON if lets_it_be else found_out
        resolve_doubts(self.office, [row.id], resolution, "Ana")

    @rule(later=st.sampled_from(LATER))
    def time_passes(self, later):
        self.clock.jump(self.clock.now() + later)

    # What the program does.

    @rule(fates=fates, events=events)
    def send(self, fates, events):
        """Plan and send once; anything may happen meanwhile."""
        if not self.waits_for_work():
            return
        forbidden = self.who_must_not_get()
        before = len(self.stored)

        run(self._round({self.addresses[who]: fates[who] for who in fates}, events))

        steps = {row.reference: row.step for row in self.rows()}
        for reference in copies_of(self.stored[before:]):
            assert (reference, steps[reference]) not in forbidden

    def who_must_not_get(self):
        """Return (reference, step) of what may not leave as things stand now."""
        suppressed, answered = self.desk.suppressed(), set()
        for response in self.desk.answers():
            answered.add(PEOPLE[int(response.organisation) - 1])
        return {
            (row.reference, step)
            for step in ("invitation", "reminder", "last-call")
            for person, row in self.desk.ledger(step).items()
            if not self.is_running
            or person in suppressed
            or (person in answered and step != "invitation")
        }

    def waits_for_work(self):
        """Plan; if nothing is due, let time pass until something is, if ever."""
        found = self.desk.plan()
        times = [row.next_try_at for row in self.rows() if row.state is S.PLANNED]
        if found.next_at:
            times.append(found.next_at)
        if times:
            opening = WorkCalendar.of(self.desk.opened.campaign).next_opening
            self.clock.jump(opening(max(self.clock.now(), min(times))))
            self.desk.plan()
        return bool(times)

    async def _round(self, fates, events):
        """Send; return once nobody sends any more, and what was left is recovered."""
        stop, is_full = asyncio.Event(), asyncio.Event()
        tasks = []

        def begin(office):
            sending = send_due(office, self.desk.opened, settings, stop=stop)
            tasks.append(asyncio.create_task(sending))

        def happen(question):
            if question in events and not is_full.is_set():
                self._happen(*events[question], tasks, begin, is_full)

        async with Relay(fates, happen, clock=self.clock) as relay:
            settings = RelaySettings("127.0.0.1", relay.port, Security.NONE)
            with a_disk_that_may_be_full(is_full, self.office, self.other):
                begin(self.office)
                while not all(task.done() for task in tasks):
                    await asyncio.wait(tasks)
        self.stored += relay.accepted
        self.doubts += relay.lost_dots
        if is_full.is_set():
            self.recover()
        for task in tasks:
            if not task.cancelled() and task.exception():
                assert is_full.is_set(), task.exception()
                assert isinstance(task.exception(), StoreError)

    def _happen(self, what, who, tasks, begin, is_full):
        match what:
            case "second":
                begin(self.other)
            case "takeover":
                self.doubts += CONNECTIONS * len(tasks)
                self.recover()
                begin(self.other)
            case "break off":
                tasks[0].cancel()
            case "disk":
                self.doubts += CONNECTIONS * len(tasks)
                is_full.set()
            case _:
                self.staff_act(what=what, who=who)

    def recover(self):
        self.write(ledger.recover, self.clock.now())

    @rule()
    def all_goes_well(self):
        """Nobody is skipped: an undisturbed round leaves nothing that is due."""
        self.staff_act(what="resume", who=PEOPLE[0])

        self.send(fates={}, events={})

        rows = self.rows()
        now = self.clock.now()
        assert [] == [
            row for row in rows if row.state is S.PLANNED and row.next_try_at <= now
        ]
        assert self.listed == sum(row.step == "invitation" for row in rows)

    def rows(self):
        """Return all rows of the ledger."""
        with self.office.database.read() as connection:
            return deliveries.in_states(connection, self.desk.name, S)

    # What is always true.

    @invariant()
    def the_promises_are_kept(self):
        """Look into the relay: nothing twice, and what the ledger says it has."""
        if not hasattr(self, "seen"):
            return
        rows = self.rows()

        assert_promises_kept(rows, self.stored)
        assert len(rows) == len({(row.step, row.recipient_id) for row in rows})
        assert not {S.BEGUN, S.ON_THE_WIRE} & {row.state for row in rows}
        assert () == reconcile(report(self.office, self.desk.opened.campaign))

    @invariant()
    def nothing_disappears_and_nothing_comes_back(self):
        """No row is ever lost; what is over stays over; doubts have a cause."""
        if not hasattr(self, "seen"):
            return
        states = {row.reference: row.state for row in self.rows()}

        assert self.seen.keys() <= states.keys()
        for reference, before in self.seen.items():
            if before in TAKEN | FINAL:
                assert states[reference] in {before} | TRANSITIONS[before]
        assert list(states.values()).count(S.IN_DOUBT) <= self.doubts
        self.seen = states


Office.TestCase.settings = profile(
    max_examples=20, stateful_step_count=15, deadline=None
)
TestOffice = Office.TestCase
