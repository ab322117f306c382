"""What comes back: kinds of incoming mail, and what was read out of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


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


class Confidence(Enum):
    """How sure the program is of what it read; staff see it."""

    CERTAIN = "certain"  #: nothing else is possible: a token, a report's own fields
    LIKELY = "likely"  #: a rule that seldom errs; what follows can be taken back
    WEAK = "weak"  #: a guess, to be proposed to a person and never acted on


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file in a message, or a part that is not the message's own text; decoded."""

    name: str  #: the file name as sent, "" if there is none
    media_type: str  #: lower case, "text/calendar"
    content: bytes


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report says of one recipient; a report may name several."""

    address: str  #: the one we mailed, if the report knows of a forwarding
    kind: IncomingKind
    status: str = ""
    reason: str = ""


#: the reason of a message that says a letter was shown, and nothing else
READ_RECEIPT = "readreceipt"


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
    #: Message-IDs of what a person sends along: anybody may have got that
    encloses: tuple[str, ...] = ()
    #: addresses and text fields in which a reverse-path token may stand
    addressed_to: tuple[str, ...] = ()
    text: str = ""  #: what the person wrote anew, the quotation cut off
    #: files and parts beside the text, at most 20 and 25 MB together; never of a report
    enclosures: tuple[Enclosure, ...] = ()
    #: the fate of each recipient, if a report names several fates
    reported: tuple[Reported, ...] = ()
    confidence: Confidence = Confidence.CERTAIN  #: in `kind`


class MatchedBy(Enum):
    """What tied an incoming message to a delivery or an organisation."""

    TOKEN = "token"  # noqa: S105 - a kind of evidence  #: our reverse path
    ENVELOPE_ID = "envelope_id"  #: ENVID, as a report repeats it (RFC 3461, 4.4)
    MESSAGE_ID = "message_id"  #: In-Reply-To, References, returned header
    FORM = "form"  #: the signed id of our form
    CALENDAR = "calendar"  #: the UID of our event, and the sender's address
    ADDRESS = "address"  #: the sender is a recipient of exactly one campaign
    DOMAIN = "domain"  #: the municipality's domain, and the subject of our letter
    STAFF = "staff"  #: a person said so
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a person may accept with one key, or correct."""

    why: str  #: in words
    campaign: str = ""  #: "" if not known
    organisations: tuple[str, ...] = ()  #: codes; accepting takes all of them
    candidates: tuple[str, ...] = ()  #: other codes, to choose from
    kind: str = ""  #: of the campaign's responses; "" is no answer, or not known
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    new_address: str = ""  #: to write to from now on; staff correct the list
    objects: bool = False  #: they want no more reminders, beside what they answer
    confidence: Confidence = Confidence.WEAK  #: in whose message it is

    def as_json(self) -> dict[str, Any]:
        """Return what the store keeps."""
        return {
            "why": self.why,
            "campaign": self.campaign,
            "organisations": list(self.organisations),
            "candidates": list(self.candidates),
            "kind": self.kind,
            "details": dict(self.details),
            "new_address": self.new_address,
            "objects": self.objects,
            "confidence": self.confidence.value,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Suggestion:
        """Return the suggestion that `as_json` wrote down."""
        return cls(
            why=kept["why"],
            campaign=kept["campaign"],
            organisations=tuple(kept["organisations"]),
            candidates=tuple(kept["candidates"]),
            kind=kept["kind"],
            details=kept["details"],
            new_address=kept["new_address"],
            objects=kept["objects"],
            confidence=Confidence(kept["confidence"]),
        )


class ReviewState(Enum):
    """Whether a person has to look at an incoming message."""

    NONE = "none"  #: it was understood
    OPEN = "open"  #: it waits in `mailer inbox review`
    ASKED = "asked"  #: a question, as a person has seen; it waits for our answer
    DONE = "done"  #: a person has dealt with it
