"""
Keys for DKIM, what DNS would say of them, and signed letters.

The RSA key is made anew in every run; that of Ed25519 is the first of the
examples in RFC 8032, section 7.1.
"""

from __future__ import annotations

import base64
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import dkim
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from mailer.model.message import Envelope, Rendered
from mailer.rendering.dkim import Signer
from mailer.rendering.mime import compile_message, skeleton

DOMAIN = "posiljatelj.example"
ALGORITHMS = ("rsa", "ed25519")  #: also the selectors of their keys
NOON = datetime(2019, 4, 8, 12, 0, tzinfo=ZoneInfo("Europe/Ljubljana"))


@cache
def an_rsa_key(bits=2048):
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def a_signer(algorithm):
    if algorithm == "rsa":
        return Signer(DOMAIN, algorithm, an_rsa_key())
    seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    return Signer(DOMAIN, algorithm, key)


def in_pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def dns_name(signer):
    return f"{signer.selector}._domainkey.{signer.domain}"


def dns_record(signer):
    """Return the TXT record that a domain shows (RFC 6376, 3.6.1; RFC 8463, 4)."""
    public = signer.key.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        kind = "rsa"
        octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        kind, octets = "ed25519", public.public_bytes_raw()
    return f"v=DKIM1; k={kind}; p={base64.b64encode(octets).decode()}"


def dkimpy_verifies(data, algorithm):
    """Return what dkimpy, which shares no code with ours, says of a message."""
    signer = a_signer(algorithm)
    records = {f"{dns_name(signer)}.".encode(): dns_record(signer).encode()}
    try:
        return dkim.verify(data, dnsfunc=lambda name, **_: records[name], minkey=2048)
    except dkim.MessageFormatError:
        return False


def a_letter(subject="Vabilo", text="Spoštovani!\n", html=None, **changes):
    return compile_message(
        skeleton(
            sender_name="Pisarna za sodelovanje občin",
            sender_address=f"pisarna@{DOMAIN}",
            reply_to=f"odgovori@{DOMAIN}",
            list_id=f"<conference.{DOMAIN}>",
        ),
        **{
            "rendered": Rendered(subject, text, html),
            "envelope": Envelope(f"b-token@{DOMAIN}", "obcina@koper.example"),
            "recipient_name": "Občina Koper",
            "message_id": f"<abcdefghijklmnop@{DOMAIN}>",
            "date": NOON,
            "list_unsubscribe": f"<mailto:u-token@{DOMAIN}?subject=odjava>",
        }
        | changes,
    )
