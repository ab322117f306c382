"""
Say what an incoming message is: the one door to this package's readers.

Pure and total: any bytes have a classification, and a message with LF or CRLF
line ends has the same one.
The order of evidence: complaint, delivery status, a mail system's text, an
automatic response, a person's reply, and `other` for everything else.
To which delivery it belongs is decided in `mailer.inbox.match`, and what
follows from it in `mailer.inbox.consequence`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from mailer.inbox import rfc3464, rfc3834, rfc5965
from mailer.inbox.bounce_text import (
    bounce_evidence,
    cut_original,
    is_forwarded,
    read_text,
)
from mailer.inbox.fate import Action, Fate, address_in, addresses_in
from mailer.inbox.message import Header, Part, read, read_header
from mailer.inbox.quotation import has_quotation, without_quotation
from mailer.inbox.reason import explain
from mailer.model.incoming import Classification, IncomingKind

#: more than these are noise, or an attack on whoever looks them up
MAX_RECIPIENTS = 100
MAX_REFERENCES = 50

#: kinds that may hold what a person wrote
_MAY_BE_WRITTEN = (IncomingKind.REPLY, IncomingKind.AUTO_REPLY, IncomingKind.OTHER)

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}@[^<>\s]{1,250}>")
_REPLY_SUBJECT = re.compile(
    r"(?i)^\W*(?:re|aw|antw|odg|sv|vá|r|rif|odp)(?:\[\d+\])?\s?:"
)
#: our reverse path among the fields of a message that came back …
_OURS = (
    "to",
    "cc",
    "delivered-to",
    "x-delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
)
#: … and of the message it returns; From and To are not ours to trust
_RETURNED_OURS = ("return-path", "sender", "errors-to", "x-envelope-from")


@dataclass(frozen=True, slots=True)
class _Reading:
    """A message taken apart, for the questions below."""

    message: Part
    subject: str
    sender: str
    text: str  #: all text of its own parts
    head: str  #: the text before the returned message, if there is one
    status: str  #: the delivery-status parts
    returned: tuple[Header, ...]  #: of the messages it carries

    @property
    def report_type(self) -> str:
        """Return what a multipart/report reports (RFC 6522), or ""."""
        return self.message.parameters.get("report-type", "").lower()


def classify(raw: bytes) -> Classification:
    """Return what the message in `raw` is (RFC 5322, any line ends)."""
    it = _take_apart(raw)
    found = _what_it_is(it)
    by_hand = found.kind in _MAY_BE_WRITTEN
    return replace(
        found,
        sender=it.sender,
        subject=it.subject,
        refers_to=_refers_to(it),
        addressed_to=_addressed_to(it),
        text=without_quotation(it.text) if by_hand else "",
    )


def to_json(file_name: str, found: Classification) -> dict[str, Any]:
    """Return one line of `mailer inbox classify --jsonl`."""
    is_bounce = found.kind in (IncomingKind.BOUNCE_HARD, IncomingKind.BOUNCE_SOFT)
    return {
        "file": file_name,
        "kind": found.kind.value,
        "recipients": list(found.recipients),
        "status": found.status,
        "reply_code": found.reply_code,
        "reason": found.reason,
        "hard": found.kind is IncomingKind.BOUNCE_HARD if is_bounce else None,
    }


def _what_it_is(it: _Reading) -> Classification:
    """Return the kind of a message, and what its report says."""
    header = it.message.header
    if complaint := rfc5965.read_complaint(it.message, it.returned):
        is_one = complaint.is_complaint
        return Classification(
            IncomingKind.COMPLAINT if is_one else IncomingKind.OTHER,
            recipients=complaint.recipients[:MAX_RECIPIENTS],
            reason="feedback" if is_one else "",
            evidence=complaint.evidence,
        )
    if report := _report(it):
        return _verdict(*report, it.head)
    if it.report_type == "disposition-notification":
        return Classification(IncomingKind.OTHER, evidence="a read receipt (RFC 8098)")
    if evidence := rfc3834.automatic(header, it.subject):
        return Classification(IncomingKind.AUTO_REPLY, evidence=evidence)
    if rfc3834.generated(header):
        evidence = "a program wrote it (Auto-Submitted)"
        return Classification(IncomingKind.OTHER, evidence=evidence)
    if evidence := _reply_evidence(it):
        return Classification(IncomingKind.REPLY, evidence=evidence)
    return Classification(IncomingKind.OTHER, evidence="nothing says what it is")


def _take_apart(raw: bytes) -> _Reading:
    """Return the message's own text, its reports, and what it carries."""
    message = read(raw)
    plain, rich, status = [], [], []
    returned: list[Header] = []
    for part in message.walk():
        if part.is_returned:
            returned.append(part.parts[0].header if part.parts else Header())
        elif part.media_type in rfc3464.STATUS_TYPES:
            status.append(part.text)
        elif part.media_type == "text/html":
            rich.append(part.text)
        elif part.media_type == "text/plain" or part.is_broken:
            plain.append(part.text)
    text = "\n".join(plain)
    if not text.strip():
        text = "\n".join(rich)
    head, original = cut_original(text)
    if original:
        returned.append(read_header(original.lstrip("\n"))[0])
    return _Reading(
        message=message,
        subject=message.header.text("subject"),
        sender=address_in(message.header.text("from")),
        text=text,
        head=head,
        status="\n\n".join(status),
        returned=tuple(returned),
    )


