"""
Read complaints: feedback reports (RFC 5965), and those of Hotmail.

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

#: Hotmail's JMRP sends multipart/mixed, with this field in the returned message
_HOTMAIL = "x-hmxmroriginalrecipient"


@dataclass(frozen=True, slots=True)
class Complaint:
    """A feedback report."""

    is_complaint: bool  #: false for a report which no person asked for
    evidence: str
    recipients: tuple[str, ...] = ()  #: often redacted by who reports


def read_complaint(message: Part, returned: tuple[Header, ...]) -> Complaint | None:
    """Return the feedback report in `message`; `None` if it is none."""
    is_whole = message.parameters.get("report-type", "").lower() == "feedback-report"
    for part in message.walk():
        if part.media_type == "message/feedback-report":
            return _arf(part.text)
        if is_whole and part.media_type == "text/plain" and _TYPE.search(part.text):
            return _arf(part.text)  # gateways that know no such type make it text
    for original in returned:
        if _HOTMAIL in original:
            who = address_in(original.first(_HOTMAIL))
            return Complaint(
                is_complaint=True,
                evidence="Hotmail's field in the returned message",
                recipients=(who,) if who else (),
            )
    return None


def _arf(text: str) -> Complaint:
    """Return what a message/feedback-report part says (RFC 5965, section 3)."""
    found = _TYPE.search(text)
    kind = found.group(1).lower() if found else "abuse"
    who = dict.fromkeys(filter(None, map(address_in, _RECIPIENT.findall(text))))
    return Complaint(
        kind not in _NOBODY_COMPLAINED, f"feedback report of type {kind}", tuple(who)
    )
