"""
Read bounces that carry no delivery-status part: qmail, old Exim, Yahoo, many.

First it is asked whether a mail system wrote the message at all; then only what
stands before the returned message is read.
A bounce that somebody quotes or forwards is none: its sender is a person.
The words are in `words/reports.toml`, the lines' shapes in
`mailer.inbox.bounce_shapes`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.inbox.bounce_shapes import (
    ALIAS,
    BARE_NAME,
    EXPLICIT,
    HIDDEN,
    LIST_FOLLOWS,
    NAMING,
    SENDER_LINES,
    SHAPES,
    SYSTEM_SENDER,
    TRANSCRIPT_REPLY,
    VERP,
)
from mailer.inbox.decoding import fold
from mailer.inbox.fate import Action, Fate, address_in, addresses_in
from mailer.inbox.phrases import Use

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailer.inbox.message import Header
    from mailer.inbox.phrases import Phrases
    from mailer.inbox.reading import Reading

#: more recipients than this are an attack on whoever looks them up
MAX_NAMED = 100

#: the beginning of a text, in which a report says what it is
_OPENING = 4096

_REPLY_PREFIX = re.compile(
    r"(?i)^\W*(?:re|aw|wg|odg|posr|sv|vs|va|rif|r|i|fwd?|tovabbitas)(?:\[\d+\])?\s?:"
)
_NOT_ASKED = re.compile(
    r"(?i)^(?:post-?master|mailer-daemon|abuse|support|help(?:desk)?|admin|anti-?spam)@"
)
#: a blank line after something was said
_GAP = re.compile(r"(?<=\w.)[^\n]*\n[ \t]*\n")
_WORD = re.compile(r"[^\W\d_]{4,}")
#: an address of which a part was taken out: "zup...@kamnica.example"
_MASKED = re.compile(r"\.\.|\*|^redacted@")


def is_forwarded(header: Header, subject: str) -> bool:
    """Tell whether a person answers or forwards a report, who did not write it."""
    return bool(_REPLY_PREFIX.match(subject)) and not is_from_system(header)


def is_from_system(header: Header) -> bool:
    """Tell whether a mail system sent it, or nobody (RFC 5321, section 4.5.5)."""
    nobody = "<>" in (header.first("return-path").strip(), header.first("from").strip())
    return nobody or bool(SYSTEM_SENDER.search(header.text("from")))


def bounce_evidence(it: Reading, phrases: Phrases) -> str:
    """Return why the message is a mail system's report; "" if it is not."""
    header = it.header
    if is_forwarded(header, it.subject):
        return ""
    if "x-failed-recipients" in header:
        return "X-Failed-Recipients"
    is_reply = bool(_REPLY_PREFIX.match(it.subject))
    if is_reply and not SYSTEM_SENDER.search(header.text("from")):
        return ""  # who is away sends from nobody too
    return _words(it, phrases)


def _words(it: Reading, phrases: Phrases) -> str:
    """Return the words by which a report is known, or ""."""
    header = it.header
    is_report = it.report_type == "delivery-status"
    is_from = is_from_system(header)
    subject = phrases.within(Use.REPORT_SUBJECT, fold(it.subject))
    if not (is_report or is_from or subject):
        return ""
    opening = phrases.within(Use.REPORT_OPENING, fold(it.head[:_OPENING]))
    is_named = it.returned or _is_named(it.head)
    if subject and opening and (is_from or is_named):
        return f"the subject says »{subject.words}«, the text »{opening.words}«"
    if subject and is_from:
        return f"a mail system's subject says »{subject.words}«"
    if opening and is_report:
        return f"a delivery report without fields says »{opening.words}«"
    # Quota warnings and digests come from postmasters too: one sign more is needed.
    if is_from and opening and is_named:
        return f"a mail system says »{opening.words}«"
    if is_from and SHAPES[0].search(it.head) and "@" in header.first("from"):
        return "a mail system names an address as they do"
    return ""


def _is_named(head: str) -> bool:
    """Tell whether a line names a recipient as mail systems do, not as people do."""
    return any(shape.search(head) for shape in SHAPES[:NAMING])


