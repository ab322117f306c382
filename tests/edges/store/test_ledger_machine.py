"""
The ledger under everything at once, against a dict as its model.

No delivery has two holders, none is lost, none is accepted twice: whatever two
senders, a crash, a pause, an answer and a suppression do, in any order.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from factories import a_response
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from ledgers import (
    BUSY,
    CAMPAIGN,
    GONE,
    LOST,
    NOW,
    TAKEN,
    a_database,
    finish,
    lease,
    mark,
    plan,
)
from ledgers import set_status as set_campaign_status

from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState as S
from mailer.model.delivery import Outcome
from mailer.model.response import Suppression, SuppressionReason
from mailer.store import deliveries, ledger, recipients, responses

if TYPE_CHECKING:
    from postgres import Cluster

SIZE = 4
OWNERS = ("one", "two")
STEP = timedelta(minutes=1)
WAIT = timedelta(minutes=5)

EXCHANGES = {
    Outcome.ACCEPTED: (TAKEN, S.ACCEPTED),
    Outcome.REFUSED: (GONE, S.REFUSED),
    Outcome.IN_DOUBT: (LOST, S.IN_DOUBT),
    Outcome.DEFERRED: (BUSY, S.PLANNED),
}

recipient_numbers = st.integers(1, SIZE)
owners = st.sampled_from(OWNERS)
choices = st.integers(0, SIZE)


class Ledger(RuleBasedStateMachine):
    """The real ledger beside what it should say."""

    @initialize()
    def open_it(self):
        self.closing = ExitStack()
        self.database = self.closing.enter_context(self.an_empty_ledger())
        self.now = NOW
        self.states = {}  # recipient → state
        self.not_before = {}  # recipient → when it may be tried
        self.held = {owner: {} for owner in OWNERS}  # owner → recipient → delivery
        self.is_running = True
        self.suppressed = set()
        self.answers = 0
        self.answered = {}  # recipient → id of its newest answer
        self.dots = Counter()  # recipient → how often its dot went out
        self.safe = Counter()  # … and it was certain that it was not taken

    def teardown(self):
        if hasattr(self, "database"):
            self.closing.close()

    @contextmanager
    def an_empty_ledger(self):
        """Open a database in a file of its own."""
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(a_database(Path(folder), SIZE)) as database,
        ):
            yield database

    @rule(number=recipient_numbers)
    def plan(self, number):
        is_new = number not in self.states
        if is_new:
            self.states[number] = S.PLANNED
            self.not_before[number] = NOW

        assert int(is_new) == plan(self.database, number)

    @rule(owner=owners, limit=st.integers(1, 3))
    def lease(self, owner, limit):
        due = sorted(
            (number for number, state in self.states.items() if self._is_due(number)),
            key=lambda number: self.not_before[number],
        )

        leased = lease(self.database, owner, self.now, limit)

        assert min(limit, len(due)) == len(leased)
        for one in leased:
            assert one.recipient_id in due
            assert all(one.recipient_id not in held for held in self.held.values())
            self.held[owner][one.recipient_id] = one
            self.states[one.recipient_id] = S.BEGUN

    def _is_due(self, number):
        is_time = self.not_before[number] <= self.now
        return self.is_running and is_time and self.states[number] is S.PLANNED

    @rule(holder=owners, asking=owners, choice=choices)
    def send_the_dot(self, holder, asking, choice):
        if (number := self._one_of(holder, choice, S.BEGUN)) is None:
            return
        allowed = (
            holder == asking
            and self.is_running
            and number not in self.suppressed
            and number not in self.answered
        )

        delivery = self.held[holder][number]
        assert allowed == mark(self.database, delivery, asking, now=self.now)
        if allowed:
            self.states[number] = S.ON_THE_WIRE
            self.dots[number] += 1

    @rule(owner=owners, choice=choices, outcome=st.sampled_from(Outcome))
    def finish_it(self, owner, choice, outcome):
        if (number := self._one_of(owner, choice, S.ON_THE_WIRE)) is None:
            return
        exchange, state = EXCHANGES[outcome]
        delivery, again = self.held[owner].pop(number), self.now + WAIT

        finish(
            self.database, delivery, outcome, exchange, owner, now=self.now, again=again
        )
        self.states[number], self.not_before[number] = state, again
        if outcome in (Outcome.DEFERRED, Outcome.REFUSED):
            self.safe[number] += 1

    @rule(owner=owners, choice=choices)
    def fail_before_the_dot(self, owner, choice):
        if (number := self._one_of(owner, choice, S.BEGUN)) is None:
            return
        delivery, again = self.held[owner].pop(number), self.now + WAIT

        finish(
            self.database,
            delivery,
            Outcome.DEFERRED,
            BUSY,
            owner,
            now=self.now,
            again=again,
        )
        self.states[number], self.not_before[number] = S.PLANNED, again

    @rule(owner=owners, choice=choices)
    def release_it(self, owner, choice):
        if (number := self._one_of(owner, choice, S.BEGUN)) is None:
            return

        with self.database.write() as connection:
            held = self.held[owner].pop(number)
            ledger.release(connection, held, owner, self.now)
        self.states[number] = S.PLANNED

    def _one_of(self, owner, choice, state):
        """Return a recipient whose delivery `owner` holds in `state`."""
        held = [one for one in self.held[owner] if self.states[one] is state]
        return held[choice % len(held)] if held else None

    @rule()
    def crash_and_recover(self):
        found = Counter(self.states.values())
        self.database.close()

        with self.database.write() as connection:
            recovered = ledger.recover(connection, self.now)

        assert ledger.Recovered(found[S.BEGUN], found[S.ON_THE_WIRE]) == recovered
        safe_again = {S.BEGUN: S.PLANNED, S.ON_THE_WIRE: S.IN_DOUBT}
        for number, state in self.states.items():
            self.states[number] = safe_again.get(state, state)
        self.held = {owner: {} for owner in OWNERS}

    @rule(choice=choices, after=st.sampled_from([S.ACCEPTED, S.PLANNED, S.ABANDONED]))
    def resolve(self, choice, after):
        doubtful = [one for one, state in self.states.items() if state is S.IN_DOUBT]
        if not doubtful:
            return
        number = doubtful[choice % len(doubtful)]
        with self.database.write() as connection:
            [row] = deliveries.of_recipients(connection, [number])
            assert ledger.settle(
                connection, row.id, S.IN_DOUBT, after, "a person", self.now
            )
        self.states[number] = after
        if after is S.PLANNED:
            self.safe[number] += 1  # a person said so

    @rule()
    def pause_or_resume(self):
        self.is_running = not self.is_running
        status = CampaignStatus.RUNNING if self.is_running else CampaignStatus.PAUSED
        set_campaign_status(self.database, status)

    @precondition(lambda self: len(self.answered) < SIZE - 1)
    @rule(number=recipient_numbers)
    def answer(self, number):
        with self.database.write() as connection:
            responses.record(connection, a_response(organisation=f"{number:03}"))
        self.answers += 1
        self.answered[number] = self.answers

    @precondition(lambda self: len(self.suppressed) < SIZE - 1)
    @rule(number=recipient_numbers)
    def suppress(self, number):
        key = f"obcina@{number:03}.example"
        entry = Suppression(key, SuppressionReason.OBJECTED, self.now)
        with self.database.write() as connection:
            recipients.suppress(connection, entry)
        self.suppressed.add(number)

    @rule()
    def time_passes(self):
        self.now += STEP

    @invariant()
    def the_ledger_says_what_the_model_says(self):
        """None is lost, none is anywhere else, none is there twice."""
        if not hasattr(self, "database"):
            return
        with self.database.read() as connection:
            rows = deliveries.in_states(connection, CAMPAIGN, S)

        assert len(self.states) == len(rows)
        assert self.states == {row.recipient_id: row.state for row in rows}

    @invariant()
    def nobody_gets_it_twice(self):
        """At most one dot of which it is not certain that it was not taken."""
        for number in getattr(self, "dots", ()):
            assert self.dots[number] - self.safe[number] <= 1


class LedgerOnServer(Ledger):
    """The same on PostgreSQL."""

    cluster: Cluster

    @contextmanager
    def an_empty_ledger(self):
        """Open a database of its own on the server."""
        with (
            self.cluster.fresh() as url,
            closing(a_database(Path(), SIZE, url)) as database,
        ):
            yield database


Ledger.TestCase.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None
)
LedgerOnServer.TestCase.settings = settings(
    max_examples=15, stateful_step_count=40, deadline=None
)
TestLedger = Ledger.TestCase


@pytest.mark.server("postgresql")
class TestLedgerOnServer(LedgerOnServer.TestCase):
    """Hypothesis makes the case; the server is ours."""

    @pytest.fixture(autouse=True)
    def on_the_server(self, cluster):
        """Let the machine know where it is."""
        LedgerOnServer.cluster = cluster
