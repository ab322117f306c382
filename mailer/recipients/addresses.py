"""
Decide whether a cell holds an address that we can write to.

Plain ASCII is decided by one expression for what stands before the @ and one
for the domain; other domains by email-validator, once each.  What neither takes
is told why.
Whether the address exists is decided by nobody before the first bounce.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from email_validator import (
    SPECIAL_USE_DOMAIN_NAMES,
    EmailNotValidError,
    validate_email,
)

from mailer.recipients.validate import CellError, invisible, shown

LOCAL_PART = 64  #: octets (RFC 5321, section 4.5.3.1.1)
ADDRESS = 254  #: octets (RFC 5321, section 4.5.3.1.3, less the brackets)
DOMAIN = 253  #: octets (RFC 1035, section 2.3.4, less the root and its dot)

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")

# Letters, digits and single hyphens inside (RFC 952; RFC 1123, section 2.1);
# two hyphens may be an international name (RFC 5891, section 4.2.3.1).
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?!.*--)(?:{_LABEL}\.)+([A-Za-z]{{2,63}})")
#: last labels under which email-validator takes no or not every domain
_SPECIAL = frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)

#: never delivered to (RFC 2606, 6761); the demonstration's addresses
_RESERVED = frozenset({"example", "test", "invalid", "localhost"})

#: the first that is found says what is wrong
_HINTS = tuple(
    (re.compile(pattern), cause, next_step)
    for pattern, cause, next_step in (
        (
            r"[<>]",
            "has more around it than an address",
            "write only office@town.example",
        ),
        (r"@.*@", "is more than one address", "give each address a row"),
        (r"^[^@]*$", "has no @", "correct the address"),
        (r'"', "is in quotation marks", "write it without, or ask for another"),
        (r"\[", "names a computer by its number", "ask for an address with a name"),
        (r"\s", "has a space in it", "correct the address"),
        (r"^@|@$", "is not whole", "something stands on each side of the @"),
        (
            r"^[^@]*[^\x00-\x7f][^@]*@",
            "has a letter beyond ASCII before the @",
            "few servers take one: look for a slip, or ask for another address",
        ),
        (r"^\.|\.@|^[^@]*\.\.", "has a dot too many before the @", "remove it"),
        (
            rf"^[^@]{{{LOCAL_PART + 1},}}@",
            f"has more than {LOCAL_PART} characters before the @",
            "look for a slip",
        ),
        (
            rf"^.{{{ADDRESS + 1},}}$",
            f"is longer than {ADDRESS} characters",
            "look for a slip",
        ),
        (r"[^\w.!#$%&'*+/=?^`{|}~-].*@", "has a character no address has", "remove it"),
    )
)


def read_address(cell: str) -> str:
    """
    Return the address in `cell` as it goes into RCPT TO, its domain in ASCII.

    Raises:
        CellError: It is none, or one that we cannot write to.
    """
    spelt = cell.strip()
    local, at, domain = spelt.partition("@")
    if at and len(local) <= LOCAL_PART and _LOCAL_PART.fullmatch(local):
        ascii_domain = _domain(domain)
        if ascii_domain and len(local) + 1 + len(ascii_domain) <= ADDRESS:
            return f"{local}@{ascii_domain}"
    raise _why_not(spelt)


def foreign_letters(address: str) -> str:
    """
    Return the letters of its domain that only look Latin, or "".

    A domain with a Cyrillic A in it is another one than it seems.
    """
    _, _, domain = address.strip().partition("@")
    if domain.isascii():
        return ""
    return "".join(
        letter
        for letter in unicodedata.normalize("NFC", domain)
        if letter.isalpha() and not unicodedata.name(letter, "").startswith("LATIN")
    )


@lru_cache(maxsize=1 << 12)  # the rows of a domain mostly stand together
def _domain(domain: str) -> str:
    """Return a mail domain in ASCII and lower case; "" if it cannot be one."""
    plain = _DOMAIN.fullmatch(domain)
    if plain and len(domain) <= DOMAIN and plain[1].lower() not in _SPECIAL:
        return domain.lower()
    if domain.lower() == "localhost":
        return "localhost"
    stem, dot, top = domain.lower().rpartition(".")
    if dot and top in _RESERVED:
        # email-validator refuses most reserved names whatever stands before.
        checked = _checked(f"{stem}.example")
        return checked and checked.removesuffix("example") + top
    return _checked(domain)


def _checked(domain: str) -> str:
    try:
        found = validate_email(f"x@{domain}", check_deliverability=False)
    except EmailNotValidError:
        return ""
    return str(found.ascii_domain)


def _why_not(spelt: str) -> CellError:
    """Return why `spelt` is not an address we can write to."""
    if not spelt:
        return CellError("there is no address", "add it, or delete the row")
    if found := invisible(spelt):
        cause = f"'{shown(spelt)}' holds {found}, which cannot be seen"
        return CellError(cause, "type the address anew")
    for pattern, cause, next_step in _HINTS:
        if pattern.search(spelt):
            return CellError(f"'{shown(spelt)}' {cause}", next_step)
    domain = spelt.rpartition("@")[2]
    cause = f"'{shown(spelt)}': no mail can go to the domain '{shown(domain)}'"
    return CellError(cause, "look for a slip in what follows the @")
