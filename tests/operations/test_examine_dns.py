"""
`mailer doctor --online` against a real DNS server on loopback.

The zone is changed by one record at a time; each fault has its finding.
"""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import replace

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from offices import BEFORE, an_office

from mailer.operations.examine import Health
from mailer.operations.examine_dns import Dns, _public, examine_dns
from mailer.rendering.dkim import Signer
from mailer.sandbox.clock import VirtualClock

#: not reserved, so that it is asked for; the server below is the only one asked
DOMAIN = "pisarna.internal"
SIGNER = Signer(DOMAIN, "pisarna", Ed25519PrivateKey.from_private_bytes(bytes(32)))

GOOD = {
    (DOMAIN, "MX"): [f"10 mx.{DOMAIN}."],
    (DOMAIN, "TXT"): ['"something else"', '"v=spf1 mx -all"'],
    (f"pisarna._domainkey.{DOMAIN}", "TXT"): [
        f'"v=DKIM1; k=ed25519; p={_public(SIGNER)}"'
    ],
    (f"_dmarc.{DOMAIN}", "TXT"): ['"v=DMARC1; p=none"'],
}


@contextmanager
def a_server(zone):
    """Answer questions from `zone`: (name, kind) → records."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))

        def serve():
            while True:
                question, asker = sock.recvfrom(4096)
                if not question:
                    return
                sock.sendto(answer(question), asker)

        def answer(octets):
            asked = dns.message.from_wire(octets)
            reply = dns.message.make_response(asked)
            name = asked.question[0].name
            kind = dns.rdatatype.to_text(asked.question[0].rdtype)
            plain = name.to_text(omit_final_dot=True)
            if records := zone.get((plain, kind)):
                reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *records))
            elif plain not in {known for known, _ in zone}:
                reply.set_rcode(dns.rcode.NXDOMAIN)
            return reply.to_wire()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield sock.getsockname()[1]
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", sock.getsockname())
            thread.join(10)


@pytest.fixture
def office(tmp_path):
    with an_office(tmp_path / "office", VirtualClock(BEFORE)) as opened:
        sender = opened.settings.sender.model_copy(
            update={"address": f"pisarna@{DOMAIN}", "bounce_domain": DOMAIN}
        )
        settings = opened.settings.model_copy(update={"sender": sender})
        yield replace(opened, settings=settings, signer=SIGNER)


def examined(office, zone):
    with a_server(zone) as port:
        found = list(examine_dns(office, Dns(("127.0.0.1",), port)))
    return {one.subject: one for one in found}


def test_all_is_well(office):
    found = examined(office, GOOD)

    assert {"MX", "SPF", "DKIM", "DMARC"} == found.keys()
    assert {Health.OK} == {one.health for one in found.values()}


@pytest.mark.parametrize(
    ("subject", "health", "changes"),
    [
        pytest.param("MX", Health.FAIL, {(DOMAIN, "MX"): []}, id="no mail"),
        pytest.param("MX", Health.FAIL, {(DOMAIN, "MX"): ["0 ."]}, id="null MX"),
        pytest.param("SPF", Health.WARN, {(DOMAIN, "TXT"): []}, id="no SPF"),
        pytest.param(
            "SPF",
            Health.FAIL,
            {(DOMAIN, "TXT"): ['"v=spf1 mx -all"', '"v=spf1 a -all"']},
            id="two SPF",
        ),
        pytest.param(
            "SPF", Health.WARN, {(DOMAIN, "TXT"): ['"v=spf1 +all"']}, id="SPF for all"
        ),
        pytest.param(
            "DKIM",
            Health.FAIL,
            {(f"pisarna._domainkey.{DOMAIN}", "TXT"): ['"v=DKIM1; p=AAAA"']},
            id="another key",
        ),
        pytest.param(
            "DKIM",
            Health.FAIL,
            {(f"pisarna._domainkey.{DOMAIN}", "TXT"): []},
            id="no key",
        ),
        pytest.param(
            "DMARC", Health.WARN, {(f"_dmarc.{DOMAIN}", "TXT"): []}, id="no DMARC"
        ),
    ],
)
def test_each_fault_has_its_finding(office, subject, health, changes):
    found = examined(office, GOOD | changes)

    wrong = [one for one in found.values() if one.health is not Health.OK]
    assert [(subject, health)] == [(one.subject, one.health) for one in wrong]
    assert all(one.fix for one in wrong)


def test_without_dns_it_is_skipped_with_the_reason(office, monkeypatch):
    """A server that is not there is no fault of the office."""
    monkeypatch.setattr("mailer.operations.examine_dns.SECONDS", 0.3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        (found,) = examine_dns(office, Dns(("127.0.0.1",), port))

    assert Health.SKIPPED is found.health
    assert "no answer" in found.said


def test_domains_for_examples_are_not_asked_for(tmp_path):
    with an_office(tmp_path / "office", VirtualClock(BEFORE)) as opened:
        (found,) = examine_dns(opened, Dns(("127.0.0.1",), 1))

    assert Health.SKIPPED is found.health
