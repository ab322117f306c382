"""
The decision table, row by row, against a real socket, in each dialogue.

What the relay does stands left, what becomes of the attempt right.  The rows
that concern a transaction run one by one, as a group, and behind the dot of
another message; those of the opening, once.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from relays import (
    CREDENTIALS,
    PATIENT,
    SHORT,
    At,
    Attempt,
    FromTheSecond,
    Way,
    a_message,
    allowed,
    attempt,
    run,
    settings,
    withheld,
)

from mailer.delivery.verdict import verdict
from mailer.model.delivery import Fault, Outcome, Verdict
from mailer.model.smtp import Exchange, Silence, Stage
from mailer.sandbox.behaviours import Deed
from mailer.sandbox.relay import Manner, ScriptedRelay
from mailer.smtp.session import Session, SessionRefused

S, CLOSE, TEAR = Stage, Deed.FIN, Deed.RST
ACCEPTED = Verdict(Outcome.ACCEPTED)
HOST = Verdict(Outcome.DEFERRED, Fault.HOST)
OFFICE = Verdict(Outcome.DEFERRED, Fault.OFFICE)
LATER = Verdict(Outcome.DEFERRED, Fault.RECIPIENT)
STOPPED = Verdict(Outcome.DEFERRED)
NOT_TAKEN = Verdict(Outcome.REFUSED, Fault.RECIPIENT)
NOWHERE = Verdict(Outcome.REFUSED, Fault.RECIPIENT, suppress=True)
MESSAGE = Verdict(Outcome.REFUSED, Fault.MESSAGE)
IN_DOUBT = Verdict(Outcome.IN_DOUBT, Fault.HOST)

DIALOGUES = (Way.ONE_BY_ONE, Way.GROUPED, Way.BEHIND)
ONCE = (Way.GROUPED,)
HASTY = {"timeouts": SHORT}
LINE = b"250 " + b"x" * 9000 + b"\r\n"
#: more than the buffers on the way hold
LETTER = b"Subject: x\r\n\r\n" + (b"x" * 998 + b"\r\n") * 16_000
LONG = {"message": a_message(data=LETTER)}
CALM = LONG | {"timeouts": replace(PATIENT, block=300)}  # `run` waits for a minute
USUAL, TAKES_ALL = Manner(), Manner(size=None)


@dataclass(frozen=True)
class Row:
    """One event of the table, and what must come of it."""

    number: int
    stage: Stage  #: where the relay does it
    steps: tuple[Any, ...]  #: what it does there; () is the usual
    expected: Verdict
    ended: Stage  #: where the attempt ends
    ways: tuple[Way, ...] = DIALOGUES
    manner: Manner = USUAL
    changes: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        said = ", ".join(
            each[:16].decode("latin-1").strip()
            if isinstance(each, bytes)
            else each.value
            for each in self.steps[:3]
        )
        return f"{self.number} {self.stage.value}: {said or 'as usual'}"


def row(number, stage, steps, expected, ended=None, **rest) -> Row:
    steps = steps if isinstance(steps, tuple) else (steps,)
    steps = tuple(
        each.encode() + b"\r\n" if isinstance(each, str) else each for each in steps
    )
    if stage in {S.GREETING, S.EHLO, S.STARTTLS, S.AUTH}:
        rest = {"ways": ONCE} | rest
    return Row(number, stage, steps, expected, ended or stage, **rest)


def rows(number, stage, several, expected, ended=None, **rest) -> list[Row]:
    return [row(number, stage, each, expected, ended, **rest) for each in several]


DOT = S.END_OF_DATA
SHAKY = [TEAR, CLOSE, "What?", LINE]  # not the end of patience

TABLE = [
    row(2, S.GREETING, "220 relay", ACCEPTED, DOT),
    *rows(3, S.GREETING, ["421 busy", "450 later", *SHAKY], HOST),
    row(3, S.GREETING, Deed.STALL, HOST, changes=HASTY),
    *rows(4, S.GREETING, ["554 no service", "521 no mail"], OFFICE),
    row(5, S.EHLO, "250 relay", ACCEPTED, DOT),
    *rows(6, S.EHLO, ["502 what?", "550 who?"], OFFICE),
    *rows(7, S.EHLO, ["421 busy", "451 later", *SHAKY], HOST),
    row(7, S.EHLO, Deed.STALL, HOST, changes=HASTY),
    row(13, S.MAIL, "250 ok", ACCEPTED, DOT),
    *rows(14, S.MAIL, ["450 x", "451 4.3.0 x", "452 4.3.1 x", "430 x"], HOST),
    *rows(15, S.MAIL, ["421 4.3.2 bye", *SHAKY], HOST),
    row(15, S.MAIL, Deed.STALL, HOST, changes=HASTY),
    *rows(16, S.MAIL, ["552 x", "552 5.3.4 too big"], OFFICE),
    row(16, S.MAIL, (), OFFICE, manner=Manner(size=20)),
    *rows(17, S.MAIL, ["550 x", "553 x", "550 5.7.1 x", "554 x"], OFFICE),
    *rows(18, S.MAIL, ["500 x", "501 x", "503 x", "555 x"], HOST),
    *rows(18, S.RCPT, ["500 x", "501 x", "503 x", "555 x"], HOST),
    *rows(18, S.DATA, ["500 x", "501 x", "503 x", "555 x"], HOST),
    *rows(19, S.RCPT, ["250 ok", "251 ok", "252 ok", "299 ok"], ACCEPTED, DOT),
    *rows(20, S.RCPT, ["450 4.2.0 x", "450 4.7.1 x", "451 x"], LATER),
    *rows(21, S.RCPT, ["452 x", "552 x", "552 5.2.2 x", "550 5.2.2 x"], LATER),
    *rows(22, S.RCPT, ["421 bye", *SHAKY], HOST),
    row(22, S.RCPT, Deed.STALL, HOST, changes=HASTY),
    *rows(23, S.RCPT, ["550 5.1.1 x", "553 5.1.3 x", "550 5.1.10 x"], NOWHERE),
    *rows(23, S.RCPT, ["550 5.1.2 x", "550 5.1.6 x", "550 5.2.1 x"], NOWHERE),
    *rows(24, S.RCPT, ["550 5.7.1 x", "554 5.4.1 x", "550 x"], NOT_TAKEN),
    row(25, S.DATA, "354 go", ACCEPTED, DOT),
    *rows(26, S.DATA, [("354 go", "250 taken"), ("354 go", b"25")], HOST),
    *rows(27, S.DATA, ["451 x", "452 x", "450 x", "421 x"], HOST),
    *rows(28, S.DATA, ["550 x", "554 5.7.1 x"], MESSAGE),
    *rows(29, S.DATA, ["250 ok", "334 go", "355 go", *SHAKY], HOST),
    *rows(30, S.BODY, [TEAR, CLOSE], HOST, manner=TAKES_ALL, changes=LONG),
    row(30, S.BODY, Deed.DEAF, HOST, manner=TAKES_ALL, changes=LONG | HASTY),
    row(31, S.BODY, ("554 no", Deed.DEAF), MESSAGE, manner=TAKES_ALL, changes=CALM),
    row(31, S.BODY, ("552 no", CLOSE), MESSAGE, manner=TAKES_ALL, changes=LONG),
    row(32, S.MARK, (), STOPPED, changes={"mark": withheld}),
    *rows(33, DOT, ["250 ok", "200 ok", "251 ok", "250", "299 x"], ACCEPTED),
    *rows(34, DOT, ["450 x", "451 x", "452 x"], LATER),
    row(34, DOT, "421 x", HOST),
    *rows(35, DOT, ["550 x", "552 x", "554 5.7.1 x"], MESSAGE),
    *rows(36, DOT, [TEAR, CLOSE, (b"25", CLOSE), ("250-a", CLOSE)], IN_DOUBT),
    row(37, DOT, Deed.STALL, IN_DOUBT, changes=HASTY),
    row(37, DOT, ("250-a", Deed.STALL), IN_DOUBT, changes=HASTY),
    *rows(38, DOT, ["150 x", "354 go", "334 x", "650 x", "-50 x"], IN_DOUBT),
    *rows(38, DOT, ["250OK", LINE, ("What?", "250 ok")], IN_DOUBT),
    *rows(41, DOT, [("250 ok", "250 ok"), ("250 ok", "421 bye", CLOSE)], ACCEPTED),
    *rows(41, DOT, [("250 ok", b"What"), ("250 ok", "550 no")], ACCEPTED),
    row(43, S.RCPT, ("550-5.1.1 a", "550 5.1.1 b"), NOWHERE),
    row(43, S.RCPT, ("450-a", "451 b"), LATER),
    row(43, S.RCPT, ("250-a", "550 b"), HOST),
    row(43, DOT, ("250-a", "421 b"), IN_DOUBT),
    row(43, DOT, ("250-" + "a" * 60,) * 600, IN_DOUBT),  # over 32 KiB
    row(44, S.RCPT, b"550 5.1.1 \xe8\x1b[2J\0\xff\r\n", NOWHERE),
    row(44, DOT, b"250 \xe8\x1b[2J\0\xff\r\n", ACCEPTED),
]

#: their relays have TLS
SECURED = [
    *rows(8, S.STARTTLS, ["454 x", "501 x", "502 x", "554 x"], OFFICE),
    row(8, S.EHLO, "250 relay", OFFICE, S.STARTTLS),
    row(9, S.STARTTLS, ("220 go", b"\x15\x03 what?"), OFFICE, changes=HASTY),
    *rows(9, S.STARTTLS, [TEAR, CLOSE, ("220 go", TEAR)], OFFICE),
    row(9, S.STARTTLS, ("220 go", Deed.STALL), OFFICE, changes=HASTY),
    row(9, S.STARTTLS, (), OFFICE, changes={"ca_file": ""}),
    row(10, S.AUTH, (), ACCEPTED, DOT),
    *rows(11, S.AUTH, ["535 5.7.8 x", "534 x", "530 x", "538 x"], OFFICE),
    *rows(12, S.AUTH, ["454 x", "421 x", TEAR, CLOSE], HOST),
    row(12, S.AUTH, Deed.STALL, HOST, changes={"timeouts": replace(PATIENT, auth=0.1)}),
]

#: these need more than a script; each has a test below
OTHERS = {1, 39, 40, 42}


def script(each: Row) -> Manner:
    """Return the relay of that row; at the dot, the worst case: it has the message."""
    steps = each.steps
    taken = each.expected.outcome in {Outcome.ACCEPTED, Outcome.IN_DOUBT}
    if each.stage is DOT and taken:
        steps = (Deed.STORE, *steps)
    return replace(each.manner, script={each.stage: steps} if steps else {})


def check(each: Row, result: Attempt) -> None:
    exchange, outcome = result.exchange, each.expected.outcome
    assert (each.ended, each.expected) == (exchange.stage, verdict(exchange))

    path = a_message().envelope.forward_path
    stored = sum(path == one.forward_path for one in result.relay.accepted)
    assert stored == (outcome in {Outcome.ACCEPTED, Outcome.IN_DOUBT})

    goes_on = each.number != 41 and outcome is Outcome.ACCEPTED
    taken_back = each.ended is S.RCPT and exchange.reply and each.number in RESET
    unasked = exchange.silence is Silence.TOO_LARGE
    assert result.was_usable is bool(goes_on or taken_back or unasked)
    if exchange.reply:
        assert exchange.reply.text.isprintable()


#: a refused recipient is taken back by RSET; all else closes
RESET = {20, 21, 23, 24, 43, 44}


@pytest.mark.parametrize(
    ("each", "way"),
    [
        pytest.param(each, way, id=f"{each}, {way.value}")
        for each in TABLE
        for way in each.ways
    ],
)
def test_each_row_in_each_dialogue(each, way):
    """The same event has the same verdict, and the connection the same fate."""
    result = run(attempt(script(each), way=way, **each.changes))

    check(each, result)
    if {Deed.STALL, Deed.DEAF} & set(each.steps) and not result.exchange.reply:
        assert Silence.TIMEOUT is result.exchange.silence


@pytest.mark.parametrize("each", SECURED, ids=str)
def test_each_row_of_the_way_in(each, tls):
    """Nothing in clear instead, and one password once."""
    manner, trusting = tls
    manner = replace(script(each), tls=manner.tls, credentials=CREDENTIALS)
    if each.ended is S.STARTTLS and each.stage is S.EHLO:
        manner = replace(manner, tls=None)

    result = run(attempt(manner, **(trusting | each.changes)))

    check(each, result)
    asked = sum(line.startswith(b"AUTH") for line in result.relay.heard)
    assert asked == (each.stage is S.AUTH)


def test_no_row_is_missing():
    """The table has 44 rows."""
    numbers = {each.number for each in (*TABLE, *SECURED)}

    assert set(range(1, 45)) == numbers | OTHERS
    assert not numbers & OTHERS


# The rows that need more than a script.


def test_row_1_nobody_listens():
    """The host's fault, and nothing was said."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def scenario() -> Exchange:
        with pytest.raises(SessionRefused) as refused:
            await Session.open(settings(At(port)))
        return refused.value.exchange

    exchange = run(scenario())
    assert (S.CONNECT, HOST) == (exchange.stage, verdict(exchange))


