"""The ledger's contract: each change of state happens once, or the caller learns it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories import a_response
from ledgers import (
    BUSY,
    CAMPAIGN,
    GONE,
    LEASE,
    LOST,
    NOW,
    TAKEN,
    lease,
    mark,
    plan,
    set_status,
)
from ledgers import finish as set_third_mark

from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState as S
from mailer.model.delivery import Outcome
from mailer.model.response import Suppression, SuppressionReason
from mailer.store import deliveries, ledger, recipients, responses

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def leased(database):
    """Return a delivery that `one` has begun."""
    plan(database, 1)
    return lease(database)[0]


def row(database, delivery_id=1):
    with database.read() as connection:
        return deliveries.by_id(connection, delivery_id)


def attempts(database, delivery_id=1):
    with database.read() as connection:
        return deliveries.attempts_of(connection, [delivery_id])


def finish(database, leased, outcome, exchange, next_try_at=None):
    set_third_mark(database, leased, outcome, exchange, now=LATER, again=next_try_at)


class TestPlan:
    """Planning writes a row once."""

    def test_planning_twice_writes_once(self, database):
        """The unique key decides; the second is told that nothing was written."""
        assert (3, 0) == (plan(database, 1, 2, 3), plan(database, 1, 2, 3))

    @pytest.mark.usefixtures("leased")
    def test_a_row_that_went_further_is_left_alone(self, database):
        """Planning never takes anything back."""
        plan(database, 1)

        assert S.BEGUN is row(database).state

    def test_every_step_has_rows_of_its_own(self, database):
        """Campaign, step and recipient make a row; not two of them."""
        assert (1, 1) == (plan(database, 1), plan(database, 1, step="reminder"))


class TestLease:
    """The first mark gives each row to one owner."""

    def test_two_owners_share_no_row(self, database):
        """The second gets what the first has left, and the third nothing."""
        plan(database, 1, 2, 3)

        taken = [lease(database, owner, limit=2) for owner in ("one", "two", "three")]

        assert [[1, 2], [3], []] == [[one.id for one in each] for each in taken]

    def test_what_is_not_due_yet_is_not_leased(self, database):
        """Not a moment before its time."""
        plan(database, 1)

        assert [] == lease(database, now=NOW - timedelta(seconds=1))

    @pytest.mark.parametrize(
        "status", [one for one in CampaignStatus if one is not CampaignStatus.RUNNING]
    )
    def test_only_a_running_campaign_is_leased(self, database, status):
        """A draft, a pause, an end: nothing is begun."""
        plan(database, 1)
        set_status(database, status)

        assert [] == lease(database)

    def test_the_first_attempts_time_stays(self, database, leased):
        """It becomes the message's date, whichever attempt gets through."""
        finish(database, leased, Outcome.DEFERRED, BUSY, LATER)

        [again] = lease(database, now=LATER)

        assert (NOW, 2) == (again.first_begun_at, again.attempts)


