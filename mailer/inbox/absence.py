"""
Read an automatic response: an absence, a receipt, a new address, and who stands in.

It is shown to staff and changes nothing: an absent official has not answered,
and a receipt (»potrdilo o prejemu«) proves only that the mailbox is alive.
That a program wrote it is decided in `mailer.inbox.rfc3834`, what follows in
`mailer.inbox.consequence`; the words are in `mailer.inbox.phrases`, the dates in
`mailer.inbox.written_dates`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from mailer.inbox.decoding import fold
from mailer.inbox.fate import addresses_in
from mailer.inbox.phrases import DEFAULT, Use
from mailer.inbox.rfc3834 import ABSENCE, automatic_subject
from mailer.inbox.written_dates import WrittenDate, dates_in

if TYPE_CHECKING:
    from collections.abc import Collection

    from mailer.inbox.phrases import Phrases

#: how far behind its words a date or an address belongs to them
_NEAR_ADDRESS = 200
_NEAR_DATE = 60
#: more of a text than this is not read
_LONGEST = 16 * 1024

#: folded words right before the last day of an absence
_UNTIL = re.compile(
    r"\b(?:do(?: vkljucno)?|vkljucno do|bis(?: zum| einschliesslich)?|fino (?:al?|a)"
    r"|al(?:l'\s?)?|until|till|through|thru|to)\W{1,3}(?:[^\W\d]{1,12}\W{1,3}){0,2}$"
)
#: folded words of a return, anywhere before its day in the sentence
_AGAIN = re.compile(
    r"\b(?:ponovno|ponovo|spet|zopet|nazaj|wieder|zuruck|di nuovo|ujra|ismet|back)\b"
)
#: between the two dates of an absence
_DASH = re.compile(r"\s*[-–—]\s*$")  # noqa: RUF001 - dashes as people type them
#: Hungarian says it behind the date: "augusztus 15-ig", "… között"
_UNTIL_BEHIND = re.compile(r"[.-]{0,2}(?:ig\b|e?ig\b| (?:kozott|napjaig)\b)")


class AutomaticKind(Enum):
    """What a program answered."""

    ABSENCE = "absence"
    RECEIPT = "receipt"  #: the message arrived; nobody has read it
    NEW_ADDRESS = "new address"  #: or the person has left
    UNKNOWN = "automatic response"


@dataclass(frozen=True, slots=True)
class Automatic:
    """What an automatic response says."""

    kind: AutomaticKind
    back_on: date | None = None  #: the first day after the absence, if it says one
    substitutes: tuple[str, ...] = ()  #: addresses of who stands in
    new_address: str = ""  #: if it names exactly one

    @property
    def words(self) -> str:
        """Return what staff should know, in one line."""
        back = f"back on {self.back_on:%-d %b %Y}" if self.back_on else ""
        instead = ", ".join(self.substitutes)
        said = (
            self.kind.value,
            back,
            f"write to {instead} instead" if instead else "",
            f"new address {self.new_address}" if self.new_address else "",
        )
        return "; ".join(filter(None, said))


def read_automatic(
    subject: str,
    text: str,
    *,
    on: date,
    known: Collection[str] = (),
    phrases: Phrases = DEFAULT,
) -> Automatic:
    """
    Return what an automatic response says; total.

    Args:
        subject: Its subject.
        text: Its text, the quotation cut off.
        on: The day it came; a date without a year is near it.
        known: Addresses that are nobody's substitute: the sender's and ours.
        phrases: The office's tables of words.
    """
    folded = fold(text[:_LONGEST])
    if found := changed_address(text, known=known, phrases=phrases):
        return Automatic(AutomaticKind.NEW_ADDRESS, new_address=found[0])
    kind = _kind(subject, folded, phrases)
    if kind is AutomaticKind.RECEIPT:
        return Automatic(kind)
    both = f"{fold(subject)} . {folded}"
    return Automatic(
        kind, _back_on(both, on, phrases), _substitutes(folded, known, phrases)
    )


def changed_address(
    text: str, *, known: Collection[str] = (), phrases: Phrases = DEFAULT
) -> tuple[str] | None:
    """
    Return the new address that a text announces, ("",) if it names none or several.

    `None`: it announces no change.
    """
    folded = fold(text[:_LONGEST])
    if phrases.within(Use.ADDRESS_CHANGED, folded) is None:
        return None
    named = dict.fromkeys(one for one in addresses_in(folded) if one not in known)
    return (next(iter(named)) if len(named) == 1 else "",)


def _kind(subject: str, folded: str, phrases: Phrases) -> AutomaticKind:
    """Return what kind it is; a receipt often calls itself only »Samodejni odgovor«."""
    begins = automatic_subject(subject, phrases)
    says = begins.means if begins else ""
    if says == "receipt":
        return AutomaticKind.RECEIPT
    if phrases.within(Use.ABSENCE, folded):
        return AutomaticKind.ABSENCE
    if phrases.within(Use.RECEIPT, folded):
        return AutomaticKind.RECEIPT
    return AutomaticKind.ABSENCE if says == ABSENCE else AutomaticKind.UNKNOWN


def _back_on(folded: str, on: date, phrases: Phrases) -> date | None:
    """Return the first day after an absence, as said or the day after its last."""
    returns: list[date] = []
    last_days: list[date] = []
    for one in dates_in(folded, on):
        before = folded[max(0, one.start - _NEAR_DATE) : one.start]
        said = _same_sentence(before)
        if _is_last_day(folded, one, before):
            last_days.append(one.day)
        elif phrases.within(Use.RETURN, said) or _AGAIN.search(said):
            returns.append(one.day)
    if returns:
        return max(returns)
    latest = max(last_days, default=None)
    return latest + timedelta(days=1) if latest and latest < date.max else None


def _is_last_day(folded: str, one: WrittenDate, before: str) -> bool:
    """Tell whether a date is said to be the last day of something."""
    if _UNTIL.search(before) or _UNTIL_BEHIND.match(folded, one.end):
        return True
    return bool(_DASH.search(before)) and any(map(str.isdigit, before[-6:]))


def _same_sentence(before: str) -> str:
    """Return what stands before a date, from the last end of a sentence on."""
    return re.split(r"[!?;]|\.\s(?=[a-z])", before)[-1]


def _substitutes(
    folded: str, known: Collection[str], phrases: Phrases
) -> tuple[str, ...]:
    """Return the addresses behind the words that name a substitute."""
    found: dict[str, None] = {}
    for phrase in phrases.all_within(Use.SUBSTITUTE, folded):
        begin = folded.index(phrase.words) + len(phrase.words)
        near = addresses_in(folded[begin : begin + _NEAR_ADDRESS])
        found |= dict.fromkeys(one for one in near if one not in known)
    return tuple(found)
