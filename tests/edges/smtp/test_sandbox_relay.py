"""The relay of the demo and the tests: what it is asked for is what it does."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from relays import a_message, allowed, attempt, run, settings

from mailer.delivery.verdict import verdict
from mailer.model.delivery import Outcome
from mailer.model.smtp import Stage
from mailer.sandbox.behaviours import BEHAVIOURS, Deed, Kill, behaviour
from mailer.sandbox.relay import Manner, ScriptedRelay
from mailer.sandbox.reports import Action, Fate, StoredMessage, delivery_report
from mailer.smtp.session import Session

NOW = datetime(2019, 4, 8, 7, 0, tzinfo=UTC)


class StoppedClock:
    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


async def deliver(relay: ScriptedRelay, to: str, reverse_path: str = ""):
    message = a_message(to)
    if reverse_path:
        envelope = type(message.envelope)(reverse_path, to)
        message = a_message(envelope=envelope)
    session = await Session.open(settings(relay))
    exchange = await session.deliver(message, allowed)
    await session.quit()
    return exchange


@pytest.mark.parametrize(
    ("name", "stage", "code", "stored"),
    [
        ("greylist", Stage.RCPT, 450, 0),
        ("full", Stage.RCPT, 452, 0),
        ("gone", Stage.RCPT, 550, 0),
        ("relay-denied", Stage.RCPT, 550, 0),
        ("slow", Stage.END_OF_DATA, 250, 1),
        ("defer.dot", Stage.END_OF_DATA, 451, 0),
        ("refuse.dot", Stage.END_OF_DATA, 554, 0),
        ("drop.mail", Stage.MAIL, None, 0),
        ("drop.rcpt", Stage.RCPT, None, 0),
        ("drop.data", Stage.DATA, None, 0),
        ("drop.body", Stage.END_OF_DATA, None, 0),
        ("drop.dot", Stage.END_OF_DATA, None, 1),
        ("lost.dot", Stage.END_OF_DATA, None, 0),
        ("bounce.later", Stage.END_OF_DATA, 250, 1),
        ("bounce.full", Stage.END_OF_DATA, 250, 1),
        ("delayed", Stage.END_OF_DATA, 250, 1),
    ],
)
def test_each_behaviour_of_the_table(name, stage, code, stored):
    """Asked for by local part, or at MAIL by the reverse path."""

    async def scenario():
        async with ScriptedRelay() as relay:
            reverse_path = f"{name}@posiljatelj.example" if name == "drop.mail" else ""
            exchange = await deliver(relay, f"{name}@mesto.example", reverse_path)
            return exchange, len(relay.accepted)

    exchange, count = run(scenario())
    if name != "drop.body":  # whether the dot was out by then is the network's choice
        assert stage is exchange.stage
    assert code == (exchange.reply.code if exchange.reply else None)
    assert stored == count


def test_the_table_is_tested_whole():
    """A new behaviour needs a row above."""
    (marker,) = test_each_behaviour_of_the_table.pytestmark
    assert set(BEHAVIOURS) == {row[0] for row in marker.args[1]}


def test_a_number_says_how_often():
    """`greylist.2@` refuses twice and then takes it, for each address anew."""

    async def scenario():
        async with ScriptedRelay() as relay:
            names = ["greylist.2@a.example"] * 3 + ["greylist.2@b.example"] * 3
            return [(await deliver(relay, name)).reply.code for name in names]

    assert [450, 450, 250, 450, 450, 250] == run(scenario())


def test_an_address_may_be_given_a_behaviour():
    """The demo's municipalities have ordinary addresses."""

    async def scenario():
        given = {"Obcina@Ig.example": "gone", "obcina@bled.example": "greylist.1"}
        async with ScriptedRelay(given) as relay:
            names = ["obcina@ig.example", "obcina@bled.example", "obcina@bled.example"]
            return [(await deliver(relay, name)).reply.code for name in names]

    assert [550, 450, 250] == run(scenario())


def test_no_name_is_no_behaviour():
    """Ordinary addresses are taken as they come."""
    assert None is behaviour("obcina")
    assert None is behaviour("obcina.2")


