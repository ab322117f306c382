"""
Slow relays and slow lines, in hours that pass at once (A06, A07, A09).

The sockets are real.  Only the loop's clock jumps: when for a hundredth of a
second nothing comes, it goes on to where the next timer is due.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from proxies import Proxy
from relays import At, a_message, allowed, mail_out, run, settings, stored_paths

from mailer.delivery.verdict import verdict
from mailer.model.delivery import Outcome
from mailer.model.smtp import Silence, Stage
from mailer.sandbox.behaviours import Deed, Pause
from mailer.sandbox.relay import Manner, ScriptedRelay
from mailer.smtp.session import Session, SessionRefused
from mailer.smtp.settings import Timeouts

QUIET = 0.01  # seconds of the wall clock

RFC = Timeouts()  # as in operation: ten minutes for the dot


class Jumping(selectors.DefaultSelector):
    """Waits for sockets; where only a timer is left to wait for, time jumps."""

    jumped = 0.0
    may_jump = False  #: not while a name is looked up in a thread

    def select(self, timeout=None):
        if not self.may_jump or timeout is None or timeout <= QUIET:
            return super().select(timeout)
        ready = super().select(QUIET)
        if not ready:
            self.jumped += timeout - QUIET
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.hours = Jumping()
        super().__init__(self.hours)

    def time(self) -> float:
        return super().time() + self.hours.jumped


def run_for_hours(scenario):
    """Run `scenario`; it says itself from when on time may jump."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(scenario)


def jump() -> None:
    asyncio.get_running_loop().hours.may_jump = True


