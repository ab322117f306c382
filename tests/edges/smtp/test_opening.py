"""Getting in: connect, EHLO, STARTTLS, AUTH, and never a password in clear."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import replace

import aiosmtplib
import pytest
from aiosmtplib import errors
from relays import (
    CREDENTIALS,
    LOGIN,
    SHORT,
    a_message,
    allowed,
    attempt,
    run,
    settings,
)

from mailer.delivery.verdict import verdict
from mailer.errors import ConfigurationError
from mailer.model.delivery import Fault, Outcome
from mailer.model.smtp import Security, Silence, SmtpReply, Stage
from mailer.sandbox.behaviours import Deed
from mailer.sandbox.relay import Manner, ScriptedRelay
from mailer.smtp.opening import what_happened
from mailer.smtp.session import Session, SessionRefused
from mailer.smtp.settings import RelaySettings


def is_auth(line: bytes) -> bool:
    return line.upper().startswith(b"AUTH")


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "tls"])
def test_a_private_session_delivers(tls, implicit):
    """Secured, logged in, and then our own transaction over the same TLS."""
    manner, trusting = tls
    manner = replace(manner, implicit_tls=implicit)
    trusting |= {"security": Security.TLS if implicit else Security.STARTTLS}
    message = a_message(data=b"Subject: x\r\n\r\n" + b"y" * 998 + b"\r\n" * 90_000)

    result = run(attempt(manner, message, **trusting))

    assert Outcome.ACCEPTED is verdict(result.exchange).outcome
    assert message.data == result.relay.accepted[0].data
    assert result.was_usable


def test_starttls_that_is_stripped_is_not_done_without():
    """A10: somebody in between hides it: the password stays here (row 8)."""
    manner = Manner(script={Stage.EHLO: [b"250-relay\r\n250 AUTH PLAIN LOGIN\r\n"]})

    result = run(attempt(manner, security=Security.STARTTLS, **LOGIN))

    assert (Stage.STARTTLS, Silence.NOT_OFFERED) == (
        result.exchange.stage,
        result.exchange.silence,
    )
    assert not any(map(is_auth, result.relay.heard))
    assert Fault.OFFICE is verdict(result.exchange).fault


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "tls"])
@pytest.mark.parametrize("wrong", ["unknown authority", "wrong name", "expired"])
def test_a_certificate_that_is_not_trusted_ends_it(certificate, wrong, implicit):
    """No password for somebody who cannot show who he is (row 9, A10)."""
    name = "other.example" if wrong == "wrong name" else "127.0.0.1"
    context, ca_file = certificate(name, days=-1 if wrong == "expired" else 2)
    manner = Manner(tls=context, implicit_tls=implicit, credentials=CREDENTIALS)

    result = run(
        attempt(
            manner,
            security=Security.TLS if implicit else Security.STARTTLS,
            ca_file="" if wrong == "unknown authority" else ca_file,
            **LOGIN,
        )
    )

    assert Silence.UNTRUSTED is result.exchange.silence
    assert Fault.OFFICE is verdict(result.exchange).fault
    assert not any(map(is_auth, result.relay.heard))


def test_an_old_tls_is_not_spoken(certificate):
    """TLS 1.1 and below are broken (RFC 8996)."""
    context, ca_file = certificate("127.0.0.1")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1

    result = run(
        attempt(Manner(tls=context), security=Security.STARTTLS, ca_file=ca_file)
    )

    assert Stage.STARTTLS is result.exchange.stage
    assert Fault.OFFICE is verdict(result.exchange).fault


@pytest.mark.parametrize("code", [421, 454, 501, 502, 554])
def test_a_refused_starttls_is_the_end(tls, code):
    """Going on in clear is what an attacker would want (row 8)."""
    manner, trusting = tls
    manner = replace(manner, script={Stage.STARTTLS: [b"%d 5.7.0 no\r\n" % code]})

    result = run(attempt(manner, **trusting))

    assert (Stage.STARTTLS, code) == (result.exchange.stage, result.exchange.reply.code)
    assert Fault.OFFICE is verdict(result.exchange).fault
    assert not any(map(is_auth, result.relay.heard))


@pytest.mark.parametrize(
    "steps",
    [
        [Deed.RST],
        [Deed.FIN],
        [Deed.STALL],
        [b"220 go\r\n", Deed.RST],
        [b"220 go\r\n", Deed.STALL],
        [b"220 go\r\n", b"\x15\x03 what?"],
    ],
    ids=str,
)
def test_a_disturbed_handshake_is_the_end(tls, steps):
    """Whatever disturbs it, nothing follows in clear (row 9)."""
    manner, trusting = tls
    manner = replace(manner, script={Stage.STARTTLS: steps})

    result = run(attempt(manner, timeouts=SHORT, **trusting))

    assert Stage.STARTTLS is result.exchange.stage
    assert Fault.OFFICE is verdict(result.exchange).fault
    assert not any(map(is_auth, result.relay.heard))


def test_what_is_injected_before_the_handshake_is_not_believed(tls):
    """A10: extensions count only from inside (RFC 3207, section 4.2)."""
    manner, trusting = tls
    injected = b"220 go\r\n250-relay\r\n250 SIZE 1\r\n"
    manner = replace(manner, script={Stage.STARTTLS: [injected]})

    result = run(attempt(manner, **trusting))

    assert Silence.TOO_LARGE is not result.exchange.silence


def test_a_wrong_password_is_tried_once(tls):
    """A11: three wrong ones in a row lock the account (row 11)."""
    manner, trusting = tls

    result = run(attempt(manner, **(trusting | {"password": "wrong"})))

    assert (Stage.AUTH, 535) == (result.exchange.stage, result.exchange.reply.code)
    assert 1 == sum(map(is_auth, result.relay.heard))
    assert Fault.OFFICE is verdict(result.exchange).fault


def test_login_is_used_where_plain_is_not_offered(tls):
    """Some old servers know nothing else."""
    manner, trusting = tls
    only_login = b"250-relay\r\n250-STARTTLS\r\n250 AUTH LOGIN\r\n"
    manner = replace(manner, script={Stage.EHLO: [only_login]})

    result = run(attempt(manner, **trusting))

    assert Outcome.ACCEPTED is verdict(result.exchange).outcome
    assert any(line.startswith(b"AUTH LOGIN") for line in result.relay.heard)


def test_no_mechanism_in_common_is_no_way_in(tls):
    """The office has to choose another relay or another account."""
    manner, trusting = tls
    kerberos = b"250-relay\r\n250-STARTTLS\r\n250 AUTH GSSAPI\r\n"
    manner = replace(manner, script={Stage.EHLO: [kerberos]})

    result = run(attempt(manner, **trusting))

    assert (Stage.AUTH, Silence.NOT_OFFERED) == (
        result.exchange.stage,
        result.exchange.silence,
    )


@pytest.mark.parametrize(
    ("steps", "expected", "fault"),
    [
        ([b"535 5.7.8 no\r\n"], 535, Fault.OFFICE),
        ([b"534 5.7.9 weak\r\n"], 534, Fault.OFFICE),
        ([b"530 5.7.0 TLS first\r\n"], 530, Fault.OFFICE),
        ([b"334 again\r\n"], 334, Fault.OFFICE),
        ([b"454 4.7.0 later\r\n"], 454, Fault.HOST),
        ([b"421 4.3.2 bye\r\n"], 421, Fault.HOST),
        ([b"What?\r\n"], Silence.MALFORMED, Fault.HOST),
        ([Deed.RST], Silence.LOST, Fault.HOST),
        ([Deed.FIN], Silence.LOST, Fault.HOST),
    ],
)
def test_each_answer_to_auth(tls, steps, expected, fault):
    """Who is to blame: the office for its password, the host for the rest."""
    manner, trusting = tls
    manner = replace(manner, script={Stage.AUTH: steps})

    result = run(attempt(manner, **trusting))

    exchange = result.exchange
    assert Stage.AUTH is exchange.stage
    assert expected == (exchange.reply.code if exchange.reply else exchange.silence)
    assert fault is verdict(exchange).fault
    assert 1 == sum(map(is_auth, result.relay.heard))


def test_nobody_listens():
    """A closed port is the host's fault, at once (row 1)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def scenario():
        with pytest.raises(SessionRefused) as refused:
            await Session.open(RelaySettings("127.0.0.1", port, Security.NONE))
        return refused.value

    error = run(scenario())
    assert (Stage.CONNECT, Silence.LOST) == (
        error.exchange.stage,
        error.exchange.silence,
    )
    assert f"relay 127.0.0.1:{port}: connect: lost" == str(error)


