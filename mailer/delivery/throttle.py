"""
Decide whether a reply asks us to slow down, and towards whom.

The standards have no reply for it.  What servers say instead: 421 and close
(RFC 5321, section 3.8), a transient reply of policy (4.7.x, RFC 3463, section
3.8), or that they have no room or no time (4.3.1, 4.3.2, 4.4.5).

How much slower is `mailer.delivery.lane`; what the reply means for the
delivery, `mailer.delivery.verdict`.
"""

from __future__ import annotations

import re
from enum import Enum

from mailer.model.smtp import CLOSING, Exchange, Stage

#: no storage, no service for now, congestion: nothing about whom we write to
OVERLOADED = frozenset({"4.3.1", "4.3.2", "4.4.5"})

POLICY = "4.7."

#: Greylisting (RFC 6647) says 4.7.1 as well, and ends by waiting, not by
#: sending less.  A session that is full, or was idle, is followed by a new one:
#: Exim, Yahoo and Outlook close it with 421 "too many messages in this
#: connection", "max message per connection", Postfix with "timeout exceeded".
#: There is no code for any of it.
_NO_COMPLAINT = re.compile(
    r"gr[ae]y[- ]?list"
    r"|messages? (in|per|for) (this |a )?(connection|session)"
    r"|\btimed? ?out\b|\bidle\b",
    re.IGNORECASE,
)

_AFTER_RCPT = frozenset({Stage.DATA, Stage.BODY, Stage.MARK, Stage.END_OF_DATA})


class Throttler(Enum):
    """Who wants less from us."""

    RELAY = "relay"
    DOMAIN = "domain"  #: the recipient's, through the relay


def throttler(exchange: Exchange) -> Throttler | None:
    """Return who asks us to slow down, `None` if nobody does."""
    reply, stage = exchange.reply, exchange.stage
    if reply is None or not reply.is_transient or _NO_COMPLAINT.search(reply.text):
        return None
    if reply.code == CLOSING or reply.enhanced in OVERLOADED:
        return Throttler.RELAY
    if stage is Stage.MAIL:  # row 14: nothing was said yet of any recipient
        return Throttler.RELAY
    if not reply.enhanced.startswith(POLICY):
        return None
    if stage is Stage.RCPT:
        return Throttler.DOMAIN
    # Before MAIL, 4.7.0 speaks of TLS and passwords (RFC 3207, RFC 4954).
    return Throttler.RELAY if stage in _AFTER_RCPT else None
