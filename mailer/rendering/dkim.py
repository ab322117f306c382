"""
Sign a compiled message with DKIM (RFC 6376), by RSA or Ed25519 (RFC 8463).

What a signature covers is decided here; whether we sign, for which domain and
with which key, in `mailer.toml`.
The header is canonicalised "relaxed", because relays fold fields anew.  The
body is "simple": in quoted-printable and base64 no line ends in white space,
so "relaxed" would forgive nothing that happens on the way, and would cost a
pass over every attachment.
Neither algorithm uses chance: the same message and key give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mailer.model.message import Lines
from mailer.rendering import headers

if TYPE_CHECKING:
    from mailer.model.message import Message

#: What a reader sees or acts upon.  Each is named once more than it is there,
#: so that adding one breaks the signature (RFC 6376, sections 5.4.2 and 8.15).
SEALED = (
    "From",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Content-Type",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)
#: Covered as they are; a relay or a mailing list may add another.
COVERED = (
    "Message-ID",
    "MIME-Version",
    "Content-Transfer-Encoding",
    "List-Id",
    "Auto-Submitted",
)

#: RFC 8301, section 3.2: below, a signature is weak; above, few can verify it.
SMALLEST_RSA, LARGEST_RSA = 2048, 4096  #: bits

_FOLD = re.compile(r"\r\n(?=[ \t])")
_SPACE = re.compile(r"[ \t]+")
_LINE = 72  #: octets of the signature in a line

Key = RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for one domain."""

    domain: str  #: d=, which DMARC compares with the domain in From
    selector: str  #: s=; the public key is at <selector>._domainkey.<domain>
    key: Key

    def sign(self, message: Message) -> Message:
        """
        Return `message` with a DKIM-Signature before its first field.

        Nothing may change its bytes afterwards.
        """
        head, _, body = message.data.partition(b"\r\n\r\n")
        names, fields = _covered(head)
        # There is no t=: servers refuse one that their clock has not reached, as
        # in a letter that staff see before its date; and Date is sealed.
        tags = {
            "v": "1",
            "a": _algorithm(self.key),
            "c": "relaxed/simple",
            "d": self.domain,
            "s": self.selector,
            "bh": _in_base64(_body_hash(body)),
            "h": ": ".join(names),
            "b": "",
        }
        value = "; ".join(f"{tag}={text}" for tag, text in tags.items())
        # The signature's own field comes last, its b= empty (section 3.7).
        signed = "\r\n".join([*fields, f"dkim-signature:{value}"])
        signature = _in_base64(_signature(self.key, signed.encode("ascii")))
        field = headers.raw("DKIM-Signature", value + _in_lines(signature))
        return replace(message, pieces=(Lines(field), *message.pieces))


def read_key(pem: bytes) -> Key:
    """
    Return the private key that a PEM file holds.

    Raises:
        ValueError: It holds none that we can sign with; says why.
    """
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise ValueError("is locked with a password") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("holds no private key in PEM") from None
    if isinstance(key, RSAPrivateKey) and not (
        SMALLEST_RSA <= key.key_size <= LARGEST_RSA
    ):
        raise ValueError(
            f"holds an RSA key of {key.key_size} bits, "
            f"not of {SMALLEST_RSA} to {LARGEST_RSA}"
        )
    if isinstance(key, Key):
        return key
    raise ValueError("holds a key that is neither RSA nor Ed25519")


def _covered(head: bytes) -> tuple[list[str], list[str]]:
    """Return the names for h=, and the fields that they stand for, canonical."""
    present: dict[str, list[str]] = {}
    for line in _FOLD.sub("", head.decode("ascii")).split("\r\n"):
        name, _, value = line.partition(":")
        name = name.lower()
        # Section 3.4.2.
        field = f"{name}:{_SPACE.sub(' ', value).strip(' ')}"
        # A name stands for its last field, named again for the one before it
        # (section 5.4.2).
        present.setdefault(name, []).insert(0, field)
    names, fields = [], []
    for name in (*SEALED, *COVERED):
        found = present.get(name.lower(), [])
        names += [name] * (len(found) + (name in SEALED))
        fields += found
    return names, fields


def _body_hash(body: bytes) -> bytes:
    """Return the hash of the body without its last empty lines (section 3.4.3)."""
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    digest = hashlib.sha256(memoryview(body)[:end])
    digest.update(b"\r\n")
    return digest.digest()


def _algorithm(key: Key) -> str:
    return "rsa-sha256" if isinstance(key, RSAPrivateKey) else "ed25519-sha256"


def _signature(key: Key, signed: bytes) -> bytes:
    if isinstance(key, RSAPrivateKey):
        return key.sign(signed, PKCS1v15(), SHA256())
    # Ed25519 signs the hash, not the text (RFC 8463, section 3).
    return key.sign(hashlib.sha256(signed).digest())


def _in_base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _in_lines(signature: str) -> str:
    """Return the signature with spaces, at which its field may be folded."""
    starts = range(0, len(signature), _LINE)
    return " ".join(signature[start : start + _LINE] for start in starts)
