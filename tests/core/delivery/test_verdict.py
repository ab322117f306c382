"""The decision table, row by row, and what holds for all of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.delivery.verdict import verdict
from mailer.model.delivery import Fault, Outcome, Verdict
from mailer.model.smtp import Exchange, Silence, SmtpReply, Stage

ACCEPTED = Verdict(Outcome.ACCEPTED)
HOST = Verdict(Outcome.DEFERRED, Fault.HOST)
OFFICE = Verdict(Outcome.DEFERRED, Fault.OFFICE)
RECIPIENT = Verdict(Outcome.DEFERRED, Fault.RECIPIENT)
STOPPED = Verdict(Outcome.DEFERRED)
NOT_TAKEN = Verdict(Outcome.REFUSED, Fault.RECIPIENT)
NOWHERE = Verdict(Outcome.REFUSED, Fault.RECIPIENT, suppress=True)
MESSAGE = Verdict(Outcome.REFUSED, Fault.MESSAGE)
IN_DOUBT = Verdict(Outcome.IN_DOUBT, Fault.HOST)

S = Stage
DISTURBED = (Silence.LOST, Silence.TIMEOUT, Silence.MALFORMED, Silence.SURPLUS)

#: row, stage, codes (with an enhanced code) or silences, verdict
TABLE = [
    (1, S.CONNECT, [Silence.LOST, Silence.TIMEOUT], HOST),
    (3, S.GREETING, ["421", "450", *DISTURBED], HOST),
    (4, S.GREETING, ["554", "521"], OFFICE),
    (6, S.EHLO, ["500", "502", "550"], OFFICE),
    (7, S.EHLO, ["421", "451", *DISTURBED], HOST),
    (8, S.STARTTLS, ["454", "501", "502", Silence.NOT_OFFERED], OFFICE),
    (9, S.STARTTLS, [Silence.UNTRUSTED, *DISTURBED], OFFICE),
    (9, S.CONNECT, [Silence.UNTRUSTED], OFFICE),
    (11, S.AUTH, ["535 5.7.8", "534", "530", "538", "334"], OFFICE),
    (11, S.AUTH, [Silence.NOT_OFFERED, Silence.UNTRUSTED], OFFICE),
    (12, S.AUTH, ["454", "421", *DISTURBED], HOST),
    (14, S.MAIL, ["450", "451", "452", "430"], HOST),
    (15, S.MAIL, ["421", *DISTURBED], HOST),
    (16, S.MAIL, ["552", "552 5.3.4", Silence.TOO_LARGE], OFFICE),
    (16, S.MAIL, [Silence.NEEDS_8BIT], OFFICE),
    (17, S.MAIL, ["550", "553", "550 5.7.1", "554"], OFFICE),
    (18, S.MAIL, ["500", "501", "503", "555"], HOST),
    (18, S.RCPT, ["500", "501", "503", "555"], HOST),
    (18, S.DATA, ["500", "501", "503", "555"], HOST),
    (20, S.RCPT, ["450 4.2.0", "450 4.7.1", "451"], RECIPIENT),
    (21, S.RCPT, ["452", "552", "552 5.2.2", "550 5.2.2"], RECIPIENT),
    (22, S.RCPT, ["421", *DISTURBED], HOST),
    (23, S.RCPT, ["550 5.1.1", "553 5.1.3", "550 5.1.10", "550 5.2.1"], NOWHERE),
    (23, S.RCPT, ["550 5.1.2", "550 5.1.6", "501 5.1.3"], NOWHERE),
    (24, S.RCPT, ["550 5.7.1", "554 5.7.1", "550 5.4.1", "550", "554"], NOT_TAKEN),
    (24, S.RCPT, [Silence.NEEDS_EAI], NOT_TAKEN),
    (26, S.DATA, [Silence.SURPLUS], HOST),
    (27, S.DATA, ["451", "452", "421"], HOST),
    (28, S.DATA, ["550", "554", "554 5.7.1"], MESSAGE),
    (29, S.DATA, ["250", "334", Silence.LOST, Silence.TIMEOUT], HOST),
    (30, S.BODY, [*DISTURBED], HOST),
    (30, S.BODY, ["421"], HOST),
    (31, S.BODY, ["552", "554 5.7.1"], MESSAGE),
    (31, S.BODY, ["451"], RECIPIENT),
    (32, S.MARK, [Silence.WITHHELD], STOPPED),
    (32, S.MARK, [Silence.LOST, Silence.SURPLUS], HOST),
    (33, S.END_OF_DATA, ["250", "200", "251", "299"], ACCEPTED),
    (34, S.END_OF_DATA, ["450", "451", "452"], RECIPIENT),
    (34, S.END_OF_DATA, ["421"], HOST),
    (35, S.END_OF_DATA, ["550", "552", "554 5.7.1"], MESSAGE),
    (36, S.END_OF_DATA, [Silence.LOST], IN_DOUBT),
    (37, S.END_OF_DATA, [Silence.TIMEOUT], IN_DOUBT),
    (38, S.END_OF_DATA, [Silence.MALFORMED, "354", "334"], IN_DOUBT),
    (39, S.END_OF_DATA, [Silence.CANCELLED], IN_DOUBT),
]


def an_exchange(stage: Stage, event: str | Silence) -> Exchange:
    if isinstance(event, Silence):
        return Exchange(stage, silence=event)
    code, _, enhanced = event.partition(" ")
    return Exchange(stage, reply=SmtpReply(int(code), enhanced=enhanced))


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        pytest.param(an_exchange(stage, event), expected, id=f"row {row}: {event}")
        for row, stage, events, expected in TABLE
        for event in events
    ],
)
def test_each_row_has_its_verdict(exchange, expected):
    """The table of stages and events is the specification."""
    assert expected == verdict(exchange)


replies = st.builds(
    SmtpReply,
    st.integers(200, 599),
    st.text(max_size=20),
    st.sampled_from(["", "5.1.1", "5.2.2", "4.2.2", "5.7.1", "2.0.0"]),
)
exchanges = st.one_of(
    st.builds(Exchange, st.sampled_from(Stage), replies),
    st.builds(Exchange, st.sampled_from(Stage), st.none(), st.sampled_from(Silence)),
)


@given(exchanges)
def test_only_the_end_of_data_accepts(exchange):
    """A 250 to anything but the message itself accepts nothing."""
    is_yes = exchange.reply is not None and exchange.reply.code // 100 == 2

    accepted = verdict(exchange).outcome is Outcome.ACCEPTED

    assert (is_yes and exchange.stage is Stage.END_OF_DATA) is accepted


@given(stage=st.sampled_from(Stage), silence=st.sampled_from(Silence))
def test_silence_is_doubt_exactly_after_the_dot(stage, silence):
    """Before the dot nothing can have been taken, after it anything can."""
    outcome = verdict(Exchange(stage, silence=silence)).outcome

    assert (stage is Stage.END_OF_DATA) is (outcome is Outcome.IN_DOUBT)
    assert Outcome.ACCEPTED is not outcome


@given(exchanges)
def test_only_a_refusal_at_rcpt_suppresses(exchange):
    """We stop writing to an address only if the relay refused that very address."""
    judged = verdict(exchange)

    if judged.suppress:
        assert Stage.RCPT is exchange.stage
        assert Outcome.REFUSED is judged.outcome
        assert exchange.reply.is_permanent


@given(exchanges)
def test_the_office_is_never_blamed_on_a_recipient(exchange):
    """What is our fault leaves the row planned."""
    judged = verdict(exchange)

    if judged.fault in {Fault.OFFICE, Fault.HOST}:
        assert judged.outcome in {Outcome.DEFERRED, Outcome.IN_DOUBT}


@given(exchanges)
def test_a_refusal_is_a_permanent_reply(exchange):
    """Nothing but a 5yz ends a delivery for good, or an address we cannot say."""
    if verdict(exchange).outcome is Outcome.REFUSED:
        is_5yz = exchange.reply is not None and exchange.reply.is_permanent
        assert is_5yz or exchange.silence is Silence.NEEDS_EAI
