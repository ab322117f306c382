"""Refusals in a group: each hits its own command, and nobody is blamed by a shift."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from relays import (
    PATIENT,
    At,
    Way,
    a_message,
    allowed,
    attempt,
    mail_out,
    run,
    settings,
    stored_paths,
    verbs,
)

from mailer.delivery.verdict import verdict
from mailer.model.delivery import Fault, Outcome
from mailer.model.smtp import Stage
from mailer.sandbox.relay import Manner, ScriptedRelay
from mailer.smtp.session import Session

PLAIN = Manner(extensions=("DSN",))


def test_after_a_refused_recipient_it_goes_on_one_by_one():
    """Exim leaves after a few commands out of place; there is one in a session."""

    async def scenario():
        async with ScriptedRelay() as relay:
            names = ["obcina", "gone", "full", "tretja"]
            messages = [a_message(f"{name}@mesto.example") for name in names]
            exchanges = await mail_out(relay, messages)
            return exchanges, verbs(relay)

    exchanges, heard = run(scenario())
    assert [250, 550, 452, 250] == [each.reply.code for each in exchanges]
    assert (
        "EHLO MAIL RCPT DATA MAIL RCPT DATA RSET MAIL RCPT RSET MAIL RCPT DATA QUIT"
    ) == b" ".join(heard).decode()


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA])
def test_a_group_that_is_not_understood_is_said_once_more_one_by_one(stage):
    """Perhaps it was a parameter, perhaps that it came at once (row 18)."""
    result = run(attempt(Manner(script={stage: [b"503 5.5.1 What?\r\n"]})))

    assert (stage, 503) == (result.exchange.stage, result.exchange.reply.code)
    assert 2 == verbs(result.relay).count(stage.value.upper().encode())
    assert result.relay.heard[5].endswith(b">")  # MAIL, after RSET, without any


class LineServer:
    """
    Answers each command with what is written for its verb, in the order asked.

    Once it has said 354 it takes every line up to a lone dot for the text.
    """

    def __init__(self, **replies: bytes) -> None:
        self._replies = {
            "EHLO": b"250-relay\r\n250 PIPELINING\r\n",
            "MAIL": b"250 ok\r\n",
            "RCPT": b"250 ok\r\n",
            "DATA": b"354 go\r\n",
            "RSET": b"250 ok\r\n",
            "QUIT": b"221 bye\r\n",
            ".": b"250 taken\r\n",
        } | replies
        self.heard: list[str] = []
        self.text = b""  #: all that it took for text, dots included

    @contextlib.asynccontextmanager
    async def listening(self):
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield At(server.sockets[0].getsockname()[1])

    async def _serve(self, reader, writer) -> None:
        writer.write(b"220 hello\r\n")
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                verb = line.split()[0].decode() if line.strip() else ""
                self.heard.append(verb)
                reply = self._replies.get(verb, b"500 what?\r\n")
                writer.write(reply)
                if reply.startswith(b"354"):
                    while line and line != b".\r\n":
                        line = await reader.readline()
                        self.text += line
                    writer.write(self._replies["."] if line else b"")
        writer.close()


async def refused_by(**replies: bytes):
    server = LineServer(**replies)
    async with server.listening() as place:
        hasty = replace(PATIENT, reset=0.08)
        session = await Session.open(settings(place, timeouts=hasty))
        exchange = await session.deliver(a_message(), allowed)
        usable = session.usable
        await session.quit()
    return exchange, usable, server


def test_a_354_after_the_only_recipient_was_refused_gets_no_dot():
    """It would be an empty letter to whomever that 354 is meant for."""
    exchange, usable, server = run(refused_by(RCPT=b"550 5.1.1 no\r\n"))

    assert verdict(exchange).suppress
    assert (False, b"") == (usable, server.text)


def test_the_refusal_stands_when_the_rest_is_not_answered():
    """Nothing depends on it; the connection is given up."""
    exchange, usable, _ = run(refused_by(RCPT=b"550 5.1.1 no\r\n", DATA=b""))

    assert (Stage.RCPT, 550) == (exchange.stage, exchange.reply.code)
    assert not usable


def test_a_reply_that_comes_too_late_answers_nothing_else():
    """Given to the next command, it would turn the refusal into a shift."""

    async def serve(reader, writer) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            match line[:4]:
                case b"EHLO":
                    writer.write(b"250-relay\r\n250 PIPELINING\r\n")
                case b"DATA":
                    writer.write(b"550 not from you\r\n")
                    await asyncio.sleep(0.12)  # longer than it is waited for
                    writer.write(b"503 no\r\n503 no\r\n")
                case b"RSET":
                    writer.write(b"250 ok\r\n")
        writer.close()

    async def scenario():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            place = At(server.sockets[0].getsockname()[1])
            hasty = settings(place, timeouts=replace(PATIENT, reset=0.08))
            session = await Session.open(hasty)
            exchange = await session.deliver(a_message(), allowed)
            await asyncio.sleep(0.1)  # until the server has seen the end
            return exchange.stage, exchange.reply and exchange.reply.code

    assert (Stage.MAIL, 550) == run(scenario())


@pytest.mark.parametrize("said", [b"", b"421 bye\r\n", b"What?\r\n"])
def test_the_refusal_stands_when_it_cannot_be_taken_back(said):
    """A relay that leaves at RSET has refused the recipient nevertheless."""
    refusals = {"RCPT": b"550 5.1.1 no\r\n", "DATA": b"503 no\r\n"}
    exchange, usable, _ = run(refused_by(**refusals, RSET=said))

    assert (Stage.RCPT, 550) == (exchange.stage, exchange.reply.code)
    assert not usable


def test_a_421_in_the_middle_answers_all_that_follows():
    """What comes after it does not change what it was said to."""
    left = b"421 4.3.2 shutting down\r\n"
    exchange, usable, server = run(refused_by(RCPT=left, DATA=left))

    assert (Stage.RCPT, 421) == (exchange.stage, exchange.reply.code)
    assert not usable
    assert "RSET" not in server.heard


# Nothing is mistaken.

HONEST = {
    Stage.MAIL: b"250 2.1.0 Ok\r\n",
    Stage.RCPT: b"250 2.1.5 Ok\r\n",
    Stage.DATA: b"354 go\r\n",
}
TOO_MANY = [
    b"250 ok\r\n",
    b"354 go\r\n",
    b"421 bye\r\n",
    b"451 later\r\n",
    b"550 5.1.1 no\r\n",
]


@pytest.mark.parametrize("way", [Way.GROUPED, Way.BEHIND], ids=["first", "behind"])
@pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("extra", TOO_MANY, ids=lambda extra: extra[:3].decode())
@pytest.mark.parametrize("stage", HONEST, ids=lambda stage: stage.value)
def test_a_reply_too_many_blames_nobody(stage, extra, is_before, way):
    """Shifted by one, a refusal would hit another recipient or the whole campaign."""
    said = extra + HONEST[stage] if is_before else HONEST[stage] + extra

    result = run(attempt(Manner(script={stage: [said]}), way=way))

    assert (Outcome.DEFERRED, Fault.HOST) == (
        verdict(result.exchange).outcome,
        verdict(result.exchange).fault,
    )
    assert not result.was_usable


NAMES = [
    "obcina",
    "obcina",
    "obcina",
    "greylist.99",  # not once: an envelope that was announced in vain counts too
    "full",
    "gone",
    "relay-denied",
    "defer.dot",
    "refuse.dot",
    "drop.rcpt",
    "drop.data",
    "drop.dot",
    "lost.dot",
]


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=12))
@hypothesis_settings(max_examples=40, deadline=None)
def test_the_verdicts_are_those_of_the_plain_dialogue(names):
    """Faster, and nothing else: same endings, same messages at the relay."""
    messages = [a_message(f"{name}@o{n}.example") for n, name in enumerate(names)]

    async def with_(manner):
        async with ScriptedRelay(manner=manner) as relay:
            exchanges = await mail_out(relay, messages)
            return [str(each) for each in exchanges], stored_paths(relay)

    one_by_one, paths = run(with_(PLAIN))
    assert (one_by_one, paths) == run(with_(Manner()))
