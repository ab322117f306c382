"""
Decide when two addresses are the same.

Case, Unicode form and the spelling of an international domain make no
difference; `+tag` and dots do, since only the receiving server knows whether
they mean the same mailbox (RFC 5321, section 2.3.11).
"""

from __future__ import annotations

import unicodedata

import idna


def address_key(address: str) -> str:
    """
    Return what two spellings of the same address have in common.

    The local part in NFC and without case, the domain as IDNA 2008 writes it
    in ASCII (RFC 5891).  Total: what is no address has a key too.
    """
    if address.isascii():
        return address.lower()
    local, at, domain = address.rpartition("@")
    return f"{_caseless(local)}{at}{_in_ascii(domain)}"


def _caseless(text: str) -> str:
    # Folding can undo the normal form, so it is made again.
    folded = unicodedata.normalize("NFC", text).casefold()
    return unicodedata.normalize("NFC", folded)


def _in_ascii(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        return _caseless(domain)
