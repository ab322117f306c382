"""
The tables of phrases: what mail systems, programs and absent people write.

A phrase says what it is looked for in (`Use`), what it means, its language, and
where it comes from.
The program's own tables are package data (`words/*.toml`), read once as the code is;
an office adds rows in its `phrases.toml`, which `mailer.operations.load_phrases` reads.
What follows from a phrase is decided by those who ask.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailer.errors import Problem
from mailer.inbox.decoding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Use(Enum):
    """Where the words of a table are looked for; the table's name in a file."""

    REASON = "reason"  #: in a server's words; means: why a delivery failed
    VAGUE_REASON = "vague-reason"  #: the same, if nothing else tells
    REPORT_SUBJECT = "report-subject"  #: in the subject of a mail system's report
    REPORT_OPENING = "report-opening"  #: in its text before the returned message
    REPORT_REASON = "report-reason"  #: in its own sentence; means: why it failed
    ORIGINAL = "original"  #: begins the line before the returned message
    DELAY = "delay"  #: in either: it is still under way
    SUCCESS = "success"  #: in either: nothing went wrong
    FINAL = "final"  #: in the text: what was delayed has failed
    AUTOMATIC_SUBJECT = "automatic-subject"  #: begins a subject; means: which kind
    AUTOMATIC_ENDING = "automatic-ending"  #: anywhere in a subject
    ABSENCE = "absence"  #: in the text of who is away
    RECEIPT = "receipt"  #: in the text of a confirmation of receipt
    SUBSTITUTE = "substitute"  #: before the address of a substitute
    RETURN = "return"  #: before the date of a return
    ADDRESS_CHANGED = "address-changed"  #: means: a new address, or the person left
    OBJECTION = "objection"  #: in the subject or text of who wants no more reminders
    READ_RECEIPT = "read-receipt"  #: begins a subject; means: read or unread
    REPLY_PREFIX = "reply-prefix"  #: before the colon of a subject
    FORWARD_PREFIX = "forward-prefix"  #: as above


#: why a delivery failed: the words that Sisimai uses, and other tools after it
REASONS = frozenset(
    {
        "authfailure",
        "badreputation",
        "blocked",
        "contenterror",
        "exceedlimit",
        "expired",
        "failedstarttls",
        "filtered",
        "hasmoved",
        "hostunknown",
        "mailboxfull",
        "mailererror",
        "mesgtoobig",
        "networkerror",
        "norelaying",
        "notaccept",
        "notcompliantrfc",
        "policyviolation",
        "rejected",
        "requireptr",
        "securityerror",
        "spamdetected",
        "speeding",
        "suspend",
        "syntaxerror",
        "systemerror",
        "systemfull",
        "toomanyconn",
        "userunknown",
        "virusdetected",
    }
)

#: what the rows of a table may mean; a table that is not here means one thing
MEANINGS: dict[Use, frozenset[str]] = {
    Use.REASON: REASONS,
    Use.VAGUE_REASON: REASONS,
    Use.REPORT_REASON: REASONS,
    Use.AUTOMATIC_SUBJECT: frozenset({"absence", "receipt", "automatic"}),
    Use.ADDRESS_CHANGED: frozenset({"new address", "left"}),
    Use.READ_RECEIPT: frozenset({"read", "unread"}),
}

_KEYS = frozenset({"words", "means", "origin", "language"})
_USES = {use.value: use for use in Use}
#: shorter words are in every text; at the beginning of a subject they tell more
_SHORTEST = {
    Use.REPLY_PREFIX: 1,
    Use.FORWARD_PREFIX: 1,
    Use.AUTOMATIC_SUBJECT: 2,
    Use.READ_RECEIPT: 2,
}
_SHORT = 3


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that somebody writes, and what they mean."""

    use: Use
    words: str  #: as `decoding.fold` leaves them; a space at an end ends a word
    means: str  #: one of `MEANINGS`, or "" where a table means one thing
    language: str  #: "sl"; "" if it is English, or no language
    origin: str  #: which mail system, provider or standard writes so


class Phrases:
    """All tables; within each the order of its rows is the order they are asked in."""

    __slots__ = ("_rows", "_tables")

    def __init__(self, rows: Iterable[Phrase]) -> None:
        self._rows = tuple(rows)
        self._tables: dict[Use, dict[str, Phrase]] = {use: {} for use in Use}
        for row in self._rows:
            self._tables[row.use].setdefault(row.words, row)

    def rows(self, use: Use) -> tuple[Phrase, ...]:
        """Return the rows of a table."""
        return tuple(self._tables[use].values())

    def words(self, use: Use) -> tuple[str, ...]:
        """Return the words of a table."""
        return tuple(self._tables[use])

    def within(self, use: Use, folded: str) -> Phrase | None:
        """Return the first row whose words are in a folded text."""
        return next(self._within(use, folded), None)

    def all_within(self, use: Use, folded: str) -> list[Phrase]:
        """Return every row whose words are in a folded text."""
        return list(self._within(use, folded))

    def beginning(self, use: Use, folded: str) -> Phrase | None:
        """Return the longest row with whose words a folded text begins."""
        found = [
            row for words, row in self._tables[use].items() if folded.startswith(words)
        ]
        return max(found, key=lambda row: len(row.words), default=None)

    def extended(self, rows: Iterable[Phrase]) -> Phrases:
        """Return these tables with an office's own rows, which are asked first."""
        return Phrases((*rows, *self._rows))

    def _within(self, use: Use, folded: str) -> Iterator[Phrase]:
        padded = f" {folded} "
        for words, row in self._tables[use].items():
            if words in padded:
                yield row


