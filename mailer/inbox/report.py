"""
Find out what a mail system's report says of each recipient.

The readers are tried in this order: the delivery-status part (RFC 3464), its
fields in the text, a report inside the report, and the text itself.
A report that a person answers or forwards is none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mailer.inbox import bounce_text, rfc3464
from mailer.inbox.amazon_ses import read_notification
from mailer.inbox.reading import take_apart
from mailer.model.incoming import Confidence

if TYPE_CHECKING:
    from mailer.inbox.fate import Fate
    from mailer.inbox.phrases import Phrases
    from mailer.inbox.reading import Reading

#: a report about a report about a report is nobody's mail
MAX_NESTING = 2
#: parts of a report that are looked into, whatever they are called
MAX_MISLABELLED = 2


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail system says of each recipient."""

    fates: tuple[Fate, ...]  #: one at least
    evidence: str  #: which rule said so, in words
    confidence: Confidence


def read_report(it: Reading, phrases: Phrases, nesting: int = 0) -> Report | None:
    """Return the report in a message; `None` if no mail system wrote one."""
    if found := _from_part(it):
        return found
    if notification := read_notification(it.text):
        if notification.fates:
            evidence = "a notification of Amazon SES"
            return Report(notification.fates, evidence, Confidence.LIKELY)
        return None
    evidence = bounce_text.bounce_evidence(it, phrases)
    if not evidence:
        return None
    fates = (
        rfc3464.read_fields(it.head)
        or rfc3464.read_fields(it.text)
        or rfc3464.read_fields(_mislabelled(it))
    )
    if _are_named(fates):
        evidence = f"{evidence}; delivery-status fields in the text"
        return Report(fates, evidence, Confidence.LIKELY)
    sent_to, ours = bounce_text.parties(it)
    named = bounce_text.named_in_text(it, ours)
    if nesting < MAX_NESTING and not named:
        for carried in it.carried:
            # A content filter wraps the report that it was given to deliver.
            inner = read_report(take_apart(carried, phrases), phrases, nesting + 1)
            if inner and _are_named(inner.fates):
                return replace(inner, evidence=f"{evidence}; in it: {inner.evidence}")
    written = bounce_text.read_text(it, named, sent_to, phrases)
    if fields := fates or rfc3464.read_fields(it.status):
        # The fields name nobody we could know, but say what happened.
        written = tuple(
            replace(fields[0], address=one.address, text=fields[0].text or one.text)
            for one in written
        )
    # Anybody may write words; a mail system has a name, or none, or what it returns.
    is_systems = bounce_text.is_from_system(it.header) or bool(it.returned)
    is_likely = _are_named(written) and is_systems
    confidence = Confidence.LIKELY if is_likely else Confidence.WEAK
    return Report(written, evidence, confidence)


def _from_part(it: Reading) -> Report | None:
    """Return what the delivery-status part says, if there is one."""
    # A person may forward the part, but cannot write a whole report around it.
    is_whole = it.report_type == "delivery-status"
    if not it.status or not (
        is_whole or not bounce_text.is_forwarded(it.header, it.subject)
    ):
        return None
    fates = rfc3464.read_fields(it.status)
    if not _are_named(fates):
        return None
    evidence = "the mail system's report names the recipient (RFC 3464)"
    return Report(_with_words(fates, it.head), evidence, Confidence.CERTAIN)


def _mislabelled(it: Reading) -> str:
    """Return the text of parts that may be a delivery status of another type."""
    return "\n\n".join(
        part.text
        for part in it.files[:MAX_MISLABELLED]
        if part.media_type in ("application/octet-stream", "text/plain")
    )


def _with_words(fates: tuple[Fate, ...], head: str) -> tuple[Fate, ...]:
    """Return the fates with the text's words where the fields say next to nothing."""
    addresses = [fate.address for fate in fates if fate.address]
    if len(addresses) > bounce_text.MAX_NAMED:
        return fates
    lower = head.lower()
    return tuple(
        replace(fate, text=bounce_text.about(fate.address, addresses, head, lower))
        if fate.address and not fate.text and fate.status[1:] in ("", ".0.0")
        else fate
        for fate in fates
    )


def _are_named(fates: tuple[Fate, ...]) -> bool:
    """Tell whether at least one of the fates is somebody's."""
    return any(fate.address for fate in fates)