def test_the_second_address_is_tried(monkeypatch):
    """A relay has several addresses so that one of them may be dead (A20)."""

    async def scenario():
        async with ScriptedRelay() as relay:
            loop = asyncio.get_running_loop()
            tcp = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
            with socket.socket() as dead:
                dead.bind(("127.0.0.1", 0))
                addresses = [dead.getsockname(), ("127.0.0.1", relay.port)]

                async def resolve(*_args, **_kwargs):
                    return [(*tcp, address) for address in addresses]

                monkeypatch.setattr(loop, "getaddrinfo", resolve)
                session = await Session.open(settings(relay))
            exchange = await session.deliver(a_message(), allowed)
            await session.quit()
            return verdict(exchange).outcome

    assert Outcome.ACCEPTED is run(scenario())


def test_ehlo_names_our_address_unless_told_otherwise():
    """A machine's name says more about the office than it must (4.1.3)."""
    assert b"EHLO [127.0.0.1]" == run(attempt()).relay.heard[0]
    named = run(attempt(local_hostname="posiljatelj.example")).relay.heard[0]
    assert b"EHLO posiljatelj.example" == named


# Settings.


@pytest.mark.parametrize(
    ("host", "username"),
    [("mail.example", ""), ("192.0.2.1", ""), ("127.0.0.1", "pisarna")],
)
def test_in_clear_only_to_this_machine_and_without_a_password(host, username):
    """Such settings do not even come into being."""
    with pytest.raises(ConfigurationError, match="in clear"):
        RelaySettings(host, 25, Security.NONE, username=username)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_may_be_spoken_to_in_clear(host):
    """Loopback in all its spellings."""
    assert host == RelaySettings(host, 25, Security.NONE).host


