"""
Every stage against every fault, on real sockets, in each way to the dot.

The oracle is what the other side has stored: never twice, and never unless the
verdict is "accepted" or "in doubt".
"""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from relays import PATIENT, SHORT, Way, a_message, attempt, run

from mailer.delivery.verdict import verdict
from mailer.model.delivery import Outcome
from mailer.model.smtp import Exchange, Silence, Stage
from mailer.sandbox.behaviours import Deed
from mailer.sandbox.relay import Manner

DIALOGUE = [Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.END_OF_DATA]
OPENING = [Stage.GREETING, Stage.EHLO]
WAYS = [pytest.param(way, id=way.value) for way in Way]
#: a fault at the envelope is the same before another and alone
CELLS = [
    pytest.param(stage, way, id=f"{stage.value}, {way.value}")
    for stage in DIALOGUE
    for way in Way
    if way is not Way.BEFORE or stage is Stage.END_OF_DATA
]
DOORS = [pytest.param(stage, Way.GROUPED, id=stage.value) for stage in OPENING]
CODES = [421, 450, 451, 452, 550, 552, 554]

#: another reason than a reply's, and nothing that the recipient is blamed for
OUT_OF_STEP = verdict(Exchange(Stage.RCPT, silence=Silence.SURPLUS))

NO_REPLIES = {
    "garbage": b"What?\r\n",
    "garbage, then ok": b"What?\r\n250 ok\r\n",
    "empty line": b"\r\n",
    "1yz": b"150 wait\r\n",
    "6xx": b"650 new\r\n",
    "negative": b"-50 x\r\n",
    "underscore": b"2_5 x\r\n",
    "no blank": b"250OK\r\n",
    "long line": b"250 " + b"x" * 9000 + b"\r\n",
    "endless line": b"250 " + b"x" * 100_000,
    "endless reply": b"250-some more of it\r\n" * 3000,
    "binary": bytes(range(256)) + b"\r\n",
}


def at(stage: Stage, *steps: bytes | Deed) -> Manner:
    return Manner(script={stage: steps})


def stored_first(stage: Stage, *steps: bytes | Deed) -> Manner:
    """Return the worst case: at the dot, the relay has it before it fails."""
    first = (Deed.STORE,) if stage is Stage.END_OF_DATA else ()
    return at(stage, *first, *steps)


def check_oracle(result) -> None:
    check(result.message, result.exchange, result.relay)
    if result.following:
        check(*result.following, result.relay)


def check(message, exchange, relay) -> None:
    outcome = verdict(exchange).outcome
    path = message.envelope.forward_path if message else ""
    stored = sum(path == each.forward_path for each in relay.accepted)

    assert stored <= 1
    assert outcome in {Outcome.ACCEPTED, Outcome.IN_DOUBT} or stored == 0
    assert outcome is not Outcome.ACCEPTED or stored == 1


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(("stage", "way"), DOORS + CELLS)
def test_each_code_at_each_stage_is_reported_as_it_came(stage, way, code):
    """A01: the stage and the reply are what the verdict is built on."""
    result = run(attempt(at(stage, b"%d 4.0.0 no\r\n" % code), way=way))

    assert (stage, code) == (result.exchange.stage, result.exchange.reply.code)
    check_oracle(result)


@pytest.mark.parametrize(
    ("deed", "silence", "timeouts"),
    [
        pytest.param(Deed.RST, Silence.LOST, PATIENT, id="reset"),
        pytest.param(Deed.FIN, Silence.LOST, PATIENT, id="closed"),
        pytest.param(Deed.STALL, Silence.TIMEOUT, SHORT, id="stalled"),
    ],
)
@pytest.mark.parametrize(("stage", "way"), DOORS + CELLS)
def test_each_loss_at_each_stage_is_silence_there(stage, way, deed, silence, timeouts):
    """A02: a loss at MAIL and one at the dot are told apart."""
    result = run(attempt(stored_first(stage, deed), way=way, timeouts=timeouts))

    assert (stage, silence) == (result.exchange.stage, result.exchange.silence)
    assert not result.was_usable
    check_oracle(result)


@pytest.mark.parametrize("half", [b"25", b"250-and then\r\n250-"])
@pytest.mark.parametrize(("stage", "way"), CELLS)
def test_half_a_reply_is_none(stage, way, half):
    """A connection that ends within a reply has not replied (row 36)."""
    result = run(attempt(stored_first(stage, half, Deed.FIN), way=way))

    assert (stage, Silence.LOST) == (result.exchange.stage, result.exchange.silence)
    check_oracle(result)


@pytest.mark.parametrize("said", NO_REPLIES.values(), ids=NO_REPLIES)
@pytest.mark.parametrize(("stage", "way"), CELLS)
def test_what_is_no_reply_is_malformed(stage, way, said):
    """A03: nothing is guessed out of garbage, and the connection is closed."""
    result = run(attempt(stored_first(stage, said), way=way))

    assert (stage, Silence.MALFORMED) == (
        result.exchange.stage,
        result.exchange.silence,
    )
    assert not result.was_usable
    check_oracle(result)


