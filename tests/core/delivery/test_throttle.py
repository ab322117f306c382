"""Which replies ask us to slow down, and towards whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.delivery.throttle import Throttler, throttler
from mailer.delivery.verdict import verdict
from mailer.model.delivery import Outcome
from mailer.model.smtp import Exchange, Silence, SmtpReply, Stage

S = Stage
RELAY, DOMAIN = Throttler.RELAY, Throttler.DOMAIN

#: who, at which stage, what they said
TABLE = [
    (RELAY, S.GREETING, SmtpReply(421, "Too many connections", "4.7.0")),
    (RELAY, S.MAIL, SmtpReply(421, "Service not available")),
    (RELAY, S.MAIL, SmtpReply(450)),
    (RELAY, S.MAIL, SmtpReply(452, "Insufficient system storage", "4.3.1")),
    (RELAY, S.MAIL, SmtpReply(451, "Too much mail from you", "4.7.1")),
    (RELAY, S.RCPT, SmtpReply(421, "Try again later", "4.7.0")),
    (RELAY, S.RCPT, SmtpReply(450, "System not accepting messages", "4.3.2")),
    (RELAY, S.RCPT, SmtpReply(451, "Mail system congestion", "4.4.5")),
    (RELAY, S.DATA, SmtpReply(451, "Server busy", "4.7.500")),
    (RELAY, S.BODY, SmtpReply(451, "Server busy", "4.7.500")),
    (RELAY, S.END_OF_DATA, SmtpReply(451, "Server busy", "4.7.500")),
    (RELAY, S.END_OF_DATA, SmtpReply(421)),
    (DOMAIN, S.RCPT, SmtpReply(450, "An unusual rate of mail", "4.7.28")),
    (DOMAIN, S.RCPT, SmtpReply(451, "Server busy", "4.7.500")),
    (DOMAIN, S.RCPT, SmtpReply(452, "Temporarily deferred", "4.7.0")),
    (None, S.RCPT, SmtpReply(450, "Greylisted, see the postmaster", "4.7.1")),
    (None, S.END_OF_DATA, SmtpReply(451, "Grey-listing in action", "4.7.1")),
    (None, S.MAIL, SmtpReply(421, "too many messages in this connection")),
    (None, S.MAIL, SmtpReply(421, "Max message per connection reached", "4.7.0")),
    (None, S.MAIL, SmtpReply(421, "Error: timeout exceeded", "4.4.2")),
    (None, S.MAIL, SmtpReply(421, "Connection timed out", "4.4.1")),
    (None, S.MAIL, SmtpReply(421, "idle for too long, closing")),
    (None, S.RCPT, SmtpReply(450, "Mailbox busy", "4.2.0")),
    (None, S.RCPT, SmtpReply(452, "Mailbox full", "4.2.2")),
    (None, S.RCPT, SmtpReply(451)),
    (None, S.END_OF_DATA, SmtpReply(451, "Local error", "4.3.0")),
    (None, S.STARTTLS, SmtpReply(454, "TLS not available", "4.7.0")),
    (None, S.AUTH, SmtpReply(454, "Temporary authentication failure", "4.7.0")),
    (None, S.RCPT, SmtpReply(550, "Relaying denied", "5.7.1")),
    (None, S.END_OF_DATA, SmtpReply(250, "Queued", "2.0.0")),
]


@pytest.mark.parametrize(
    ("expected", "exchange"),
    [
        pytest.param(who, Exchange(stage, reply), id=f"{stage.value} {reply.text}")
        for who, stage, reply in TABLE
    ],
)
def test_who_asks_us_to_slow_down(expected, exchange):
    """Policy, overload and closing ask for less; a mailbox's own trouble does not."""
    assert expected is throttler(exchange)


codes = st.integers(200, 599)
texts = st.sampled_from(["", "busy", "greylisted", "5 messages per session"])
enhanced = st.sampled_from(["", "4.7.1", "4.7.500", "4.3.2", "4.4.5", "4.2.2", "5.7.1"])
replies = st.builds(SmtpReply, codes, texts, enhanced)


@given(st.sampled_from(Stage), replies)
def test_only_a_transient_reply_slows_down(stage, reply):
    """What is refused for good, or accepted, says nothing about the pace."""
    exchange = Exchange(stage, reply)

    if throttler(exchange) is not None:
        assert reply.is_transient
        assert Outcome.ACCEPTED is not verdict(exchange).outcome


@given(st.sampled_from(Stage), replies)
def test_only_at_rcpt_it_is_the_domain(stage, reply):
    """Before and after, the relay cannot mean one recipient's domain."""
    if throttler(Exchange(stage, reply)) is Throttler.DOMAIN:
        assert Stage.RCPT is stage


@given(st.sampled_from(Stage), st.sampled_from(Silence))
def test_silence_slows_nothing_down(stage, silence):
    """A relay that is away is the breaker's; it did not ask for less."""
    assert throttler(Exchange(stage, silence=silence)) is None