@pytest.mark.parametrize("way", DIALOGUES, ids=lambda way: way.value)
def test_row_39_cancelled_after_the_dot(way):
    """It closes; the ledger has its second mark, so the delivery is in doubt."""
    steps = {DOT: [Deed.STORE, Deed.STALL]}
    steps = FromTheSecond(steps) if way is Way.BEHIND else steps
    marks = []

    async def mark() -> bool:
        marks.append("on the wire")
        return True

    async def scenario() -> tuple[bool, int]:
        async with _relay(way, steps) as relay, _session(relay, way) as session:
            task = asyncio.create_task(session.deliver(SECOND, mark))
            while len(relay.accepted) < (2 if way is Way.BEHIND else 1):  # noqa: ASYNC110 - the relay has no event for us
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return session.usable, len(marks)

    assert (False, 1) == run(scenario())
    assert IN_DOUBT == verdict(Exchange(DOT, silence=Silence.CANCELLED))


@pytest.mark.parametrize("way", DIALOGUES, ids=lambda way: way.value)
def test_row_40_taken_and_not_recorded(way):
    """Before the relay had it the second mark was there: a restart can doubt."""
    before = []

    async def scenario() -> tuple[Verdict, int]:
        async with _relay(way, {}) as relay, _session(relay, way) as session:

            async def mark() -> bool:
                for _ in range(20):  # let the relay read all that was written
                    await asyncio.sleep(0)
                before.append([each.forward_path for each in relay.accepted])
                return True

            exchange = await session.deliver(SECOND, mark)
            return verdict(exchange), relay.accepted.count(relay.accepted[-1])

    assert (ACCEPTED, 1) == run(scenario())
    assert SECOND.envelope.forward_path not in before[0]