def read_phrases(source: str, place: str) -> tuple[list[Phrase], list[Problem]]:
    """
    Return the rows of a file of phrases, and all that is wrong with it.

    Args:
        source: TOML: `[[use]]` with `words`, `origin`, where the table has
            meanings `means`, and perhaps `language`.
        place: The file's name, for the problems.
    """
    try:
        document = tomllib.loads(source)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return [], [Problem(place, f"is no TOML: {error}", "correct it")]
    rows: list[Phrase] = []
    problems: list[Problem] = []
    for name, table in document.items():
        use = _USES.get(name)
        if use is None:
            near = difflib.get_close_matches(name, _USES, n=1)
            hint = (
                f"did you mean '{near[0]}'?" if near else f"one of {', '.join(_USES)}"
            )
            problems.append(Problem(f"{place}, [[{name}]]", "no such table", hint))
            continue
        if not isinstance(table, list):
            hint = f"write [[{name}]], with two brackets"
            problems.append(Problem(f"{place}, [{name}]", "is no list of rows", hint))
            continue
        for number, entry in enumerate(table, start=1):
            where = f"{place}, {name} {number}"
            wrong = list(_row_problems(use, entry, where))
            problems += wrong
            if not wrong:
                rows += _row(use, entry)
    return rows, problems


def _row(use: Use, entry: dict[str, Any]) -> Iterator[Phrase]:
    """Yield a phrase for each of the words of a row that was found right."""
    means, language = entry.get("means", ""), entry.get("language", "")
    for words in entry["words"]:
        # A space at an end says that a word begins or ends there.
        before, after = " " * words.startswith(" "), " " * words.endswith(" ")
        kept = f"{before}{fold(words)}{after}"
        yield Phrase(use, kept, means, language, entry["origin"])


def _row_problems(use: Use, entry: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with one row."""
    if not isinstance(entry, dict):
        yield Problem(where, "is no row", f"write [[{use.value}]] and its keys below")
        return
    for key in entry.keys() - _KEYS:
        yield Problem(f"{where}, {key}", "unknown key", f"one of {', '.join(_KEYS)}")
    for key in ("origin", "language", "means"):
        if not isinstance(entry.get(key, ""), str):
            yield Problem(f"{where}, {key}", "is no text", 'write it in quotes, "…"')
    if not entry.get("origin"):
        yield Problem(f"{where}, origin", "is missing", "say who writes so")
    known = MEANINGS.get(use)
    if known and entry.get("means") not in known:
        cause = f"'{entry.get('means', '')}' is no meaning of this table"
        yield Problem(f"{where}, means", cause, f"one of {', '.join(sorted(known))}")
    if not known and entry.get("means"):
        yield Problem(f"{where}, means", "this table means one thing", "remove it")
    yield from _words_problems(use, entry.get("words"), f"{where}, words")


def _words_problems(use: Use, given: object, where: str) -> Iterator[Problem]:
    """Yield what is wrong with the words of a row."""
    if not (isinstance(given, list) and given):
        yield Problem(where, "there are none", 'write words = ["…"]')
        return
    shortest = _SHORTEST.get(use, _SHORT)
    for one in given:
        if not isinstance(one, str):
            yield Problem(where, f"{one} is no text", 'write it in quotes, "…"')
        elif len(fold(one)) < shortest:
            cause = f"'{one}' is in every text"
            yield Problem(where, cause, f"write {shortest} letters or more")


def _own() -> Phrases:
    """Return the program's own tables; they are as constant as its code."""
    rows: list[Phrase] = []
    for name in ("servers", "reports", "people"):
        source = (Path(__file__).parent / "words" / f"{name}.toml").read_text("utf-8")
        found, problems = read_phrases(source, f"{name}.toml")
        if problems:  # our own mistake, which no test would let pass
            raise ValueError("\n".join(map(str, problems)))
        rows += found
    return Phrases(rows)


DEFAULT = _own()
