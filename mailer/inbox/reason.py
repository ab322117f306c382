"""
Say why a delivery failed, and whether the address is dead.

Text first, code second: quotas arrive as 5.1.1, accounts that were switched
off as 5.0.0.
The words are in `words/servers.toml`, the codes in `reason_codes`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.inbox.decoding import fold
from mailer.inbox.fate import ADDRESS
from mailer.inbox.phrases import DEFAULT, Use
from mailer.inbox.reason_codes import BY_COMMAND, BY_SUBJECT_OF_CODE, HARD, STATUS

if TYPE_CHECKING:
    from mailer.inbox.phrases import Phrases

#: more of a text than this is not looked at
MAX_SAID = 8 * 1024

_REPLY = re.compile(
    r"(?<![\w.#/:-])([245][0-5]\d)(?=[ \-:]|$)(?! ?(?:bytes|kb|seconds|hours|days))"
)
_ENHANCED = re.compile(r"(?<![\d.])([245]\.[0-7]\.\d{1,3})(?![\d.]|\.\d)")
#: a status that stands behind its reply: what the server said, not who repeats it
_SERVERS_OWN = re.compile(r"\b[45]\d\d[ -]'?#?([45]\.[0-7]\.\d{1,3})(?![\d.]|\.\d)")
#: a line of marks: below it stands what a virus scanner or a lawyer added
_FOOTER = re.compile(r"(?m)^[ \t]*([_*~=])\1{9,}[ \t]*$")
#: the command that was refused: Postfix, Exim, Sendmail, Yahoo, Sun, X6
_COMMAND = re.compile(
    r"(?i)(?:in reply to(?: the)?(?: end of)? |after(?: end of)? |following |in "
    r"|\[|^>>> |error from remote server for )"
    r"(helo|ehlo|connect|mail|rcpt|data)\b(?:[_ )\]]|$)",
    re.MULTILINE,
)

#: behind these words a filter hides if the recipient was accepted, and then the
#: message refused (docomo, KDDI)
_HIDING = ("unknown user", "user unknown")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a delivery failed."""

    name: str  #: "userunknown", "mailboxfull", …; "" if nothing tells
    status: str  #: RFC 3463, the best that was found
    reply_code: int | None  #: the first SMTP reply in the text

    @property
    def is_hard(self) -> bool:
        """Tell whether the address or its domain is dead."""
        return self.name in HARD and not self.is_transient

    @property
    def is_transient(self) -> bool:
        """Tell whether the server said "later" (RFC 5321, section 4.2.1)."""
        code = str(self.reply_code) if self.reply_code else self.status
        return code.startswith("4")


def explain(
    text: str, status: str, context: str = "", phrases: Phrases = DEFAULT
) -> Reason:
    """
    Return why a delivery failed.

    Args:
        text: What the server said about this recipient.
        status: The report's Status field, or "".
        context: What the report says besides; asked only if `text` tells nothing.
        phrases: The words to know it by.
    """
    text, context = text[:MAX_SAID], context[:MAX_SAID]
    code = _REPLY.search(text) or _REPLY.search(context)
    reply_code = int(code.group(1)) if code else None
    statuses = _SERVERS_OWN.findall(text) + _ENHANCED.findall(text)
    if not statuses and (not status or status.endswith(".0.0")):
        statuses = _ENHANCED.findall(context)
    best = _best_status(statuses, status, reply_code)
    said = _folded(text)
    around = _folded(_FOOTER.split(context, maxsplit=1)[0])
    name = (
        _first(phrases, Use.REPORT_REASON, around)
        or _first(phrases, Use.REASON, said)
        or STATUS.get(best[2:], "")
        or _first(phrases, Use.REASON, around)
        or _first(phrases, Use.VAGUE_REASON, said)
        or _first(phrases, Use.VAGUE_REASON, around)
        or BY_SUBJECT_OF_CODE.get(best[2:3], "")
        or BY_COMMAND.get(_refused_command(text, context), "")
    )
    if (
        name == "userunknown"
        and not best.endswith(".1.1")
        and any(words in said for words in _HIDING)
        and _refused_command(text, context) == "data"
    ):
        name = "filtered"
    return Reason(name, best, reply_code)


def _folded(text: str) -> str:
    """Return `text` ready for the tables, without addresses: they say anything."""
    return fold(ADDRESS.sub(" ", text)).replace("<>", "").replace(" :", ":")


def _first(phrases: Phrases, use: Use, words: str) -> str:
    """Return what the first phrase in `words` means, or ""."""
    found = phrases.within(use, words) if words else None
    return found.means if found else ""


def _refused_command(text: str, context: str) -> str:
    """Return the SMTP command that was refused, lower case, or ""."""
    found = _COMMAND.findall(text) or _COMMAND.findall(context)
    return found[-1].lower() if found else ""


def _best_status(said: list[str], field: str, reply_code: int | None) -> str:
    """Return the most telling status: one in the text, specific, of the right class."""
    fits = [one for one in said if reply_code is None or one[0] == str(reply_code)[0]]
    candidates = [*fits, field] if field else fits
    specific = (one for one in candidates if not one.endswith(".0.0"))
    return next(specific, candidates[0] if candidates else "")
