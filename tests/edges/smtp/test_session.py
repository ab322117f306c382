"""One message through an open session: the bytes, the mark, the reuse."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from relays import SHORT, At, a_message, allowed, attempt, run, settings, withheld

from mailer.model.message import Lines
from mailer.model.smtp import Silence, Stage
from mailer.sandbox.behaviours import Deed
from mailer.sandbox.relay import Manner, ScriptedRelay
from mailer.smtp import session as session_module
from mailer.smtp.session import Session


def test_the_relay_has_the_bytes_that_were_compiled():
    """Dots are stuffed on the way and nothing else is touched."""
    message = a_message()

    result = run(attempt(message=message))

    (stored,) = result.relay.accepted
    assert message.data == stored.data
    assert message.envelope.reverse_path == stored.reverse_path
    assert message.envelope.forward_path == stored.forward_path
    assert message.envelope.envid == stored.envid
    assert result.was_usable


def test_a_megabyte_goes_through():
    """Blocks are written as the network takes them."""
    message = a_message(data=b"Subject: x\r\n\r\n" + b".x" * 38 + b"\r\n" * 500_000)

    (stored,) = run(attempt(message=message)).relay.accepted

    assert message.data == stored.data


crlf_lines = st.lists(
    st.binary(max_size=20).map(lambda raw: raw.translate(None, b"\r\n")), min_size=1
).map(lambda lines: b"\r\n".join(lines) + b"\r\n")


@given(crlf_lines)
def test_no_body_can_end_itself(data):
    """Whatever the lines are, none of them is the final dot (RFC 5321, 4.5.2)."""
    text = Lines(data).stuffed

    assert b"\r\n.\r\n" not in b"\r\n" + text
    assert data == (b"\r\n" + text).replace(b"\r\n..", b"\r\n.")[2:]


@given(data=crlf_lines)
@hypothesis_settings(max_examples=25)
def test_any_body_arrives_as_it_was(data):
    """From the real socket, byte for byte."""
    (stored,) = run(attempt(message=a_message(data=data))).relay.accepted

    assert data == stored.data


@pytest.mark.parametrize(
    "data", [b"a\nb\r\n", b"a\rb\r\n", b"a", b"a\r\n.\n.\r\n", b"", b"a\r\r\n"]
)
def test_bare_line_ends_are_our_bug(data):
    """A server that takes a bare LF for a line end could find a second message."""
    with pytest.raises(ValueError, match="CRLF"):
        Lines(data)


@pytest.mark.parametrize(
    "path",
    [
        "a@b.example> NOTIFY=NEVER",
        "a@b.example\r\nRCPT TO:<c@d.example",
        "župan@občina.example",
        "a b@c.example",
        "a\u00a0b@c.example",
        "a\u2028b@c.example",
        "nobody",
        "",
    ],
)
def test_a_path_cannot_end_its_command(path):
    """Such an address is our own bug, and no byte of it leaves."""
    with pytest.raises(ValueError, match="no address"):
        run(attempt(message=a_message(path)))


VERBS = {Stage.MAIL: b"MAIL", Stage.RCPT: b"RCPT", Stage.DATA: b"DATA"}

# The mark.


def test_before_the_mark_the_relay_has_nothing():
    """Body out, mark asked, and still nothing that could be accepted."""

    async def scenario():
        async with ScriptedRelay() as relay:
            session = await Session.open(settings(relay))
            seen = []

            async def mark() -> bool:
                for _ in range(100):  # let the relay read all that was written
                    await asyncio.sleep(0)
                seen.append(len(relay.accepted))
                return True

            await session.deliver(a_message(), mark)
            await session.quit()
            return seen, len(relay.accepted)

    assert ([0], 1) == run(scenario())


def test_a_withheld_mark_withholds_the_message():
    """The connection is closed and the relay has nothing (row 32)."""
    result = run(attempt(mark=withheld))

    assert (Stage.MARK, Silence.WITHHELD) == (
        result.exchange.stage,
        result.exchange.silence,
    )
    assert [] == result.relay.accepted
    assert not result.was_usable


def test_a_mark_that_fails_withholds_the_message():
    """A locked or full database stops the dot, and its error is passed on."""

    async def broken() -> bool:
        raise OSError("disk full")

    async def scenario():
        async with ScriptedRelay() as relay:
            session = await Session.open(settings(relay))
            with pytest.raises(OSError, match="disk full"):
                await session.deliver(a_message(), broken)
            return relay.accepted, session.usable

    assert ([], False) == run(scenario())


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.MARK])
def test_cancelled_before_the_dot_nothing_was_sent(stage):
    """The late reply of one recipient can not be taken for the next one's."""

    async def never() -> bool:
        await asyncio.Event().wait()
        return True

    async def scenario():
        async with ScriptedRelay(manner=Manner(script={stage: [Deed.STALL]})) as relay:
            session = await Session.open(settings(relay))
            task = asyncio.create_task(session.deliver(a_message(), never))
            verb = VERBS.get(stage, b"DATA")
            await _until(lambda: any(line.startswith(verb) for line in relay.heard))
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            return task.cancelled(), session.usable, relay.accepted

    assert (True, False, []) == run(scenario())


