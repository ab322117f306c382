"""
Whose a domain is, as far as names can tell.

That is what DMARC asks of From (RFC 7489, section 3.1.1).  Where the public
list of suffixes is needed to tell two owners apart, they are taken for one.
"""

from __future__ import annotations


def domain_of(address: str) -> str:
    """Return what stands after the @, in lower case; all of it where there is none."""
    return address.rpartition("@")[2].lower().rstrip(".")


def are_aligned(one: str, other: str) -> bool:
    """Return whether two domains have the same owner, as far as names can tell."""
    return one.lower().split(".")[-2:] == other.lower().split(".")[-2:]