@contextlib.asynccontextmanager
async def greeting_after(seconds):
    async def serve(reader, writer) -> None:
        jump()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await asyncio.sleep(seconds)
            writer.write(b"220 at last\r\n")
            while line := await reader.readline():
                writer.write(b"221 bye\r\n" if line == b"QUIT\r\n" else b"250 ok\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield At(server.sockets[0].getsockname()[1])


def test_a_greeting_after_four_minutes_is_waited_for():
    """A busy relay may take its time (A06)."""

    async def scenario() -> bool:
        async with greeting_after(240) as place:
            session = await Session.open(settings(place, timeouts=RFC))
            usable = session.usable
            await session.quit()
            return usable

    assert run_for_hours(scenario())


def test_a_greeting_after_six_minutes_is_not():
    """Five are what RFC 5321, section 4.5.3.2.1, asks for."""

    async def scenario():
        async with greeting_after(360) as place:
            with pytest.raises(SessionRefused) as refused:
                await Session.open(settings(place, timeouts=RFC))
            return refused.value.exchange

    exchange = run_for_hours(scenario())
    assert (Stage.GREETING, Silence.TIMEOUT) == (exchange.stage, exchange.silence)


async def after(stage: Stage, minutes: float, following=None):
    """Return how it ended with a relay that says nothing for `minutes` there."""
    usual = {
        Stage.MAIL: (b"250 ok\r\n",),
        Stage.RCPT: (b"250 ok\r\n",),
        Stage.DATA: (b"354 go\r\n",),
        Stage.END_OF_DATA: (Deed.STORE, b"250 ok\r\n"),
    }
    script = {stage: (Pause(60 * minutes), *usual[stage])}
    async with ScriptedRelay(manner=Manner(script=script)) as relay:
        session = await Session.open(settings(relay, timeouts=RFC))
        jump()
        began = asyncio.get_running_loop().time()
        exchange = await session.deliver(a_message(), allowed, following)
        took = asyncio.get_running_loop().time() - began
        await session.quit()
        return exchange, took / 60


@pytest.mark.parametrize("following", [None, a_message("b@a.example")])
def test_a_reply_to_the_dot_after_nine_minutes_is_waited_for(following):
    """To give up earlier would send the message twice (A06, section 4.5.3.2.6)."""
    exchange, took = run_for_hours(after(Stage.END_OF_DATA, 9, following))

    assert Outcome.ACCEPTED is verdict(exchange).outcome
    assert 9 == pytest.approx(took, abs=0.1)


def test_a_reply_to_the_dot_after_eleven_minutes_leaves_it_in_doubt():
    """The relay has it, but nobody here can know (A07, row 37)."""
    exchange, took = run_for_hours(after(Stage.END_OF_DATA, 11))

    assert Outcome.IN_DOUBT is verdict(exchange).outcome
    assert 10 == pytest.approx(took, abs=0.1)


@pytest.mark.parametrize(
    ("stage", "limit"), [(Stage.MAIL, 5), (Stage.RCPT, 5), (Stage.DATA, 2)]
)
@pytest.mark.parametrize("more", [-0.5, 0.5])
def test_each_stage_has_its_own_patience(stage, limit, more):
    """Exactly as long as its limit, whatever was waited for before (4.5.3.2)."""
    exchange, took = run_for_hours(after(stage, limit + more))

    if more < 0:
        assert Outcome.ACCEPTED is verdict(exchange).outcome
    else:
        assert (stage, Silence.TIMEOUT) == (exchange.stage, exchange.silence)
    assert min(limit, limit + more) == pytest.approx(took, abs=0.1)


def test_a_short_wait_after_a_long_one_is_short():
    """One timer serves a session; it is never later than what is waited for."""
    script = {Stage.DATA: (Deed.STALL,)}

    async def scenario() -> float:
        async with ScriptedRelay(manner=Manner(script=script)) as relay:
            timeouts = replace(RFC, mail=7000, rcpt=5000, data=30)
            session = await Session.open(settings(relay, timeouts=timeouts))
            jump()
            began = asyncio.get_running_loop().time()
            await session.deliver(a_message(), allowed)
            return asyncio.get_running_loop().time() - began

    assert 30 == pytest.approx(run_for_hours(scenario()), abs=1)


# The line.


class Line(Proxy):
    """Passes on what it gets, so many octets at a time, each after `seconds`."""

    def __init__(self, relay: ScriptedRelay, sizes: list[int], seconds: float) -> None:
        super().__init__(relay)
        self._sizes, self._seconds = sizes, seconds

    async def pump(self, source, sink, *, is_reply) -> None:  # noqa: ARG002 - both ways
        if self._seconds:
            jump()
        number = 0
        with contextlib.suppress(ConnectionError):
            while data := await source.read(self._sizes[number % len(self._sizes)]):
                number += 1
                await asyncio.sleep(self._seconds)
                sink.write(data)


LETTERS = [a_message(f"o{n}@mesto.example") for n in range(3)]
PATHS = [each.envelope.forward_path for each in LETTERS]


async def over_a_line(sizes, seconds):
    async with ScriptedRelay() as relay, Line(relay, sizes, seconds).listening() as at:
        exchanges = await mail_out(at, LETTERS, timeouts=RFC)
        return [verdict(each).outcome for each in exchanges], stored_paths(relay)


@pytest.mark.parametrize(
    ("sizes", "seconds"), [([2**16], 2.0), ([100], 0.1)], ids=["2 s", "1 kB/s"]
)
def test_a_slow_line_only_takes_longer(sizes, seconds):
    """Latency and a thin line are no fault of anybody's (A09)."""
    outcomes, paths = run_for_hours(over_a_line(sizes, seconds))

    assert [Outcome.ACCEPTED] * 3 == outcomes
    assert PATHS == paths


@given(st.lists(st.integers(1, 60), min_size=1, max_size=9))
@hypothesis_settings(max_examples=40, deadline=None)
def test_it_does_not_matter_how_the_bytes_are_cut(sizes):
    """TCP keeps octets, not writes (A04, A09)."""
    assert ([Outcome.ACCEPTED] * 3, PATHS) == run(over_a_line(sizes, 0))
