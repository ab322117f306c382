"""When one end after another means that the campaign must wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.delivery.breaker import LIMITS, Breaker, Streak, streak_of
from mailer.model.smtp import Exchange, Silence, SmtpReply, Stage

UNREACHABLE = Exchange(Stage.CONNECT, silence=Silence.LOST)
RELAY_DENIED = Exchange(Stage.RCPT, SmtpReply(550, "relaying denied", "5.7.1"))
GONE = Exchange(Stage.RCPT, SmtpReply(550, "no such user", "5.1.1"))
GREYLISTED = Exchange(Stage.RCPT, SmtpReply(450, "later", "4.7.1"))
SENDER_LATER = Exchange(Stage.MAIL, SmtpReply(451))
SYNTAX = Exchange(Stage.RCPT, SmtpReply(555))
OUT_OF_STEP = Exchange(Stage.DATA, silence=Silence.SURPLUS)
SPAM_AT_DATA = Exchange(Stage.DATA, SmtpReply(554, "spam", "5.7.1"))
SPAM_AT_DOT = Exchange(Stage.END_OF_DATA, SmtpReply(554, "spam", "5.7.1"))
ACCEPTED = Exchange(Stage.END_OF_DATA, SmtpReply(250))
NEEDS_EAI = Exchange(Stage.RCPT, silence=Silence.NEEDS_EAI)
WITHHELD = Exchange(Stage.MARK, silence=Silence.WITHHELD)

EVERY = [
    UNREACHABLE,
    RELAY_DENIED,
    GONE,
    GREYLISTED,
    SENDER_LATER,
    SYNTAX,
    OUT_OF_STEP,
    SPAM_AT_DATA,
    SPAM_AT_DOT,
    ACCEPTED,
    NEEDS_EAI,
    WITHHELD,
]


def after(*exchanges: Exchange) -> Breaker:
    breaker = Breaker()
    for exchange in exchanges:
        breaker = breaker.after(exchange)
    return breaker


@pytest.mark.parametrize(
    ("exchange", "limit"),
    [
        pytest.param(UNREACHABLE, 5, id="row 1"),
        pytest.param(SENDER_LATER, 3, id="row 14"),
        pytest.param(SYNTAX, 2, id="row 18"),
        pytest.param(RELAY_DENIED, 5, id="row 24"),
        pytest.param(OUT_OF_STEP, 2, id="row 26"),
        pytest.param(SPAM_AT_DATA, 3, id="row 28"),
        pytest.param(SPAM_AT_DOT, 3, id="row 35"),
    ],
)
def test_a_streak_trips_at_its_limit(exchange, limit):
    """One less is bad luck; the last one is a reason to stop."""
    assert "" == after(*[exchange] * (limit - 1)).tripped
    assert f"({limit} times in a row)" in after(*[exchange] * limit).tripped


def test_data_and_dot_are_the_same_streak():
    """The message is refused, whether the relay reads it first or not."""
    assert (
        "refuses the message" in after(SPAM_AT_DATA, SPAM_AT_DOT, SPAM_AT_DOT).tripped
    )


def test_an_acceptance_ends_every_streak():
    """What was taken proves that it works."""
    assert Breaker() == after(
        UNREACHABLE, RELAY_DENIED, SENDER_LATER, SPAM_AT_DOT, OUT_OF_STEP, ACCEPTED
    )


def test_getting_past_the_stage_ends_a_streak():
    """A recipient that was let through proves that the relay relays for us."""
    breaker = after(*[RELAY_DENIED] * 4, WITHHELD, RELAY_DENIED)

    assert "" == breaker.tripped


@pytest.mark.parametrize("between", [UNREACHABLE, GREYLISTED, GONE, SENDER_LATER])
def test_what_says_nothing_about_it_leaves_a_streak(between):
    """A network failure between two refusals does not make them fewer."""
    assert "" != after(*[RELAY_DENIED] * 4, between, RELAY_DENIED).tripped


def test_five_refused_recipients_were_refused_wrongly():
    """They go back to planned; before the fifth, nobody does."""
    assert 0 == after(*[RELAY_DENIED] * 4).wrongly_refused
    assert 5 == after(*[RELAY_DENIED] * 5).wrongly_refused


@pytest.mark.parametrize("exchange", [GONE, NEEDS_EAI, GREYLISTED, WITHHELD])
def test_what_is_the_address_s_own_fault_never_trips(exchange):
    """A bad list is not a bad relay."""
    assert "" == after(*[exchange] * 50).tripped


@given(st.lists(st.sampled_from(EVERY)), st.lists(st.sampled_from(EVERY)))
def test_it_does_not_matter_where_a_round_ended(before, behind):
    """Kept from one round to the next, five failures of the relay are five."""
    breaker = after(*before)
    kept = Breaker(breaker.lengths)
    for exchange in behind:
        kept = kept.after(exchange)

    assert after(*before, *behind) == kept
    assert after(*before, *behind).tripped == kept.tripped


@given(st.lists(st.sampled_from(EVERY)))
def test_only_its_own_kind_lengthens_a_streak(exchanges):
    """By one at a time; everything else leaves it, or ends it."""
    breaker = Breaker()
    for exchange in exchanges:
        following = breaker.after(exchange)
        for streak, was, is_now in zip(
            Streak, breaker.lengths, following.lengths, strict=True
        ):
            own = streak_of(exchange) is streak
            assert is_now == was + 1 if own else is_now in {0, was}
        breaker = following


@given(st.lists(st.sampled_from([RELAY_DENIED, UNREACHABLE, SPAM_AT_DOT, ACCEPTED])))
def test_nothing_trips_before_the_smallest_limit(exchanges):
    """A tripped breaker has seen at least as many failures since an acceptance."""
    since = 0
    for exchange in exchanges:
        since = 0 if exchange is ACCEPTED else since + 1

    if after(*exchanges).tripped:
        assert min(LIMITS.values()) <= since
