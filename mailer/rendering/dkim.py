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
from functools import lru_cache
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
    from collections.abc import Sequence

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

#: as h= says it, as we look for it, and how often it is named once more
_ORDER = tuple((name, name.lower(), name in SEALED) for name in (*SEALED, *COVERED))

_FOLD = re.compile(r"\r\n(?=[ \t])")
_SPACE = re.compile(r"[ \t]+")
_LINE = 72  #: octets of the signature in a line
_LARGE = 100_000  #: octets that take longer to hash than Ed25519 to sign

Key = RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for one domain."""

    domain: str  #: d=, which DMARC compares with the domain in From
    selector: str  #: s=; the public key is at <selector>._domainkey.<domain>
    key: Key

    def is_slow_for(self, message: Message) -> bool:
        """
        Return whether `sign` takes hundreds of microseconds or more.

        Nearly all of them pass outside the interpreter, so other threads can
        run meanwhile: in RSA, or in the hash of large files.
        """
        return isinstance(self.key, RSAPrivateKey) or message.size > _LARGE

    def sign(self, message: Message) -> Message:
        """
        Return `message` with a DKIM-Signature before its first field.

        Nothing may change its bytes afterwards.
        """
        head, body = _parted(message.pieces)
        names, fields = _covered(head)
        # There is no t=: servers refuse one that their clock has not reached, as
        # in a letter that staff see before its date; and Date is sealed.
        value = (
            f"v=1; a={_algorithm(self.key)}; c=relaxed/simple; d={self.domain}; "
            f"s={self.selector}; bh={_in_base64(_body_hash(body))}; "
            f"h={': '.join(names)}; b="
        )
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


def _parted(pieces: Sequence[Lines]) -> tuple[bytes, list[bytes]]:
    """Return header and body; what follows the header's last piece is not copied."""
    head = b""
    for position, piece in enumerate(pieces, start=1):
        head += piece.data
        end = head.find(b"\r\n\r\n")
        if end >= 0:
            rest = [piece.data for piece in pieces[position:]]
            return head[:end], [head[end + 4 :], *rest]
    return head, []


def _covered(head: bytes) -> tuple[list[str], list[str]]:
    """Return the names for h=, and the fields that they stand for, canonical."""
    present: dict[str, list[str]] = {}
    for line in _FOLD.sub("", head.decode("ascii")).split("\r\n"):
        name, field = _canonical(line)
        # A name stands for its last field, named again for the one before it
        # (section 5.4.2).
        present.setdefault(name, []).insert(0, field)
    names: list[str] = []
    fields: list[str] = []
    for name, key, times_more in _ORDER:
        found = present.get(key, ())
        names += [name] * (len(found) + times_more)
        fields += found
    return names, fields


@lru_cache(maxsize=1024)  # most fields of a letter are also those of the next
def _canonical(line: str) -> tuple[str, str]:
    """Return the name of an unfolded field, and the field, relaxed (3.4.2)."""
    name, _, value = line.partition(":")
    name = name.lower()
    return name, f"{name}:{_SPACE.sub(' ', value).strip(' ')}"


def _body_hash(body: Sequence[bytes]) -> bytes:
    """
    Return the hash of the body without its last empty lines (section 3.4.3).

    What letters share, their files, stands at the end of them.  SHA-256 cannot
    begin there, so it is hashed again for each.
    """
    last, end = len(body) - 1, 0
    while last >= 0 and not (end := _end(body[last])):
        last -= 1
    digest = hashlib.sha256()
    for part in body[: max(last, 0)]:
        digest.update(part)
    if last >= 0:
        digest.update(memoryview(body[last])[:end])
    digest.update(b"\r\n")
    return digest.digest()


def _end(lines: bytes) -> int:
    """Return where the last line that is not empty ends, before its CRLF."""
    end = len(lines)
    while lines.endswith(b"\r\n", 0, end):
        end -= 2
    return end


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
