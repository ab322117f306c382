"""What comes back: kinds of incoming mail, and what was read out of one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class IncomingKind(Enum):
    """What an incoming message is."""

    BOUNCE_HARD = "bounce-hard"  #: the address or domain does not exist
    BOUNCE_SOFT = "bounce-soft"  #: final too, but the address may be fine
    DELAYED = "delayed"  #: still trying; not a bounce
    DELIVERED = "delivered"
    COMPLAINT = "complaint"  #: feedback report (RFC 5965)
    AUTO_REPLY = "auto-reply"  #: automatic response (RFC 3834): absence, receipt
    REPLY = "reply"  #: written by a person
    OTHER = "other"  #: not understood, or not for us: a person looks


@dataclass(frozen=True, slots=True)
class Classification:
    """What `inbox.classify` read out of a message; total: any bytes have one."""

    kind: IncomingKind
    recipients: tuple[str, ...] = ()  #: the failed addresses as the report names them
    status: str = ""  #: RFC 3463, "5.1.1"
    reply_code: int | None = None  #: the first SMTP reply in the report
    reason: str = ""  #: "userunknown", "mailboxfull", …
    evidence: str = ""  #: which rule said so, in words
    sender: str = ""  #: the address in From:, lower case, "" if there is none
    subject: str = ""  #: decoded, one line
    #: Message-IDs it answers or returns: In-Reply-To, References, returned header
    refers_to: tuple[str, ...] = ()
    #: addresses and text fields in which a reverse-path token may stand
    addressed_to: tuple[str, ...] = ()
    text: str = ""  #: what the person wrote anew, the quotation cut off


class MatchedBy(Enum):
    """What tied an incoming message to a delivery or an organisation."""

    TOKEN = "token"  # noqa: S105 - a kind of evidence  #: our reverse path
    MESSAGE_ID = "message_id"  #: In-Reply-To, References, returned header
    ADDRESS = "address"  #: the sender is a recipient of exactly one campaign
    STAFF = "staff"  #: a person said so
    NOTHING = "nothing"


class ReviewState(Enum):
    """Whether a person has to look at an incoming message."""

    NONE = "none"  #: it was understood
    OPEN = "open"  #: it waits in `mailer inbox review`
    DONE = "done"  #: a person has dealt with it