class TestSecondMark:
    """The dot may be sent only while everything still speaks for it."""

    def test_its_owner_may_send_the_dot_once(self, database, leased):
        """A second asking is refused: the dot may be out already."""
        assert (True, False) == (mark(database, leased), mark(database, leased))
        assert S.ON_THE_WIRE is row(database).state

    def test_another_owner_may_not(self, database, leased):
        """Whoever holds the lease, and nobody else."""
        assert not mark(database, leased, "two")
        assert S.BEGUN is row(database).state

    def test_not_after_the_lease(self, database, leased):
        """Its end belongs to the next one."""
        assert not mark(database, leased, now=NOW + LEASE)
        assert mark(database, leased, now=NOW + LEASE - timedelta(microseconds=1))

    def test_not_in_a_pause(self, database, leased):
        """A pause takes effect before the next dot."""
        set_status(database, CampaignStatus.PAUSED)

        assert not mark(database, leased)

    def test_not_to_a_suppressed_address(self, database, leased):
        """Suppressed a moment ago is soon enough."""
        key = "obcina@001.example"
        entry = Suppression(key, SuppressionReason.OBJECTED, NOW)
        with database.write() as connection:
            recipients.suppress(connection, entry)

        assert not mark(database, leased)

    def test_not_after_a_newer_answer(self, database, leased):
        """An answer which the sender had seen is planning's business, not this."""
        with database.write() as connection:
            responses.record(connection, a_response(organisation="001"))

        assert not mark(database, leased, last_response_id=0)
        assert mark(database, leased, last_response_id=1)

    def test_another_organisations_answer_does_not_matter(self, database, leased):
        """Nor does a suppression of another address."""
        with database.write() as connection:
            responses.record(connection, a_response(organisation="002"))

        assert mark(database, leased)

    def test_it_is_in_the_attempt_with_the_digest(self, database, leased):
        """What was on the wire can be shown afterwards."""
        mark(database, leased, now=LATER - timedelta(minutes=30))
        finish(database, leased, Outcome.ACCEPTED, TAKEN)
        [attempt] = attempts(database)

        assert (1, NOW, "d" * 64) == (attempt.number, attempt.begun_at, attempt.digest)
        assert LATER - timedelta(minutes=30) == attempt.on_the_wire_at
        assert LATER == attempt.finished_at


class TestFinish:
    """The third mark says what became of the attempt."""

    @pytest.mark.parametrize(
        ("outcome", "exchange", "state"),
        [
            (Outcome.ACCEPTED, TAKEN, S.ACCEPTED),
            (Outcome.REFUSED, GONE, S.REFUSED),
            (Outcome.DEFERRED, BUSY, S.PLANNED),
            (Outcome.IN_DOUBT, LOST, S.IN_DOUBT),
        ],
    )
    def test_each_outcome_has_its_state(
        self, database, leased, outcome, exchange, state
    ):
        """The relay's words stand in the row and in the attempt."""
        mark(database, leased)

        finish(database, leased, outcome, exchange)
        [attempt] = attempts(database)

        assert (state, str(exchange)) == (
            row(database).state,
            row(database).last_exchange,
        )
        assert (outcome.value, LATER) == (attempt.outcome, attempt.finished_at)

    @pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.IN_DOUBT])
    def test_nothing_is_taken_without_the_second_mark(self, database, leased, outcome):
        """Accepted or in doubt is only what had its dot on the wire."""
        finish(database, leased, outcome, TAKEN)

        assert S.BEGUN is row(database).state
        assert [] == attempts(database)

    def test_what_is_finished_stays_so(self, database, leased):
        """A late second report of the same attempt changes nothing."""
        mark(database, leased)
        finish(database, leased, Outcome.ACCEPTED, TAKEN)

        finish(database, leased, Outcome.DEFERRED, BUSY, LATER)

        assert S.ACCEPTED is row(database).state

    def test_a_deferred_delivery_waits_for_its_time(self, database, leased):
        """And is leased then, by whoever comes."""
        finish(database, leased, Outcome.DEFERRED, BUSY, LATER)

        assert [] == lease(database, "two", now=LATER - timedelta(seconds=1))
        assert [1] == [one.id for one in lease(database, "two", now=LATER)]


class TestRelease:
    """The first mark can be taken back while nothing was at stake."""

    def test_a_released_delivery_was_never_begun(self, database, leased):
        """No attempt, no date."""
        with database.write() as connection:
            ledger.release(connection, leased, "one", LATER)

        assert (S.PLANNED, 0, None) == (
            row(database).state,
            row(database).attempts,
            row(database).first_begun_at,
        )
        assert [] == attempts(database)

    def test_what_is_on_the_wire_is_not_released(self, database, leased):
        """It may have been taken."""
        mark(database, leased)

        with database.write() as connection:
            ledger.release(connection, leased, "one", LATER)

        assert S.ON_THE_WIRE is row(database).state
        assert 1 == row(database).attempts

    def test_the_date_of_an_earlier_attempt_stays(self, database, leased):
        """Only the attempt that was taken back is undone."""
        finish(database, leased, Outcome.DEFERRED, BUSY, LATER)
        [again] = lease(database, now=LATER)

        with database.write() as connection:
            ledger.release(connection, again, "one", LATER)

        assert (1, NOW) == (row(database).attempts, row(database).first_begun_at)
        assert ["deferred"] == [one.outcome for one in attempts(database)]


