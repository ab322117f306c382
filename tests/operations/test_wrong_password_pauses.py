"""A wrong password is the office's fault: one try, then a person."""

from __future__ import annotations

import shutil
import ssl
import subprocess

import pytest
from relays import run

from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Security
from mailer.sandbox.relay import Manner


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Make a certificate for this machine; returns its file and its key's."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
        f" -nodes -days 2 -subj /CN=relay -addext subjectAltName=IP:127.0.0.1"
        f" -keyout {key} -out {certificate}".split(),
        check=True,
        capture_output=True,
    )
    return certificate, key


def test_a_wrong_password_is_tried_once(running, certificate):
    """Asking again would lock the account; the campaign waits for a person."""
    chain, key = certificate
    desk = running("obcina", "urad", "tajnistvo", "zupanstvo", "glavna")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(chain, key)
    manner = Manner(tls=tls, credentials=("pisarna", "pravo geslo"))

    async def scenario():
        async with desk.a_relay(manner=manner) as relay:
            summary = await desk.round(
                relay,
                security=Security.STARTTLS,
                username="pisarna",
                password="napačno geslo",
                ca_file=str(chain),
            )
            return summary, relay

    summary, relay = run(scenario())

    assert "535" in summary.paused
    assert CampaignStatus.PAUSED is desk.status.status
    assert {S.PLANNED} == set(desk.states().values())
    assert [] == relay.accepted
    assert 1 == sum(line.startswith(b"AUTH") for line in relay.heard)