def _report(it: _Reading) -> tuple[tuple[Fate, ...], str] | None:
    """Return the fates a report names, and how we know; `None` if it is none."""
    header = it.message.header
    # A person may forward the part, but cannot write a whole report around it.
    is_whole = it.report_type == "delivery-status"
    if it.status and (is_whole or not is_forwarded(header, it.subject)):
        fates = rfc3464.read_fields(it.status)
        if any(fate.address for fate in fates):
            return fates, "delivery-status part (RFC 3464)"
    if evidence := bounce_evidence(header, it.subject, it.head):
        fates = rfc3464.read_fields(it.head) or rfc3464.read_fields(it.text)
        if any(fate.address for fate in fates):
            return fates, f"{evidence}; delivery-status fields in the text"
        ours = {it.sender, *addresses_in(" ".join(header.every("to", "cc")))}
        sent_to: list[str] = []
        for one in it.returned:
            ours |= {
                address_in(one.first("from")),
                address_in(one.first("return-path")),
            }
            sent_to += addresses_in(" ".join(one.every("to", "cc")))
        return read_text(header, it.subject, it.head, sent_to, ours), evidence
    return None


def _verdict(fates: tuple[Fate, ...], evidence: str, head: str) -> Classification:
    """Return the classification of a report; the worst fate speaks for all."""
    action = next(one for one in Action if any(fate.action is one for fate in fates))
    about = [fate for fate in fates if fate.action is action]
    reasons = [explain(fate.text, fate.status, head) for fate in about]
    # One dead address among several is what somebody has to know.
    main = next((one for one in reasons if one.is_hard), reasons[0])
    match action:
        case Action.FAILED if main.is_hard:
            kind = IncomingKind.BOUNCE_HARD
        case Action.FAILED:
            kind = IncomingKind.BOUNCE_SOFT
        case Action.DELAYED:
            kind = IncomingKind.DELAYED
        case Action.DELIVERED:
            kind = IncomingKind.DELIVERED
    recipients = dict.fromkeys(fate.address for fate in about if fate.address)
    return Classification(
        kind,
        recipients=tuple(recipients)[:MAX_RECIPIENTS],
        status=main.status,
        reply_code=main.reply_code,
        reason="delivered" if action is Action.DELIVERED else main.name,
        evidence=evidence,
    )


def _reply_evidence(it: _Reading) -> str:
    """Return why the message is a person's reply; "" if nothing says so."""
    for field in ("in-reply-to", "references"):
        if field in it.message.header:
            return f"it has {field}"
    if _REPLY_SUBJECT.match(it.subject):
        return "the subject is that of a reply"
    if has_quotation(it.text):
        return "it quotes a message"
    return ""


def _refers_to(it: _Reading) -> tuple[str, ...]:
    """Return the Message-IDs it answers or returns, each once."""
    fields = it.message.header.every("in-reply-to", "references")
    for header in it.returned:
        fields += header.every("message-id", "x-original-message-id")
    ids = _MESSAGE_ID.findall(" ".join(fields))
    return tuple(dict.fromkeys(ids))[:MAX_REFERENCES]


def _addressed_to(it: _Reading) -> tuple[str, ...]:
    """Return every field in which our reverse path may stand, each once."""
    fields = it.message.header.every(*_OURS)
    for header in it.returned:
        fields += header.every(*_RETURNED_OURS)
    fields += rfc3464.original_envelope_ids(it.status or it.head)
    return tuple(dict.fromkeys(filter(None, fields)))[:MAX_REFERENCES]
