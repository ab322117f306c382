"""
What a report says about one recipient: the common result of all its readers.

Readers of DSN fields (`rfc3464`) and of plain text (`bounce_text`) both return
fates; `reason` says why, and `classify` says what the whole message is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

#: an address as it stands in running text: a local part, and a domain with a dot
_LOCAL = r"[\w!#$%&'*+/=?^`{|}~.-]{1,128}"
_DOMAIN = r"(?:[^\W_]|xn--)[\w-]{0,62}(?:\.[\w-]{1,63}){1,10}"
ADDRESS = re.compile(rf"(?<![\w@.])(?:\"[^\"\n]{{1,64}}\"|{_LOCAL})@{_DOMAIN}(?<![.-])")

_ROUTE = re.compile(r"^@[\w.,@-]+:")  # RFC 5321, appendix C: obsolete source route
_TYPE = re.compile(
    r"(?i)^\s*(?:<?(?:rfc822|smtp|x400|utf-8|unknown|local|mrt)\s*[;:]\s*)+"
)
_LOOSE = re.compile(r"[^\s<>\"(),;:@]{1,128}+@[^\s<>\"(),;:@]{1,255}+")
#: no field that names one address is longer
_LONGEST_FIELD = 1000


class Action(Enum):
    """What happened to a recipient (RFC 3464, section 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"  #: also relayed and expanded: nothing went wrong


@dataclass(frozen=True, slots=True)
class Fate:
    """What a report says about one recipient."""

    address: str  #: as we mailed it, as far as the report knows; "" if it does not
    action: Action
    status: str = ""  #: the Status field, "5.1.1"
    text: str = ""  #: what the server said


def address_in(value: str) -> str:
    """
    Return the address in a field such as Final-Recipient, lower case, or "".

    Takes what is seen in practice: `rfc822;<a@b>`, `SMTP:a@b`, `@relay:a@b`,
    `a@b (comment)`.
    """
    value = _TYPE.sub("", value[:_LONGEST_FIELD]).strip(" <>'")
    value = _ROUTE.sub("", value)
    found = ADDRESS.search(value) or _LOOSE.search(value)
    return found.group().strip(".'").lower() if found else ""


def addresses_in(text: str) -> list[str]:
    """Return all addresses in running text, lower case, in order, repeats kept."""
    return [found.group().lower() for found in ADDRESS.finditer(text)]
