"""
Names for deliveries that nobody else can make.

A *reference* is derived from (campaign, step, address) with the office's key,
so every attempt of a delivery has the same Message-ID and reverse path.
A *token* is a reference with a tag that binds it to one purpose: one made for
bounces cannot be used to unsubscribe.
Whether a reference is in the ledger is decided by whoever asks the store.
"""

from __future__ import annotations

import hmac
import re
from enum import Enum
from functools import lru_cache

REFERENCE_LENGTH = 16  # 80 bits in base32; a tag is as long

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648, section 6, in lower case
#: what ten bits are in base32
_PAIRS = tuple(first + second for first in _BASE32 for second in _BASE32)
_SHIFTS = tuple(range(70, -1, -10))

_TOKEN = re.compile(
    rf"(?<![a-z0-9])[bru]-([a-z2-7]{{{REFERENCE_LENGTH}}})([a-z2-7]{{{REFERENCE_LENGTH}}})"
    r"(?![a-z0-9])",
    re.IGNORECASE,  # relays may fold the case of a local part
)


class Purpose(Enum):
    """What a token is good for; its first letter."""

    REVERSE_PATH = "b"  #: VERP: where a DSN about this delivery returns
    RESPONSE = "r"
    UNSUBSCRIBE = "u"


def reference(key: bytes, campaign: str, step: str, address_key: str) -> str:
    """Return the 16 characters that name this delivery, in every attempt."""
    return _mac(key, "delivery", campaign, step, address_key)


def sign(key: bytes, purpose: Purpose, reference: str) -> str:
    """Return the token of `reference` for `purpose`: 34 characters, a local part."""
    letter = purpose.value
    return f"{letter}-{reference}{_mac(key, letter, reference)}"


def read(key: bytes, purpose: Purpose, text: str) -> str | None:
    """
    Return the reference of the first valid token in `text`.

    Returns `None` if there is none, or if it was made for another purpose or
    with another key.
    """
    for found in _TOKEN.finditer(text):
        candidate = found.group(1).lower()
        token = sign(key, purpose, candidate)
        if hmac.compare_digest(token.encode(), found.group(0).lower().encode()):
            return candidate
    return None


def _mac(key: bytes, *parts: str) -> str:
    """Return 80 bits of HMAC-SHA256 over `parts`, in lower-case base32."""
    mac = _keyed(key).copy()
    # The unit separator cannot stand in an address, a name or a folder's name.
    mac.update("\x1f".join(parts).encode())
    bits = int.from_bytes(mac.digest()[:10], "big")
    return "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])


@lru_cache(maxsize=8)
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")
