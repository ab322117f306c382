"""An access token instead of a password (AUTH XOAUTH2)."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from relays import CREDENTIALS, attempt, run

from mailer.cli.relay import relay
from mailer.delivery.verdict import verdict
from mailer.model.delivery import Fault, Outcome
from mailer.model.smtp import Authentication, Silence, Stage


@pytest.fixture
def google(tls):
    """Return the manner of a relay that wants a token, and how to be let in."""
    manner, trusting = tls
    manner = replace(manner, mechanisms=("PLAIN", "LOGIN", "XOAUTH2"))
    return manner, trusting | {"auth": Authentication.XOAUTH2}


def test_a_token_lets_us_in(google):
    """In one command, and by no other mechanism."""
    manner, trusting = google

    result = run(attempt(manner, **trusting))

    assert Outcome.ACCEPTED is verdict(result.exchange).outcome
    shown = base64.b64encode(
        "user={}\1auth=Bearer {}\1\1".format(*CREDENTIALS).encode()
    )
    (said,) = [line for line in result.relay.heard if line.startswith(b"AUTH")]
    assert b"AUTH XOAUTH2 " + shown == said


def test_a_wrong_token_is_shown_once(google):
    """The challenge with the error gets an empty line, and then we go (row 11)."""
    manner, trusting = google

    result = run(attempt(manner, **(trusting | {"password": "expired"})))

    assert (Stage.AUTH, 535) == (result.exchange.stage, result.exchange.reply.code)
    assert Fault.OFFICE is verdict(result.exchange).fault
    verbs = [line.partition(b" ")[0] for line in result.relay.heard]
    assert [b"EHLO", b"STARTTLS", b"EHLO", b"AUTH", b""] == verbs


def test_a_challenge_without_end_is_no_way_in(google):
    """Another 334 after the empty line is not answered (A11)."""
    manner, trusting = google
    manner = replace(manner, script={Stage.AUTH: [b"334 again\r\n"]})

    result = run(attempt(manner, **(trusting | {"password": "expired"})))

    assert (Stage.AUTH, 334) == (result.exchange.stage, result.exchange.reply.code)
    assert Fault.OFFICE is verdict(result.exchange).fault
    assert 1 == sum(line.startswith(b"AUTH") for line in result.relay.heard)


def test_a_token_is_no_password(tls):
    """It is never shown by PLAIN or LOGIN, which hand it to whoever asks."""
    manner, trusting = tls

    result = run(attempt(manner, **trusting, auth=Authentication.XOAUTH2))

    assert (Stage.AUTH, Silence.NOT_OFFERED) == (
        result.exchange.stage,
        result.exchange.silence,
    )
    assert not any(line.startswith(b"AUTH") for line in result.relay.heard)


def test_the_office_says_so_in_its_settings(monkeypatch, request):
    """The token is kept where the password would be."""
    for key, value in {
        "HOST": "mail.example",
        "AUTH": "xoauth2",
        "USERNAME": "pisarna",
        "PASSWORD_ENV": "TOKEN",
    }.items():
        monkeypatch.setenv(f"MAILER_RELAY__{key}", value)
    monkeypatch.setenv("TOKEN", "ya29")
    office = request.getfixturevalue("office")

    async def scenario():
        async with relay(office) as reached:
            return reached.auth, reached.password

    assert (Authentication.XOAUTH2, "ya29") == run(scenario())