class TestRecover:
    """What a dead sender left is put where it is safe."""

    def test_begun_is_planned_and_on_the_wire_is_in_doubt(self, database):
        """And nothing else is touched."""
        plan(database, 1, 2, 3)
        begun, on_the_wire, accepted = lease(database)
        for one in (on_the_wire, accepted):
            mark(database, one)
        finish(database, accepted, Outcome.ACCEPTED, TAKEN)

        with database.write() as connection:
            found = ledger.recover(connection, LATER)

        assert ledger.Recovered(planned_again=1, in_doubt=1) == found
        assert [S.PLANNED, S.IN_DOUBT, S.ACCEPTED] == [
            row(database, one.id).state for one in (begun, on_the_wire, accepted)
        ]

    @pytest.mark.usefixtures("leased")
    def test_recovering_again_finds_nothing(self, database):
        """Harmless, however often."""
        for _ in range(2):
            with database.write() as connection:
                found = ledger.recover(connection, LATER)

        assert ledger.Recovered(0, 0) == found

    def test_the_dead_senders_lease_is_over(self, database, leased):
        """Should it live after all, its dot is withheld."""
        with database.write() as connection:
            ledger.recover(connection, LATER)

        assert not mark(database, leased)

    def test_what_was_on_the_wire_says_what_ended_it(self, database, leased):
        """Its attempt is written down."""
        mark(database, leased)

        with database.write() as connection:
            ledger.recover(connection, LATER)
        [attempt] = attempts(database)

        assert (1, LATER) == (attempt.number, attempt.finished_at)
        assert "the program ended during the attempt" == attempt.exchange
        assert attempt.outcome is None

    @pytest.mark.usefixtures("leased")
    def test_what_was_only_begun_was_no_attempt(self, database):
        """The relay never heard of it: no try is counted, no date is bound."""
        with database.write() as connection:
            ledger.recover(connection, LATER)

        found = row(database)
        assert [] == attempts(database)
        assert (S.PLANNED, 0, None) == (
            found.state,
            found.attempts,
            found.first_begun_at,
        )


class TestSettle:
    """Everything else that moves a delivery."""

    @pytest.mark.usefixtures("leased")
    def test_an_illegal_transition_is_our_own_bug(self, database):
        """Accepted never becomes planned, whoever asks."""
        with (
            pytest.raises(AssertionError, match="accepted → planned"),
            database.write() as connection,
        ):
            ledger.settle(connection, 1, S.ACCEPTED, S.PLANNED, "", LATER)

    @pytest.mark.usefixtures("leased")
    def test_whoever_comes_too_late_learns_it(self, database):
        """The state has changed since it was looked at."""
        with database.write() as connection:
            moved = ledger.settle(connection, 1, S.PLANNED, S.HELD, "", LATER)

        assert not moved
        assert S.BEGUN is row(database).state

    def test_the_reason_is_kept(self, database):
        """The ledger says why, if it was not the relay."""
        plan(database, 1)

        with database.write() as connection:
            moved = ledger.settle(connection, 1, S.PLANNED, S.ANSWERED, "early", LATER)

        assert moved
        assert (S.ANSWERED, "early") == (row(database).state, row(database).evidence)

    def test_all_that_are_planned_at_once(self, database):
        """What is under way goes its way."""
        plan(database, 1, 2, 3)
        lease(database, limit=1)

        with database.write() as connection:
            moved = ledger.settle_all(
                connection, CAMPAIGN, S.PLANNED, S.CANCELLED, "over", LATER
            )

        assert 2 == moved
        assert S.BEGUN is row(database).state
