"""
Say what an incoming message is: the one door to this package's readers.

Pure and total: any bytes have a classification, and a message with LF or CRLF
line ends has the same one.
The order of evidence: complaint, a mail system's report, a read receipt, an
automatic response, a person's reply, and `other` for everything else.
To which delivery it belongs is decided in `mailer.inbox.match`, and what
follows from it in `mailer.inbox.consequence`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mailer.inbox import rfc3464, rfc3834, rfc5965
from mailer.inbox.amazon_ses import read_notification
from mailer.inbox.decoding import fold
from mailer.inbox.fate import Action, Fate
from mailer.inbox.message import read
from mailer.inbox.phrases import DEFAULT, Phrases, Use
from mailer.inbox.quotation import has_quotation, without_quotation
from mailer.inbox.reading import Reading, enclosures, take_apart
from mailer.inbox.reason import Reason, explain
from mailer.inbox.report import Report, read_report
from mailer.model.incoming import (
    READ_RECEIPT,
    Classification,
    Confidence,
    IncomingKind,
    Reported,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

#: more than these are noise, or an attack on whoever looks them up
MAX_RECIPIENTS = 100
MAX_REFERENCES = 50

#: characters of a person's text; nobody writes more by hand
MAX_WRITTEN = 64 * 1024

#: kinds that may hold what a person wrote
_MAY_BE_WRITTEN = (IncomingKind.REPLY, IncomingKind.AUTO_REPLY, IncomingKind.OTHER)

#: the beginning of a text, in which a program says why it writes
_BEGINNING = 2000

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}@[^<>\s]{1,250}>")
_PREFIX = re.compile(r"\W*([^\W\d_]{1,12})(?:\[\d+\])?\s?:")
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


def classify(raw: bytes, phrases: Phrases = DEFAULT) -> Classification:
    """Return what the message in `raw` is (RFC 5322, any line ends)."""
    it = take_apart(read(raw), phrases)
    found = _what_it_is(it, phrases)
    by_hand = found.kind in _MAY_BE_WRITTEN
    is_persons = found.kind in (IncomingKind.REPLY, IncomingKind.OTHER)
    return replace(
        found,
        sender=it.sender,
        subject=it.subject,
        refers_to=_answered(it) if is_persons else _referred_to(it),
        encloses=_returned_ids(it) if is_persons else (),
        addressed_to=_each(it.header.every(*_OURS))
        if is_persons
        else _addressed_to(it),
        text=without_quotation(it.text[:MAX_WRITTEN]) if by_hand else "",
        enclosures=enclosures(it.files) if by_hand else (),
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


def _what_it_is(it: Reading, phrases: Phrases) -> Classification:
    """Return the kind of a message, and what its report says."""
    if found := _complaint(it):
        return found
    if report := read_report(it, phrases):
        return _verdict(report, it.head, phrases)
    if it.report_type == "disposition-notification" or phrases.beginning(
        Use.READ_RECEIPT, fold(it.subject)
    ):
        receipt = _other("a read receipt (RFC 8098)", Confidence.LIKELY)
        return replace(receipt, reason=READ_RECEIPT)
    if is_program := _program(it, phrases):
        return is_program
    return _by_hand(it, phrases)


def _complaint(it: Reading) -> Classification | None:
    """Return the complaint, or the report of a filter; `None` if it is none."""
    if complaint := rfc5965.read_complaint(it.message, it.returned):
        if not complaint.is_complaint:
            return _other(complaint.evidence, Confidence.CERTAIN)
        recipients, evidence = complaint.recipients, complaint.evidence
        confidence = Confidence.CERTAIN
    elif (notification := read_notification(it.text)) and not notification.fates:
        recipients, evidence = notification.complained, "a notification of Amazon SES"
        confidence = Confidence.LIKELY
    else:
        return None
    return Classification(
        IncomingKind.COMPLAINT,
        recipients=recipients[:MAX_RECIPIENTS],
        reason="feedback",
        evidence=evidence,
        confidence=confidence,
    )


def _program(it: Reading, phrases: Phrases) -> Classification | None:
    """Return what a program wrote that is no report; `None` if a person did."""
    is_marked = rfc3834.generated(it.header)
    if it.message.media_type == "multipart/report":
        # A report of some other kind: DMARC failures, TLS, a caller's own.
        return _other("a report of a program (RFC 6522)", Confidence.LIKELY)
    if evidence := rfc3834.automatic(it.header, it.subject, phrases):
        confidence = Confidence.CERTAIN if is_marked else Confidence.LIKELY
        return Classification(
            IncomingKind.AUTO_REPLY, evidence=evidence, confidence=confidence
        )
    if is_marked:
        return _other("a program wrote it (Auto-Submitted)", Confidence.CERTAIN)
    if _is_for_many(it) and _is_answer(it, phrases):
        # A person's reply has no such field; a newsletter answers nobody.
        words = fold(without_quotation(it.text[:MAX_WRITTEN])[:_BEGINNING])
        for use in (Use.ABSENCE, Use.RECEIPT):
            if found := phrases.within(use, words):
                evidence = f"a mass mail that answers, and says »{found.words}«"
                return Classification(
                    IncomingKind.AUTO_REPLY,
                    evidence=evidence,
                    confidence=Confidence.LIKELY,
                )
    return None


def _by_hand(it: Reading, phrases: Phrases) -> Classification:
    """Return whether a person replied, or something else came."""
    for field in ("in-reply-to", "references"):
        if field in it.header:
            return Classification(
                IncomingKind.REPLY,
                evidence=f"it answers a message ({field.title()})",
                confidence=Confidence.CERTAIN,
            )
    if prefix := _reply_prefix(it, phrases):
        evidence = f"its subject is that of a reply (»{prefix}:«)"
        confidence = Confidence.LIKELY
    elif _is_for_many(it):
        return _other("a list or newsletter sent it to many", Confidence.LIKELY)
    elif has_quotation(it.text[:MAX_WRITTEN]):
        evidence, confidence = "it quotes a message", Confidence.WEAK
    else:
        return _other("nothing says what it is", Confidence.WEAK)
    return Classification(IncomingKind.REPLY, evidence=evidence, confidence=confidence)


def _is_answer(it: Reading, phrases: Phrases) -> bool:
    """Tell whether it says that it answers a message."""
    return "in-reply-to" in it.header or bool(_reply_prefix(it, phrases))


def _reply_prefix(it: Reading, phrases: Phrases) -> str:
    """Return what its subject begins with as replies do, or ""."""
    found = _PREFIX.match(it.subject)
    if found and fold(found.group(1)) in phrases.words(Use.REPLY_PREFIX):
        return found.group(1)
    return ""


def _is_for_many(it: Reading) -> bool:
    """Tell whether a list or a newsletter sent it (RFC 2369, RFC 2919)."""
    precedence = it.header.first("precedence").strip().lower()
    fields = ("list-id", "list-unsubscribe", "list-post")
    return precedence in ("bulk", "list", "junk") or any(
        field in it.header for field in fields
    )


def _other(evidence: str, confidence: Confidence) -> Classification:
    """Return that it is not for us, or not understood."""
    return Classification(IncomingKind.OTHER, evidence=evidence, confidence=confidence)


def _verdict(report: Report, head: str, phrases: Phrases) -> Classification:
    """Return the classification of a report; the worst fate speaks for all."""
    explained = [(fate, _explained(fate, head, phrases)) for fate in report.fates]
    action = next(
        one for one in Action if any(fate.action is one for fate in report.fates)
    )
    about = [(fate, why) for fate, why in explained if fate.action is action]
    # One dead address among several is what somebody has to know.
    main = next((why for _, why in about if why.is_hard), about[0][1])
    recipients = dict.fromkeys(fate.address for fate, _ in about if fate.address)
    return Classification(
        _kind(action, main),
        recipients=tuple(recipients)[:MAX_RECIPIENTS],
        status=main.status,
        reply_code=main.reply_code,
        reason=main.name,
        evidence=report.evidence,
        reported=_reported(explained) if len(explained) > 1 else (),
        confidence=report.confidence,
    )


def _explained(fate: Fate, head: str, phrases: Phrases) -> Reason:
    """Return why a delivery ended as it did."""
    if fate.action is Action.DELIVERED:
        return replace(explain(fate.text, fate.status, "", phrases), name="delivered")
    why = explain(fate.text, fate.status, head, phrases)
    if fate.action is Action.DELAYED:
        return replace(why, name=why.name or "expired")  # if nothing changes
    return why


def _kind(action: Action, why: Reason) -> IncomingKind:
    """Return the kind of a report about one recipient."""
    match action:
        case Action.FAILED if why.is_hard:
            return IncomingKind.BOUNCE_HARD
        case Action.FAILED:
            return IncomingKind.BOUNCE_SOFT
        case Action.DELAYED:
            return IncomingKind.DELAYED
        case Action.DELIVERED:
            return IncomingKind.DELIVERED


def _reported(explained: Iterable[tuple[Fate, Reason]]) -> tuple[Reported, ...]:
    """Return what is said of each recipient that is named."""
    found = [
        Reported(fate.address, _kind(fate.action, why), why.status, why.name)
        for fate, why in explained
        if fate.address
    ]
    return tuple(found[:MAX_RECIPIENTS])


def _answered(it: Reading) -> tuple[str, ...]:
    """Return the Message-IDs of what it answers (RFC 5322, section 3.6.4)."""
    fields = it.header.every("in-reply-to", "references")
    return _each(_MESSAGE_ID.findall(" ".join(fields)))


def _returned_ids(it: Reading) -> tuple[str, ...]:
    """Return the Message-IDs of the messages it carries."""
    fields: list[str] = []
    for header in it.returned:
        fields += header.every("message-id", "x-original-message-id")
    return _each(_MESSAGE_ID.findall(" ".join(fields)))


def _referred_to(it: Reading) -> tuple[str, ...]:
    """Return the Message-IDs that a report answers or returns."""
    return _each((*_answered(it), *_returned_ids(it)))


def _addressed_to(it: Reading) -> tuple[str, ...]:
    """Return every field of a report in which our reverse path may stand."""
    fields = it.header.every(*_OURS)
    for header in it.returned:
        fields += header.every(*_RETURNED_OURS)
    fields += rfc3464.original_envelope_ids(it.status or it.head)
    return _each(fields)


def _each(values: Iterable[str]) -> tuple[str, ...]:
    """Return the values that are not empty, each once."""
    return tuple(dict.fromkeys(filter(None, values)))[:MAX_REFERENCES]