def test_what_was_accepted_and_its_bounce_are_told():
    """The message first, the DSN to the reverse path after the reply."""

    async def scenario():
        told = []
        async with ScriptedRelay(
            on_accepted=lambda message: told.append(message.forward_path),
            on_report=lambda path, report: told.append((path, report)),
            clock=StoppedClock(),
        ) as relay:
            await deliver(relay, "bounce.later@mesto.example")
            await deliver(relay, "obcina@mesto.example")
        return told

    first, (path, report), second = run(scenario())
    assert "bounce.later@mesto.example" == first
    assert "b-token@posiljatelj.example" == path
    assert b"Status: 5.1.1" in report
    assert "obcina@mesto.example" == second


# Reports.


def a_stored_message(**changes) -> StoredMessage:
    values = {
        "reverse_path": "b-token@posiljatelj.example",
        "forward_path": "gone@mesto.example",
        "data": b"Subject: Vabilo\r\nMessage-ID: <17@a.example>\r\n\r\nText\r\n",
        "envid": "e17.1",
        "notify": frozenset(),
        "queue_id": "000000000A",
        "accepted_at": NOW,
    }
    return StoredMessage(**(values | changes))


GONE = Fate(Action.FAILED, "5.1.1", "550 5.1.1 User unknown")
DELAYED = Fate(Action.DELAYED, "4.4.1", "connect: Connection timed out")


@pytest.mark.parametrize("fate", [GONE, DELAYED])
def test_a_report_is_what_rfc_3464_says(fate):
    """Three parts, addressed to the reverse path, from nobody."""
    report = delivery_report(a_stored_message(), fate, "relay.example", NOW)

    parsed = message_from_bytes(report, policy=policy.SMTP)
    words, status, header = parsed.iter_parts()
    whole, recipient = status.get_payload()
    assert "multipart/report" == parsed.get_content_type()
    assert "delivery-status" == parsed.get_param("report-type")
    assert ("<>", "b-token@posiljatelj.example") == (
        parsed["Return-Path"],
        parsed["To"],
    )
    assert "auto-replied" == parsed["Auto-Submitted"]
    assert fate.diagnostic in words.get_content()
    assert ("dns; relay.example", "e17.1") == (
        whole["Reporting-MTA"],
        whole["Original-Envelope-Id"],
    )
    assert fate.action.value == recipient["Action"]
    assert fate.status == recipient["Status"]
    assert "rfc822; gone@mesto.example" == recipient["Final-Recipient"]
    assert "text/rfc822-headers" == header.get_content_type()
    assert "Message-ID: <17@a.example>" in header.get_content()
    assert "Text" not in header.get_content()
    assert [] == parsed.defects
    assert report.count(b"\n") == report.count(b"\r\n")


def test_a_report_is_always_the_same_bytes():
    """Dates and ids are given to it."""
    reports = {
        delivery_report(a_stored_message(), GONE, "relay.example", NOW)
        for _ in range(2)
    }

    assert 1 == len(reports)


@pytest.mark.parametrize(
    ("notify", "failed", "delayed"),
    [
        ((), True, True),
        (("FAILURE", "DELAY"), True, True),
        (("FAILURE",), True, False),
        (("NEVER",), False, False),
    ],
)
def test_reports_are_sent_to_whom_they_are_wanted_by(notify, failed, delayed):
    """NOTIFY decides (RFC 3461, section 4.1)."""
    message = a_stored_message(notify=frozenset(notify))

    assert failed is GONE.is_wanted_by(message)
    assert delayed is DELAYED.is_wanted_by(message)


# The gun.


@pytest.mark.parametrize(
    ("stage", "steps", "stored"),
    [
        (Stage.MAIL, [], 0),
        (Stage.DATA, [], 0),
        (Stage.END_OF_DATA, [Deed.STORE], 1),
        (Stage.END_OF_DATA, [Deed.STORE, b"250 2.0.0 Ok\r\n"], 1),
    ],
)
def test_it_kills_a_process_exactly_there(stage, steps, stored):
    """Crash tests need no hooks in the sender: the server holds the gun."""

    async def scenario():
        victim = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE
        )
        script = {stage: [*steps, Kill(victim.pid), Deed.FIN]}
        result = await attempt(Manner(script=script))
        return await victim.wait(), len(result.relay.accepted), result.exchange

    status, count, exchange = run(scenario())
    assert -signal.SIGKILL == status
    assert stored == count
    assert (stage is Stage.END_OF_DATA) is (
        verdict(exchange).outcome in {Outcome.ACCEPTED, Outcome.IN_DOUBT}
    )
