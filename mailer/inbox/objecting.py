"""
Find words that want no more reminders, and whether a message says anything else.

The words are a table (`phrases.Use.OBJECTION`); who says them in a reply is shown
to a person, with the suggestion.
What follows from them is decided in `mailer.inbox.consequence`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.inbox.answer import looks_like_decline, looks_like_question
from mailer.inbox.decoding import fold
from mailer.inbox.phrases import Use
from mailer.inbox.quotation import without_quotation, without_signature

if TYPE_CHECKING:
    from mailer.inbox.phrases import Phrases

#: more of a text than this is not read
_LONGEST = 16 * 1024
#: characters around the words that say nothing: a greeting, a name
_COURTESY = 80


def wants_no_reminders(text: str, phrases: Phrases) -> bool:
    """Tell whether a person seems to want no more reminders; for staff."""
    folded = fold(without_quotation(text[:_LONGEST]))
    return phrases.within(Use.OBJECTION, folded) is not None


def without_objection(text: str, phrases: Phrases) -> str:
    """
    Return a text without the words that want no more reminders.

    Folded, if it has any: to sign off from reminders is not to decline.
    """
    folded = fold(text)
    found = phrases.all_within(Use.OBJECTION, folded)
    if not found:
        return text
    # The longest first: the others may be parts of it.
    for phrase in sorted(found, key=lambda one: len(one.words), reverse=True):
        folded = f" {folded} ".replace(phrase.words, " ")
    return " ".join(folded.split())


def says_nothing_else(text: str, phrases: Phrases) -> bool:
    """Tell whether a mail to our unsubscribe address says no more than that."""
    written = without_signature(without_quotation(text[:_LONGEST])).strip()
    rest = without_objection(written, phrases)
    if len(rest) > _COURTESY or (rest and rest == written):
        return False
    return not looks_like_question(rest) and not looks_like_decline(rest)