@pytest.mark.parametrize(
    "said", [b"What?\r\n", b"-50 x\r\n", b"2_5 x\r\n", b"250 " + b"x" * 9000 + b"\r\n"]
)
@pytest.mark.parametrize("stage", OPENING)
def test_garbage_in_the_opening_is_malformed(stage, said):
    """A03: Aiosmtplib reads these with int(); we do not believe it."""
    result = run(attempt(at(stage, said)))

    assert (stage, Silence.MALFORMED) == (
        result.exchange.stage,
        result.exchange.silence,
    )


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        (Stage.MAIL, b"250 ok\r\n250 again\r\n"),
        (Stage.RCPT, b"250 ok\r\n550 no\r\n"),
        (Stage.RCPT, b"250 ok\r\n25"),
        (Stage.DATA, b"354 go\r\n250 accepted, so it says\r\n"),
        (Stage.DATA, b"354 go\r\nWhat?\r\n"),
    ],
)
@pytest.mark.parametrize("way", WAYS)
def test_a_second_reply_puts_us_out_of_step(stage, said, way):
    """A05: taken for the next reply, it would make a refusal an acceptance (row 26)."""
    result = run(attempt(at(stage, said), way=way))

    if way is Way.ONE_BY_ONE:
        assert (stage, Silence.SURPLUS) == (
            result.exchange.stage,
            result.exchange.silence,
        )
    assert OUT_OF_STEP == verdict(result.exchange)
    assert not result.was_usable
    check_oracle(result)


@pytest.mark.parametrize(
    "said",
    [
        b"250 ok\r\n250 again\r\n",
        b"250 ok\r\n421 bye\r\n",
        b"250 ok\r\nWhat?\r\n",
        b"250 ok\r\n2",
    ],
)
@pytest.mark.parametrize("way", WAYS)
def test_what_follows_an_acceptance_does_not_undo_it(said, way):
    """The message is taken; only the session is not used again (row 41)."""
    result = run(attempt(stored_first(Stage.END_OF_DATA, said), way=way))

    assert Outcome.ACCEPTED is verdict(result.exchange).outcome
    assert not result.was_usable
    check_oracle(result)


@pytest.mark.parametrize(
    "said",
    [
        b"250\r\n",
        b"200 ok\n",
        b"251 ok\r\n",
        b"250-a\r\n250-b\r\n250 c\r\n",
        b"299 \r\n",
    ],
)
@pytest.mark.parametrize("way", WAYS)
def test_any_2yz_after_the_dot_accepts(said, way):
    """Only the first digit counts, and the lines may end in LF alone (row 33)."""
    result = run(attempt(stored_first(Stage.END_OF_DATA, said), way=way))

    assert Outcome.ACCEPTED is verdict(result.exchange).outcome
    check_oracle(result)


@pytest.mark.parametrize("said", [b"250 go ahead\r\n", b"334 go\r\n", b"355 go\r\n"])
@pytest.mark.parametrize("way", WAYS)
def test_only_354_lets_the_body_out(said, way):
    """After anything else the relay may read our lines as commands (row 29)."""
    result = run(attempt(at(Stage.DATA, said), way=way))

    assert Stage.DATA is result.exchange.stage
    assert Outcome.DEFERRED is verdict(result.exchange).outcome
    assert b"DATA" == result.relay.heard[-1]


@pytest.mark.parametrize("end", [Deed.FIN, Deed.RST, Deed.STALL])
@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_in_the_middle_of_the_body_is_used(end, way):
    """Some relays have seen enough before they have seen all (row 31)."""
    big = a_message(data=b"Subject: x\r\n\r\n" + b"x" * 70 * 1000 * 20 + b"\r\n")
    manner = at(Stage.BODY, b"554 5.7.1 enough\r\n", end)

    result = run(attempt(manner, big, allowed_later, way=way))

    if result.exchange.reply:  # a reset may overtake the reply
        assert 554 == result.exchange.reply.code
    assert verdict(result.exchange).outcome in {Outcome.REFUSED, Outcome.DEFERRED}
    check_oracle(result)


async def allowed_later() -> bool:
    """Be a mark that takes its time, as a commit does."""
    for _ in range(100):
        await asyncio.sleep(0)
    return True


@pytest.mark.parametrize("deed", [Deed.FIN, Deed.RST])
@pytest.mark.parametrize("way", WAYS)
def test_a_loss_in_the_body_is_harmless(deed, way):
    """Without the dot the relay has nothing (row 30)."""
    big = a_message(data=b"Subject: x\r\n\r\n" + b"x" * 70 * 1000 * 20 + b"\r\n")

    result = run(attempt(at(Stage.BODY, deed), big, allowed_later, way=way))

    assert Outcome.DEFERRED is verdict(result.exchange).outcome
    check_oracle(result)


SAID = [
    b"250 ok\r\n",
    b"250-ok\r\n",
    b"354 go\r\n",
    b"421 bye\r\n",
    b"451 later\r\n",
    b"550 no\r\n",
    b"What?\r\n",
    b"25",
]
ENDS = [(), (Deed.FIN,), (Deed.RST,)]


@given(
    way=st.sampled_from(Way),
    stage=st.sampled_from(DIALOGUE),
    stored=st.booleans(),
    said=st.lists(st.sampled_from(SAID), max_size=4),
    end=st.sampled_from(ENDS),
)
@hypothesis_settings(max_examples=150, deadline=None)
def test_whatever_a_relay_says_the_ledger_is_right(way, stage, stored, said, end):
    """No chaos makes us believe in a message that is not there, or forget one."""
    spoken = b"".join(said)
    is_refusal = spoken[:1] in {b"4", b"5"}
    if stored and stage is Stage.END_OF_DATA and not is_refusal:
        manner = stored_first(stage, spoken, *end)
    else:
        honest = stage is Stage.END_OF_DATA and not is_refusal
        # Who is silent at the dot says nothing after it either: one reply left
        # out and the next one given would be taken for it, by anybody.
        steps = (*end, Deed.STALL) if honest else (spoken, *end)
        manner = at(stage, *steps)

    check_oracle(run(attempt(manner, way=way, timeouts=SHORT)))