def test_forced_to_stop_after_the_dot_it_closes():
    """What the relay had taken by then is in doubt, and the ledger knows it."""

    async def scenario():
        script = {Stage.END_OF_DATA: [Deed.STORE, Deed.STALL]}
        async with ScriptedRelay(manner=Manner(script=script)) as relay:
            session = await Session.open(settings(relay))
            task = asyncio.create_task(session.deliver(a_message(), allowed))
            await _until(lambda: relay.accepted)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            return task.cancelled(), session.usable

    assert (True, False) == run(scenario())


# The session's reuse.


def test_a_refused_recipient_costs_no_new_session():
    """RSET takes MAIL back; the next message goes through the same session."""

    async def scenario():
        async with ScriptedRelay() as relay:
            session = await Session.open(settings(relay))
            for name in ("gone", "obcina", "full", "relay-denied", "obcina"):
                message = a_message(f"{name}@mesto.example")
                await session.deliver(message, allowed)
                assert session.usable
            await session.quit()
            return relay

    relay = run(scenario())
    assert ["obcina@mesto.example"] * 2 == [
        each.forward_path for each in relay.accepted
    ]
    assert 3 == relay.heard.count(b"RSET")
    assert 1 == sum(line.startswith(b"EHLO") for line in relay.heard)


def test_a_stalled_reset_does_not_hide_the_refusal():
    """The reply to RCPT counts; the session is given up."""

    async def scenario():
        server = await asyncio.start_server(_stalls_at_reset, "127.0.0.1", 0)
        async with server:
            relay = At(server.sockets[0].getsockname()[1])
            session = await Session.open(settings(relay, timeouts=SHORT))
            exchange = await session.deliver(a_message(), allowed)
            return exchange.stage, exchange.reply.code, session.usable

    assert (Stage.RCPT, 550, False) == run(scenario())


@pytest.mark.parametrize(
    "stage", [Stage.MAIL, Stage.DATA, Stage.END_OF_DATA], ids=lambda stage: stage.value
)
def test_after_any_other_refusal_the_session_is_given_up(stage):
    """Nobody knows what state the other side is in; a new session does."""
    manner = Manner(script={stage: [b"451 4.3.0 later\r\n"]})

    assert not run(attempt(manner)).was_usable


def test_a_session_ends_after_its_hundredth_message(monkeypatch):
    """Relays end it about there themselves, at a worse moment."""
    monkeypatch.setattr(session_module, "MAX_MESSAGES", 3)

    async def scenario():
        async with ScriptedRelay() as relay:
            session = await Session.open(settings(relay))
            usable = []
            for _ in range(3):
                await session.deliver(a_message(), allowed)
                usable.append(session.usable)
            await session.quit()
            return usable

    assert [True, True, False] == run(scenario())


def test_a_session_that_was_idle_for_long_is_not_used(monkeypatch):
    """The relay may be about to close it."""
    monkeypatch.setattr(session_module, "MAX_IDLE", -1)

    assert not run(attempt()).was_usable


def test_a_farewell_while_idle_is_noticed():
    """The relay said 421 and left; nothing is lost (row 42)."""

    async def scenario():
        async with ScriptedRelay() as relay:
            session = await Session.open(settings(relay))
            await relay.stop()
            await _until(lambda: not session.usable)
            exchange = await session.deliver(a_message(), allowed)
            return exchange.stage, exchange.silence

    assert (Stage.MAIL, Silence.LOST) == run(scenario())


# The sandbox.


def test_two_hundred_and_twelve_municipalities_take_no_time():
    """The sandbox must not be what one waits for."""

    async def scenario():
        async with ScriptedRelay() as relay:
            loop = asyncio.get_running_loop()
            began = loop.time()
            session = await Session.open(settings(relay))
            for number in range(212):
                if not session.usable:
                    await session.quit()
                    session = await Session.open(settings(relay))
                await session.deliver(a_message(f"o{number}@mesto.example"), allowed)
            await session.quit()
            return len(relay.accepted), loop.time() - began

    count, seconds = run(scenario())
    assert 212 == count
    assert seconds < 5  # about 0.1 on an idle machine


async def _stalls_at_reset(reader, writer) -> None:
    writer.write(b"220 hello\r\n")
    while line := await reader.readline():
        verb = line[:4]
        if verb == b"RSET":
            continue
        writer.write(b"550 5.1.1 no\r\n" if verb == b"RCPT" else b"250 ok\r\n")
    writer.close()


async def _until(condition) -> None:
    """Let the loop turn until `condition` holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - the other side has no event for us
            await asyncio.sleep(0)
