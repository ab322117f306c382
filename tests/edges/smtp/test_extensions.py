"""The extensions we use: only what is offered, and only what a message needs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from relays import Way, a_message, attempt, mail_out, run, verbs

from mailer.delivery.verdict import verdict
from mailer.model.delivery import Fault, Outcome, Verdict
from mailer.model.message import Envelope
from mailer.model.smtp import Silence, Stage
from mailer.sandbox.relay import Manner, ScriptedRelay
from mailer.smtp.commands import Offers, rcpt, xtext

VERBS = {Stage.MAIL: b"MAIL", Stage.RCPT: b"RCPT"}
PLAIN = Manner(extensions=("DSN",))
WAYS = [pytest.param(way, id=way.value) for way in Way]


def test_parameters_are_those_that_the_relay_offers():
    """SIZE and DSN are used where they stand in the reply to EHLO (A12)."""
    heard = run(attempt()).relay.heard
    size, to = len(a_message().data), b"obcina@mesto.example"

    assert [
        b"MAIL FROM:<b-token@posiljatelj.example> SIZE=%d RET=HDRS ENVID=e17.1" % size,
        b"RCPT TO:<%b> NOTIFY=FAILURE,DELAY ORCPT=rfc822;%b" % (to, to),
        b"DATA",
    ] == heard[1:4]


def test_nothing_is_asked_for_that_is_not_offered():
    """An old relay gets the plain commands."""
    heard = run(attempt(Manner(extensions=(), size=None))).relay.heard

    assert [
        b"MAIL FROM:<b-token@posiljatelj.example>",
        b"RCPT TO:<obcina@mesto.example>",
    ] == heard[1:3]


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT])
def test_a_parameter_that_is_not_understood_is_left_out(stage):
    """The relay offered it and does not know it: once more without (row 18)."""
    manner = Manner(script={stage: [b"555 5.5.4 Unsupported option\r\n"]})

    result = run(attempt(manner))

    assert (stage, 555) == (result.exchange.stage, result.exchange.reply.code)
    heard = result.relay.heard
    first, second = (line for line in heard if line.startswith(VERBS[stage]))
    assert b"> " in first
    assert second.endswith(b">")


def test_a_message_over_the_announced_size_is_not_offered():
    """The relay would refuse it after we have sent it (A13)."""
    result = run(attempt(Manner(size=20)))

    assert (Stage.MAIL, Silence.TOO_LARGE) == (
        result.exchange.stage,
        result.exchange.silence,
    )
    assert not any(line.startswith(b"MAIL") for line in result.relay.heard)


def test_special_characters_travel_as_xtext():
    """RFC 3461, section 4: plus, equals sign and what is no graphic."""
    assert b"e+2B17+3D+20x" == xtext("e+17= x")

    envelope = Envelope("b@posiljatelj.example", "obcina+x@mesto.example", "e+17=")
    (stored,) = run(attempt(message=a_message(envelope=envelope))).relay.accepted
    assert "e+17=" == stored.envid


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        ({}, Offers()),
        ({"dsn": ""}, Offers(dsn=True)),
        ({"size": "1000"}, Offers(size=1000)),
        ({"size": ""}, Offers(size=0)),
        ({"size": "lots", "dsn": ""}, Offers(dsn=True, size=0)),
    ],
)
def test_offers_are_read_from_the_reply_to_ehlo(extensions, expected):
    """A limit that is no number is no limit."""
    assert expected == Offers.of(extensions)


# 8BITMIME (RFC 6152).

EIGHT_BIT = a_message(data="Subject: x\r\n\r\nSpoštovani\r\n".encode())


@pytest.mark.parametrize("way", WAYS)
def test_eight_bits_are_announced_where_there_are_any(way):
    """And then they arrive as they are."""
    result = run(attempt(message=EIGHT_BIT, way=way, manner=Manner()))

    if way is Way.ONE_BY_ONE:
        assert b" BODY=8BITMIME" in result.relay.heard[1]
    assert EIGHT_BIT.data in [each.data for each in result.relay.accepted]


def test_seven_bits_are_not_announced():
    """It would forbid the relay nothing and ask of it what is not needed."""
    assert not any(b"BODY" in line for line in run(attempt()).relay.heard)


@pytest.mark.parametrize("extensions", [("DSN",), ("DSN", "PIPELINING")])
def test_eight_bits_do_not_go_where_they_are_not_offered(extensions):
    """Some relay behind it would clear the eighth bit; nothing is said of it."""

    async def scenario():
        async with ScriptedRelay(manner=Manner(extensions=extensions)) as relay:
            exchanges = await mail_out(relay, [a_message(), EIGHT_BIT, a_message()])
            return exchanges, verbs(relay)

    exchanges, heard = run(scenario())
    assert [None, Silence.NEEDS_8BIT, None] == [each.silence for each in exchanges]
    assert Verdict(Outcome.DEFERRED, Fault.OFFICE) == verdict(exchanges[1])
    assert (1, 2) == (heard.count(b"EHLO"), heard.count(b"MAIL"))


# SMTPUTF8 (RFC 6531).

EAI = a_message("župan@mesto.example")
OFFERED = Manner(extensions=("PIPELINING", "DSN", "8BITMIME", "SMTPUTF8"))


@pytest.mark.parametrize("way", WAYS)
def test_an_address_beyond_ascii_goes_where_it_may(way):
    """MAIL asks for it, and RCPT has it as it is."""
    result = run(attempt(OFFERED, EAI, way=way))

    if way is Way.ONE_BY_ONE:
        assert b" SMTPUTF8" in result.relay.heard[1]
    assert "župan@mesto.example" in [
        each.forward_path for each in result.relay.accepted
    ]


def test_nobody_else_asks_for_it():
    """An address in ASCII goes to any relay, also behind this one."""
    assert not any(b"UTF8" in line for line in run(attempt(OFFERED)).relay.heard)


@pytest.mark.parametrize("manner", [PLAIN, Manner()], ids=["one by one", "pipelining"])
def test_without_the_offer_it_ends_for_that_recipient(manner):
    """Nothing is said of it, and the next goes through the same session (A12)."""

    async def scenario():
        async with ScriptedRelay(manner=manner) as relay:
            messages = [a_message("a@mesto.example"), EAI, a_message("b@mesto.example")]
            exchanges = await mail_out(relay, messages)
            return exchanges, verbs(relay)

    exchanges, heard = run(scenario())
    assert (Stage.RCPT, Silence.NEEDS_EAI) == (exchanges[1].stage, exchanges[1].silence)
    assert Verdict(Outcome.REFUSED, Fault.RECIPIENT) == verdict(exchanges[1])
    assert [Outcome.ACCEPTED] * 2 == [verdict(exchanges[n]).outcome for n in (0, 2)]
    assert (1, 2) == (heard.count(b"EHLO"), heard.count(b"MAIL"))


def test_what_was_asked_for_stays_when_parameters_are_left_out():
    """Without SMTPUTF8 it would be another address (row 18)."""
    said = [b"555 5.5.4 Unsupported option\r\n"]

    heard = run(attempt(replace(OFFERED, script={Stage.MAIL: said}), EAI)).relay.heard

    second = [line for line in heard if line.startswith(b"MAIL")][1]
    assert second.endswith(b"> SMTPUTF8")


class Once(dict):
    """A relay's script that holds for the first time only."""

    def __getitem__(self, stage):
        return self.pop(stage)


