"""
Read complaints: feedback reports (RFC 5965), and those of Hotmail and AOL.

Whether a complaint suppresses an address is decided in
`mailer.inbox.consequence`; anyone can send one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.inbox.fate import address_in

if TYPE_CHECKING:
    from mailer.inbox.message import Header, Part

#: Feedback-Type values that come from a filter, not from a person who complains
_NOBODY_COMPLAINED = frozenset({"auth-failure", "dmarc", "not-spam"})

_TYPE = re.compile(r"(?im)^feedback-type[ \t]*:[ \t]*([\w-]+)")
_RECIPIENT = re.compile(
    r"(?im)^(?:original-rcpt-to|removal-recipient|original-recipient)[ \t]*:[ \t]*(.+)"
)  # Removal-Recipient: opt-out reports of old ARF drafts

#: (field of the returned message, sender's domain): feedback loops without ARF
_LOOPS = (
    ("x-hmxmroriginalrecipient", "hotmail.com"),  # Hotmail's JMRP, multipart/mixed
    ("x-aol-inrly", "aol.net"),  # AOL's scomp before ARF
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """A feedback report."""

    is_complaint: bool  #: false for a report which no person asked for
    evidence: str
    recipients: tuple[str, ...] = ()  #: often redacted by who reports


def read_complaint(message: Part, returned: tuple[Header, ...]) -> Complaint | None:
    """Return the feedback report in `message`; `None` if it is none."""
    for part in message.walk():
        if part.media_type == "message/feedback-report":
            return _arf(part.text)
    sender = address_in(message.header.text("from"))
    for field, domain in _LOOPS:
        for original in returned:
            if field in original and sender.endswith("@" + domain):
                who = address_in(original.first(field))
                evidence = f"{field} in the returned message, from {domain}"
                return Complaint(True, evidence, (who,) if who else ())  # noqa: FBT003 - named by the record
    return None


def _arf(text: str) -> Complaint:
    """Return what a message/feedback-report part says (RFC 5965, section 3)."""
    found = _TYPE.search(text)
    kind = found.group(1).lower() if found else "abuse"
    who = dict.fromkeys(filter(None, map(address_in, _RECIPIENT.findall(text))))
    return Complaint(
        kind not in _NOBODY_COMPLAINED, f"feedback report of type {kind}", tuple(who)
    )
