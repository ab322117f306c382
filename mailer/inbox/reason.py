"""
Say why a delivery failed, and whether the address is dead.

Text first, code second: quotas arrive as 5.1.1, accounts that were switched
off as 5.0.0.
The words are in `mailer.inbox.reason_phrases`, the codes in `reason_codes`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailer.inbox.decoding import fold
from mailer.inbox.fate import ADDRESS
from mailer.inbox.reason_codes import HARD, STATUS
from mailer.inbox.reason_phrases import PHRASES, VAGUE

#: more of a text than this is not looked at
MAX_SAID = 8 * 1024

_REPLY = re.compile(
    r"(?<![\w.#/:-])([245][0-5]\d)(?=[ \-:]|$)(?! ?(?:bytes|kb|seconds|hours|days))"
)
_ENHANCED = re.compile(r"(?<![\d.])([245]\.[0-7]\.\d{1,3})(?![\d.]|\.\d)")
#: a line of marks: below it stands what a virus scanner or a lawyer added
_FOOTER = re.compile(r"(?m)^[ \t]*([_*~=])\1{9,}[ \t]*$")

#: (reason, its phrases), in the order in which they are asked
_Table = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a delivery failed."""

    name: str  #: "userunknown", "mailboxfull", …; "" if nothing tells
    status: str  #: RFC 3463, the best that was found
    reply_code: int | None  #: the first SMTP reply in the text

    @property
    def is_hard(self) -> bool:
        """Tell whether the address or its domain is dead."""
        return self.name in HARD


def explain(text: str, status: str, context: str = "") -> Reason:
    """
    Return why a delivery failed.

    Args:
        text: What the server said about this recipient.
        status: The report's Status field, or "".
        context: What the report says besides; asked only if `text` tells nothing.
    """
    text, context = text[:MAX_SAID], context[:MAX_SAID]
    code = _REPLY.search(text) or _REPLY.search(context)
    reply_code = int(code.group(1)) if code else None
    statuses = _ENHANCED.findall(text)
    if not statuses and (not status or status.endswith(".0.0")):
        statuses = _ENHANCED.findall(context)
    best = _best_status(statuses, status, reply_code)
    said = _folded(text)
    name = _first(_SURE, said) or STATUS.get(best[2:], "")
    if not name:
        around = _folded(_FOOTER.split(context)[0])
        name = _first(_SURE, around) or _first(_UNSURE, said) or _first(_UNSURE, around)
    return Reason(name, best, reply_code)


def _folded(text: str) -> str:
    """Return `text` ready for the tables, without addresses: they say anything."""
    return fold(ADDRESS.sub(" ", text)).replace("<>", "").replace(" :", ":")


def _table(source: str) -> _Table:
    """Return the rows of a table of phrases (its form: `reason_phrases`)."""
    rows: list[tuple[str, tuple[str, ...]]] = []
    for line in source.splitlines():
        if line.startswith(" "):
            reason, phrases = rows[-1]
            more = (one.strip() for one in line.split("|"))
            rows[-1] = (reason, (*phrases, *more))
        elif line:
            rows.append((line.partition(":")[0], ()))
    return tuple(rows)


_SURE = _table(PHRASES)
_UNSURE = _table(VAGUE)


def _first(table: _Table, words: str) -> str:
    """Return the reason of the first row with a phrase in `words`, or ""."""
    if words:
        for reason, phrases in table:
            for phrase in phrases:
                if phrase in words:
                    return reason
    return ""


def _best_status(said: list[str], field: str, reply_code: int | None) -> str:
    """Return the most telling status: one in the text, specific, of the right class."""
    fits = [one for one in said if reply_code is None or one[0] == str(reply_code)[0]]
    candidates = [*fits, field] if field else fits
    specific = (one for one in candidates if not one.endswith(".0.0"))
    return next(specific, candidates[0] if candidates else "")
