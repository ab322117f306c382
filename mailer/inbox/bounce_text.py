"""
Read bounces that carry no delivery-status part: qmail, old Exim, Yahoo, many.

First it is asked whether a mail system wrote the message at all; then the text
is cut where the returned message begins; only what stands before is read.
A bounce that somebody quotes or forwards is none: its sender is a person.
The words are in `mailer.inbox.bounce_phrases`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.inbox.bounce_phrases import (
    ALIAS,
    DELAY,
    FINAL,
    OPENINGS,
    SHAPES,
    START_OF_ORIGINAL,
    SUBJECTS,
    SUCCESS,
    SYSTEM_SENDER,
)
from mailer.inbox.decoding import fold
from mailer.inbox.fate import Action, Fate, address_in, addresses_in

if TYPE_CHECKING:
    from mailer.inbox.message import Header

#: a report says what it has to say within this; the rest is somebody's mail
MAX_HEAD = 16 * 1024

_REPLY_PREFIX = re.compile(
    r"(?i)^\W*(?:re|aw|wg|odg|posr|sv|vs|va|rif|r|i|fwd?|tovabbitas)(?:\[\d+\])?\s?:"
)
_NOT_ASKED = re.compile(
    r"(?i)^(?:post-?master|mailer-daemon|abuse|support|help(?:desk)?|admin)@"
)
#: a blank line after something was said
_GAP = re.compile(r"(?<=\w.)[^\n]*\n[ \t]*\n")
_WORDS = re.compile(r"\w{2,}\W+\w{2,}")
_ADDRESS_LINES = re.compile(
    r"(?im)^[ \t>]*(?:from|reply-to|sender|original sender)[ \t]*:.*"
)


def cut_original(text: str) -> tuple[str, str]:
    """Return what the mail system wrote, and the message it returns."""
    found = START_OF_ORIGINAL.search(text)
    if not found:
        return text[:MAX_HEAD], ""
    # The first line of a returned header belongs to it; a marker does not.
    begin = found.start() if ":" in found.group() else text.find("\n", found.end())
    return text[: found.start()][:MAX_HEAD], text[begin:] if begin >= 0 else ""


def is_forwarded(header: Header, subject: str) -> bool:
    """Tell whether a person answers or forwards a report, who did not write it."""
    return bool(_REPLY_PREFIX.match(subject)) and not (
        SYSTEM_SENDER.search(header.text("from")) or _is_null(header)
    )


def bounce_evidence(header: Header, subject: str, head: str) -> str:
    """Return why the message is a mail system's report; "" if it is not."""
    if is_forwarded(header, subject):
        return ""
    if "x-failed-recipients" in header:
        return "X-Failed-Recipients"
    opening = _first(OPENINGS, fold(head[:4096]))
    title = _first(SUBJECTS, fold(subject))
    if opening and title and not _REPLY_PREFIX.match(subject):
        return f"the subject says »{title}«, the text »{opening}«"
    if SYSTEM_SENDER.search(header.text("from")) or _is_null(header):
        if opening:
            return f"a mail system says »{opening}«"
        if title:
            return f"a mail system's subject says »{title}«"
        if SHAPES[0].search(head) and "@" in header.first("from"):
            return "a mail system names an address as they do"
    report_type = header.first("content-type").lower()
    if (
        opening
        and "multipart/report" in report_type
        and "delivery-status" in report_type
    ):
        return f"a delivery report without fields says »{opening}«"
    return ""


def read_text(
    header: Header, subject: str, head: str, sent_to: list[str], senders: set[str]
) -> tuple[Fate, ...]:
    """
    Return the fates which a report's text names.

    Args:
        header: The report's own.
        subject: Its subject, decoded.
        head: Its text before the returned message.
        sent_to: Addresses in To and Cc of the returned message.
        senders: Addresses which are ours, not a recipient's.
    """
    action = _action(subject, head)
    found = _recipients(header, head, senders) or list(dict.fromkeys(sent_to))[:1]
    if not found:
        return (Fate("", action, text=head),)
    return tuple(Fate(who, action, text=_about(who, found, head)) for who in found)


def _recipients(header: Header, head: str, senders: set[str]) -> list[str]:
    """Return the failed recipients, by the surest sign there is."""
    named = addresses_in(" ".join(header.every("x-failed-recipients")))
    if named:
        return list(dict.fromkeys(named))
    if aliases := [one.lower() for one in ALIAS.findall(head)]:
        return list(dict.fromkeys(aliases))
    text = _ADDRESS_LINES.sub("", head)
    for shape in SHAPES:
        found = [address_in(one) for one in shape.findall(text)]
        kept = [one for one in found if one and one not in senders]
        kept = [one for one in kept if not _NOT_ASKED.match(one)] or kept
        if kept:
            return list(dict.fromkeys(kept))
    rest = dict.fromkeys(addresses_in(text))
    kept = [one for one in rest if one not in senders and not _NOT_ASKED.match(one)]
    return kept[:1]


def _about(who: str, all_of_them: list[str], head: str) -> str:
    """Return what the text says about one recipient: from its name to a gap."""
    lower = head.lower()
    start = lower.find(who)
    if start < 0:
        return ""
    start += len(who)
    others = [lower.find(one, start) for one in all_of_them if one != who]
    stop = min((one for one in others if one >= 0), default=len(head))
    gap = _GAP.search(head, start, stop)
    said = head[start : gap.end() if gap else stop]
    # Gmail leaves a line free between the address and the details.
    return said if _WORDS.search(said) else head[start:stop]


def _action(subject: str, head: str) -> Action:
    """Return what the whole report is about."""
    title, words = fold(subject), fold(head[:4096])
    if any(one in title or one in words for one in SUCCESS):
        return Action.DELIVERED
    if any(one in title for one in DELAY):
        return Action.DELAYED
    if any(one in words for one in DELAY) and not any(one in words for one in FINAL):
        return Action.DELAYED
    return Action.FAILED


def _first(phrases: dict[str, str], text: str) -> str:
    """Return the first of `phrases` in `text`, or ""."""
    return next((phrase for phrase in phrases if phrase in text), "")


def _is_null(header: Header) -> bool:
    """Tell whether the reverse path, or the sender, is empty (RFC 5321, 4.5.5)."""
    return "<>" in (header.first("return-path").strip(), header.first("from").strip())
