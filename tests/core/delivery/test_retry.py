"""When a deferred delivery is tried again, and when no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.delivery.retry import GIVE_UP_AFTER, gives_up, next_try
from mailer.model.delivery import Fault
from mailer.model.smtp import Exchange, SmtpReply, Stage

NOW = datetime(2019, 4, 8, 7, 0, tzinfo=UTC)
GREYLISTED = Exchange(Stage.RCPT, SmtpReply(450, enhanced="4.7.1"))
FULL = Exchange(Stage.RCPT, SmtpReply(452, enhanced="4.2.2"))
FULL_FOR_GOOD = Exchange(Stage.RCPT, SmtpReply(552, enhanced="5.2.2"))

jitters = st.floats(0, 1, exclude_max=True)
faults = st.sampled_from(Fault)
hours = st.integers(0, 24 * 60 * 30).map(lambda some: timedelta(minutes=some))
endings = st.sampled_from([None, GREYLISTED, FULL, FULL_FOR_GOOD])


def minutes(attempts, fault, exchange=None, jitter=0.0) -> float:
    return (next_try(attempts, fault, exchange, NOW, jitter) - NOW) / timedelta(
        minutes=1
    )


def series(fault, exchange=None) -> list[float]:
    return [minutes(attempts, fault, exchange) for attempts in range(1, 8)]


def test_a_recipient_is_tried_soon_and_then_ever_later():
    """Greylisting passes after some minutes; the rest takes hours (row 20)."""
    assert [5, 15, 30, 60, 120, 240, 240] == series(Fault.RECIPIENT, GREYLISTED)


@pytest.mark.parametrize("exchange", [FULL, FULL_FOR_GOOD])
def test_a_full_mailbox_is_left_alone_for_half_an_hour(exchange):
    """It will not be emptied within minutes (row 21)."""
    assert [30, 30, 60, 120, 240, 240, 240] == series(Fault.RECIPIENT, exchange)


def test_the_relay_is_tried_after_minutes():
    """A restarted relay is back soon (row 1)."""
    assert [1, 2, 5, 10, 15, 15, 15] == series(Fault.HOST)


def test_credentials_are_tried_once_in_a_quarter_of_an_hour():
    """Relays lock accounts after a few wrong passwords (row 11)."""
    assert {15} == set(series(Fault.OFFICE))


def test_the_first_try_is_within_five_and_ten_minutes():
    """Jitter spreads those who were put off together."""
    assert 9.95 == minutes(1, Fault.RECIPIENT, GREYLISTED, jitter=0.99)


@given(st.integers(1, 100), faults, endings, jitters)
def test_the_wait_is_positive_and_capped(attempts, fault, exchange, jitter):
    """Nothing is tried at once, and nothing is put off for a day."""
    assert 1 <= minutes(attempts, fault, exchange, jitter) <= 300


@given(st.integers(1, 100), faults, endings, jitters)
def test_the_wait_grows(attempts, fault, exchange, jitter):
    """A later attempt never waits less, given the same dice."""
    assert minutes(attempts, fault, exchange, jitter) <= minutes(
        attempts + 1, fault, exchange, jitter
    )


@given(st.integers(1, 100), faults, endings, jitters, jitters)
def test_the_dice_only_spread(attempts, fault, exchange, dice, others):
    """A higher throw waits longer, and never twice as long as the lowest."""
    low, high = sorted([dice, others])
    least = minutes(attempts, fault, exchange)

    assert least <= minutes(attempts, fault, exchange, low)
    assert minutes(attempts, fault, exchange, low) <= minutes(
        attempts, fault, exchange, high
    )
    assert minutes(attempts, fault, exchange, high) < max(2 * least, least + 1)


@given(st.integers(1, 100), jitters)
def test_the_relay_s_absence_is_not_spread(attempts, jitter):
    """One office asks one relay: there is nobody to be spread."""
    assert minutes(attempts, Fault.HOST) == minutes(attempts, Fault.HOST, jitter=jitter)


@given(hours, st.none() | hours)
def test_there_are_always_48_hours_and_all_until_the_deadline(waited, deadline):
    """Not a minute less, not one more; and who has given up stays so."""
    now, until = NOW + waited, None if deadline is None else NOW + deadline
    end = NOW + max(GIVE_UP_AFTER, deadline or GIVE_UP_AFTER)

    assert (now >= end) is gives_up(NOW, now, until)


@given(faults, endings, jitters, st.none() | st.integers(0, 20))
def test_retrying_ends(fault, exchange, jitter, days):
    """Whatever happens, a delivery reaches its end."""
    deadline = None if days is None else NOW + timedelta(days=days)
    now, attempts = NOW, 0
    while not gives_up(NOW, now, deadline):
        attempts += 1
        now = next_try(attempts, fault, exchange, now, jitter)

    assert attempts < 20 * 24 * 60


@pytest.mark.parametrize(
    ("hours", "deadline", "expected"),
    [
        pytest.param(47, None, False, id="two days are not over"),
        pytest.param(48, None, True, id="two days are over"),
        pytest.param(48, timedelta(days=10), False, id="the deadline is later"),
        pytest.param(240, timedelta(days=10), True, id="the deadline is over"),
        pytest.param(47, timedelta(hours=3), False, id="48 hours in any case"),
    ],
)
def test_giving_up(hours, deadline, expected):
    """A delivery has 48 hours or until the deadline, whichever is later."""
    until = NOW + deadline if deadline else None

    assert expected is gives_up(NOW, NOW + timedelta(hours=hours), until)
