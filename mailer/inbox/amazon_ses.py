"""
Read what Amazon SES posts through SNS: bounces, complaints and deliveries as JSON.

The form is that of the SES Developer Guide, "Notification contents".
Anyone can send such a mail; what it may change is decided in
`mailer.inbox.consequence`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from mailer.inbox.fate import Action, Fate, address_in

#: more than this is no notification; the mail in it is only described
MAX_CHARACTERS = 128 * 1024

#: bounceSubType → the words by which the same is known from servers
_SUBTYPES = {
    "MailboxFull": "mailbox full",
    "MessageTooLarge": "message too large",
    "ContentRejected": "message content rejected",
    "AttachmentRejected": "attachment rejected",
    "NoEmail": "user unknown",
    "Suppressed": "recipient suppressed",
    "OnAccountSuppressionList": "recipient suppressed",
}
_LISTS = {
    "bounce": "bouncedRecipients",
    "complaint": "complainedRecipients",
    "delivery": "recipients",
    "deliverydelay": "delayedRecipients",
}
_ACTIONS = {
    "bounce": Action.FAILED,
    "delivery": Action.DELIVERED,
    "deliverydelay": Action.DELAYED,
}


@dataclass(frozen=True, slots=True)
class Notification:
    """What one notification says."""

    fates: tuple[Fate, ...]  #: none for a complaint
    complained: tuple[str, ...]  #: who complained, as far as SES knows


def read_notification(text: str) -> Notification | None:
    """Return the notification in a message's text; `None` if it is none."""
    source = text.lstrip()[:MAX_CHARACTERS]
    if not source.startswith("{"):
        return None
    document = _document(source)
    if "Message" in document:  # SNS wraps it once more unless told otherwise
        document = _document(str(document["Message"]))
    kind = str(document.get("notificationType") or document.get("eventType") or "")
    kind = kind.replace(" ", "").lower()
    about = document.get(kind) or document.get("deliveryDelay")
    if kind not in _LISTS or not isinstance(about, dict):
        return None
    named = about.get(_LISTS[kind])
    entries = [
        one if isinstance(one, dict) else {"emailAddress": one}
        for one in (named if isinstance(named, list) else [])
    ]
    if kind == "complaint":
        who = [address_in(str(one.get("emailAddress", ""))) for one in entries]
        return Notification((), tuple(dict.fromkeys(filter(None, who))))
    subtype = _SUBTYPES.get(str(about.get("bounceSubType")), "")
    return Notification(
        tuple(_fate(one, _ACTIONS[kind], subtype) for one in entries), ()
    )


def _fate(entry: dict[str, Any], action: Action, subtype: str) -> Fate:
    """Return what is said of one recipient."""
    said = f"{entry.get('diagnosticCode', '')}\n{subtype}".strip()
    address = address_in(str(entry.get("emailAddress", "")))
    return Fate(address, action, str(entry.get("status", ""))[:10], said)


def _document(source: str) -> dict[str, Any]:
    """Return the JSON object at the beginning of `source`; empty if there is none."""
    # A line of more than 998 octets was folded on its way, as a header would be.
    unfolded = source.replace("\n ", "")
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(unfolded)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
