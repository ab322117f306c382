"""
Names for deliveries that nobody else can make.

A *reference* is derived from (campaign, step, address) with the office's key,
so every attempt of a delivery has the same Message-ID and reverse path.
A *token* is a reference with a tag that binds it to one purpose: one made for
bounces cannot be used to unsubscribe.
A *form id* names a form that we sent to one organisation, short enough to be
read aloud and typed: K17-061-7X4KM3.
Whether a reference is in the ledger is decided by whoever asks the store.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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


#: what people, and programs that read pictures, take for each other
_LOOKALIKES = str.maketrans("OQDILZSGBV", "000112568U")
#: no two of these are taken for each other, and none for 0, 1, I or O
_SYMBOLS = "23456789ACDEFHJKMNPRTUWXY"
_SYMBOL_COUNT = 6  # 25 ** 6: one guess in 244 million, 27.9 bits
_SHORT_CODE = re.compile(r"[0-9]{1,6}")


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


def form_id(key: bytes, tag: str, campaign: str, organisation: str) -> str:
    """
    Return the identifier of the form that a campaign sends to an organisation.

    Whoever would forge one has to guess 27.9 bits, with a mail for each guess.

    Args:
        key: The office's.
        tag: The form's, in front: "K17".
        campaign: Its name.
        organisation: Its code.  One that is no short number is not printed;
            six symbols stand for it.
    """
    handle = organisation
    if not _SHORT_CODE.fullmatch(organisation):
        handle = _symbols(key, "form handle", campaign, organisation)
    return f"{tag}-{handle}-{_symbols(key, 'form', tag, campaign, organisation)}"


def form_owner(
    key: bytes, tag: str, campaign: str, text: str, organisations: Iterable[str]
) -> str | None:
    """
    Return the organisation whose form `text` names, however somebody typed it.

    Spaces, dashes and small letters are forgiven, and letters that look alike.
    Returns `None` if it is nobody's: it was mistyped, or made up.

    Args:
        key: The office's.
        tag: The form's.
        campaign: Its name.
        text: The identifier, as it was found.
        organisations: The codes of those whom the campaign is sent to.
    """
    folded, begin = fold_form_id(text), fold_form_id(tag)
    handle = folded[len(begin) : -_SYMBOL_COUNT]
    if not folded.startswith(begin) or not handle:
        return None
    for code in organisations:
        if _SHORT_CODE.fullmatch(code) and fold_form_id(code) != handle:
            continue
        expected = fold_form_id(form_id(key, tag, campaign, code))
        if hmac.compare_digest(expected.encode(), folded.encode()):
            return code
    return None


def fold_form_id(text: str) -> str:
    """Return `text` without spaces and dashes, and one letter for all that look so."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(filter(str.isalnum, plain)).translate(_LOOKALIKES)


def _symbols(key: bytes, *parts: str) -> str:
    number = int.from_bytes(_digest(key, *parts)[:8], "big")
    symbols = ""
    for _ in range(_SYMBOL_COUNT):
        number, place = divmod(number, len(_SYMBOLS))
        symbols += _SYMBOLS[place]
    return symbols


def _mac(key: bytes, *parts: str) -> str:
    """Return 80 bits of HMAC-SHA256 over `parts`, in lower-case base32."""
    bits = int.from_bytes(_digest(key, *parts)[:10], "big")
    return "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])


def _digest(key: bytes, *parts: str) -> bytes:
    mac = _keyed(key).copy()
    # The unit separator cannot stand in an address, a name or a folder's name.
    mac.update("\x1f".join(parts).encode())
    return mac.digest()


@lru_cache(maxsize=8)
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")