@pytest.mark.parametrize("needs", [EAI, EIGHT_BIT], ids=["SMTPUTF8", "8BITMIME"])
def test_what_a_message_needs_is_offered_for_good(needs):
    """A relay that stumbled over DSN or SIZE has not taken back the rest."""
    script = Once({Stage.MAIL: [b"555 5.5.4 Unsupported option\r\n"]})

    async def scenario():
        async with ScriptedRelay(manner=replace(OFFERED, script=script)) as relay:
            exchanges = await mail_out(relay, [a_message(), needs])
            return [verdict(each).outcome for each in exchanges], verbs(relay)

    outcomes, heard = run(scenario())
    assert [Outcome.ACCEPTED] * 2 == outcomes
    assert 1 == heard.count(b"EHLO")


def test_the_original_recipient_is_spelt_as_a_report_can_hold_it():
    """RFC 6533, section 3."""
    message = a_message("žu\\p+n@mesto.example")

    line = rcpt(message, Offers(dsn=True, utf8=True))

    assert line.endswith(rb"ORCPT=utf-8;\x{17E}u\x{5C}p\x{2B}n@mesto.example")


paths = st.text(min_size=1, max_size=20).map(lambda local: f"{local}@b.example")


@given(paths)
def test_no_address_can_end_its_command(path):
    """Whatever stands before the @, a command is one line and one path."""
    try:
        line = rcpt(a_message(path), Offers(dsn=True, utf8=True))
    except ValueError:
        return
    command, _, rest = line.decode().partition("> NOTIFY=")
    assert command == f"RCPT TO:<{path}"
    assert path.isprintable()
    assert not set(path) & set(" <>")
    assert rest.isascii()
    assert rest.count(" ") == 1
