"""Certificates for the relays of these tests, good ones and bad ones."""

from __future__ import annotations

import ssl
from datetime import timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from relays import CREDENTIALS, LOGIN

from mailer.clock import SystemClock
from mailer.model.smtp import Security
from mailer.sandbox.relay import Manner


@pytest.fixture
def certificate(tmp_path):
    """Return a function: name, days it is valid → (server's context, CA's file)."""

    def make(name: str, days: int = 2) -> tuple[ssl.SSLContext, str]:
        key = ec.generate_private_key(ec.SECP256R1())
        cert = _self_signed(key, name, timedelta(days))
        file = tmp_path / f"{name}{days}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + cert.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context, str(file)

    return make


def _self_signed(key, name, valid):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    try:
        names = [x509.IPAddress(ip_address(name))]
    except ValueError:
        names = [x509.DNSName(name)]
    now = SystemClock().now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + valid)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )


@pytest.fixture
def tls(certificate):
    """Return the manner of a relay with STARTTLS and AUTH, and how to trust it."""
    context, ca_file = certificate("127.0.0.1")
    manner = Manner(tls=context, credentials=CREDENTIALS)
    return manner, {"security": Security.STARTTLS, "ca_file": ca_file, **LOGIN}