@pytest.mark.parametrize("way", DIALOGUES, ids=lambda way: way.value)
@pytest.mark.parametrize("said", [b"421 4.3.2 idle\r\n", b""], ids=["421", "closed"])
def test_row_42_it_left_while_we_were_idle(way, said):
    """Nothing is lost: the session is known to be over, or ends at MAIL."""
    after = (Deed.STORE, b"250 ok\r\n", said, CLOSE)

    async def scenario() -> tuple[bool, Verdict, int]:
        async with _relay(way, {DOT: after}) as relay:
            session = await Session.open(settings(relay))
            await session.deliver(FIRST, allowed, SECOND if way is Way.BEHIND else None)
            async with asyncio.timeout(10):
                while session.usable:  # noqa: ASYNC110 - until it has come
                    await asyncio.sleep(0)
            exchange = await session.deliver(SECOND, allowed)
            return verdict(exchange), len(relay.accepted)

    assert (HOST, 1) == run(scenario())


FIRST, SECOND = a_message("prva@mesto.example"), a_message("druga@mesto.example")


def _relay(way, steps) -> ScriptedRelay:
    extensions = ("DSN",) if way is Way.ONE_BY_ONE else Manner().extensions
    return ScriptedRelay(manner=Manner(extensions=extensions, script=steps))


@contextlib.asynccontextmanager
async def _session(relay, way):
    """Open a session; its next message is `SECOND`."""
    session = await Session.open(settings(relay))
    if way is Way.BEHIND:
        await session.deliver(FIRST, allowed, SECOND)
    yield session
    await session.quit()