def test_the_password_is_not_shown():
    """Neither in logs nor in a traceback's variables."""
    shown = repr(RelaySettings("mail.example", 587, password="geslo"))

    assert "geslo" not in shown


# aiosmtplib's errors, each of them.

TLS_ERROR = ssl.SSLCertVerificationError("no")
CAUSED_BY_TLS = errors.SMTPConnectError("no")
CAUSED_BY_TLS.__cause__ = TLS_ERROR

MAPPED = {
    "SMTPException": (errors.SMTPException("?"), Silence.MALFORMED),
    "SMTPServerDisconnected": (errors.SMTPServerDisconnected("?"), Silence.LOST),
    "SMTPConnectError": (errors.SMTPConnectError("?"), Silence.LOST),
    "SMTPTimeoutError": (errors.SMTPTimeoutError("?"), Silence.TIMEOUT),
    "SMTPConnectTimeoutError": (errors.SMTPConnectTimeoutError("?"), Silence.TIMEOUT),
    "SMTPReadTimeoutError": (errors.SMTPReadTimeoutError("?"), Silence.TIMEOUT),
    "SMTPNotSupported": (errors.SMTPNotSupported("?"), Silence.NOT_OFFERED),
    "SMTPRecipientsRefused": (errors.SMTPRecipientsRefused([]), Silence.MALFORMED),
    "SMTPSenderRefused": (
        errors.SMTPSenderRefused(550, "5.7.1 no", "a@b.example"),
        SmtpReply(550, "no", "5.7.1"),
    ),
    "SMTPRecipientRefused": (
        errors.SMTPRecipientRefused(550, "5.1.1 no", "a@b.example"),
        SmtpReply(550, "no", "5.1.1"),
    ),
} | {
    name: (
        getattr(errors, name)(454, "4.7.0 one\ntwo"),
        SmtpReply(454, "one two", "4.7.0"),
    )
    for name in (
        "SMTPResponseException",
        "SMTPConnectResponseError",
        "SMTPHeloError",
        "SMTPDataError",
        "SMTPAuthenticationError",
    )
}


@pytest.mark.parametrize(("error", "expected"), MAPPED.values(), ids=MAPPED)
def test_each_error_of_aiosmtplib_is_mapped(error, expected):
    """Nothing that the library raises is unknown to us."""
    assert expected == what_happened(error)


def test_aiosmtplib_has_no_other_errors():
    """A new version with a new error fails here first."""
    assert set(errors.__all__) == set(MAPPED)
    assert all(hasattr(aiosmtplib, name) for name in MAPPED)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TLS_ERROR, Silence.UNTRUSTED),
        (CAUSED_BY_TLS, Silence.UNTRUSTED),
        (socket.gaierror("no such name"), Silence.LOST),
        (TimeoutError(), Silence.TIMEOUT),
        (errors.SMTPResponseException(-1, "garbage"), Silence.MALFORMED),
        (errors.SMTPHeloError(25, "2_5 says int()"), Silence.MALFORMED),
        (errors.SMTPHeloError(550, "\udce8as"), SmtpReply(550, "\ufffdas")),
    ],
)
def test_so_is_what_the_network_raises(error, expected):
    """Names, timeouts, certificates, and numbers that are no reply codes."""
    assert expected == what_happened(error)