def read_text(
    it: Reading, named: list[str], sent_to: list[str], phrases: Phrases
) -> tuple[Fate, ...]:
    """
    Return the fates which a report's text names; one without address if none.

    Args:
        it: The report.
        named: What `named_in_text` found in it.
        sent_to: To whom the returned message went.
        phrases: The words to know a delay by.
    """
    action = _action(it, phrases)
    found = named or list(dict.fromkeys(sent_to))[:1] or _named_elsewhere(it)
    found = found[:MAX_NAMED]
    lower = it.head.lower()
    transcript = "\n".join(TRANSCRIPT_REPLY.findall(it.head))
    if not found:
        return (Fate("", action, text=f"{transcript}\n{it.head}".strip()),)
    fates = []
    for who in found:
        said = about(who, found, it.head, lower)
        if not said and len(found) == 1:
            said = it.head  # the report itself names nobody
        if transcript and len(found) == 1:
            said = f"{transcript}\n{said}"  # the server's words, before the summary
        alias = ALIAS.search(said)
        fates.append(Fate(alias.group(1).lower() if alias else who, action, text=said))
    return tuple(fates)


def parties(it: Reading) -> tuple[list[str], set[str]]:
    """Return to whom the returned message went, and whose addresses are ours."""
    ours = {it.sender, *addresses_in(" ".join(it.header.every("to", "cc")))}
    sent_to: list[str] = []
    for one in it.returned:
        ours |= {address_in(one.first("from")), address_in(one.first("return-path"))}
        sent_to += addresses_in(" ".join(one.every("to", "cc")))
    return sent_to, ours - {""}


def named_in_text(it: Reading, ours: set[str]) -> list[str]:
    """Return the failed recipients that the report itself names, by the surest sign."""
    if named := addresses_in(" ".join(it.header.every("x-failed-recipients"))):
        return list(dict.fromkeys(named))
    text = SENDER_LINES.sub("", it.head)
    for place, shape in enumerate(SHAPES):
        found = dict.fromkeys(address_in(one) for one in shape.findall(text))
        kept = _recipients(found, ours)
        if not kept and place < EXPLICIT:
            kept = [one for one in found if one not in ours and _NOT_ASKED.match(one)]
        if kept:
            hidden = _recipients(map(address_in, HIDDEN.findall(text)), ours)
            return list(dict.fromkeys((*kept, *hidden)))
    return _bare_names(it) or _recipients(addresses_in(text), ours)[:1]


def _recipients(found: Iterable[str], ours: set[str]) -> list[str]:
    """Return those of the addresses that may be whole and of a failed recipient."""
    return [
        one
        for one in found
        if one
        and one not in ours
        and not _NOT_ASKED.match(one)
        and not _MASKED.search(one)
    ]


def _bare_names(it: Reading) -> list[str]:
    """Return local parts that stand alone in a list, at the report's own domain."""
    listed = LIST_FOLLOWS.search(it.head)
    domain = it.sender.partition("@")[2]
    if not (listed and domain):
        return []
    block = it.head[listed.end() :].lstrip("\n").partition("\n\n")[0]
    names = BARE_NAME.findall(block)
    sent_to, _ = parties(it)
    known = {one.partition("@")[0]: one for one in sent_to}
    return [known.get(name, f"{name}@{domain}") for name in map(str.lower, names)]


def _named_elsewhere(it: Reading) -> list[str]:
    """Return whom a reverse path names: "bounces+zupan=kamnica.example@ours"."""
    found = VERP.search(" ".join(it.header.every("to", "delivered-to")))
    return [f"{found.group(1)}@{found.group(2)}".lower()] if found else []


def about(who: str, all_of_them: list[str], head: str, lower: str) -> str:
    """
    Return what the text says about one recipient: from its name to a gap.

    Args:
        who: One of `all_of_them`, lower case.
        all_of_them: Those whom the text names.
        head: The text.
        lower: The same in lower case.
    """
    start = lower.find(who)
    if start < 0:
        return ""
    start += len(who)
    others = [lower.find(one, start) for one in all_of_them if one != who]
    stop = min((one for one in others if one >= 0), default=len(head))
    gap = _GAP.search(head, start, stop)
    said = head[start : gap.end() if gap else stop]
    # Gmail leaves a line free between the address and the details.
    return said if _WORD.search(said) else head[start:stop]


def _action(it: Reading, phrases: Phrases) -> Action:
    """Return what the whole report is about."""
    title, words = fold(it.subject), fold(it.head[:_OPENING])
    if phrases.within(Use.SUCCESS, title) or phrases.within(Use.SUCCESS, words):
        return Action.DELIVERED
    if phrases.within(Use.DELAY, title):
        return Action.DELAYED
    if phrases.within(Use.DELAY, words) and not phrases.within(Use.FINAL, words):
        return Action.DELAYED
    return Action.FAILED
