"""
How a message under review looks on a terminal of any size.

The proposal and the keys always stay in sight; the person's text gets the room
between, and is scrolled.
Everything a stranger wrote goes through `cli.harmless`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.text import Text

from mailer.cli.dialogs import filled, heading, hints
from mailer.cli.harmless import harmless_line
from mailer.cli.terminal import Scrolled, wrapped
from mailer.model.incoming import ReviewState
from mailer.operations.show_mail import WAITING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mailer.model.incoming import Enclosure
    from mailer.operations.show_mail import Item, Proposal

_LABEL = 10  #: columns of the words at the left
_MOST_LINES = 2  #: of one fact
_FEWEST_LINES = 3  #: of the person's text, before facts are cut
_KILO = 1000

_STATES = {
    ReviewState.ASKED: "a question that waits for us, ",
    ReviewState.DONE: "dealt with, ",
    ReviewState.NONE: "understood, ",
}


@dataclass(slots=True)
class View:
    """Where a person is: which message of how many, and what of it is seen."""

    position: int = 1
    total: int = 1
    whole: bool = False  #: the quotation and the signature too
    said: str = ""  #: what the last key did
    text: Scrolled = field(default_factory=lambda: Scrolled(()))


def size_in_words(octets: int) -> str:
    """Return "45 kB" for 45 000 octets."""
    if octets < _KILO:
        return f"{octets} B"
    if octets < _KILO * _KILO:
        return f"{octets / _KILO:.0f} kB"
    return f"{octets / _KILO / _KILO:.1f} MB"


def enclosures_in_words(enclosures: Sequence[Enclosure]) -> str:
    """Return "1 obrazec.pdf (45 kB), 2 …", numbered as they are saved."""
    numbered = enumerate(map(enclosure_in_words, enclosures), start=1)
    return ", ".join(f"{number} {words}" for number, words in numbered)


def enclosure_in_words(one: Enclosure) -> str:
    """Return "obrazec.pdf (45 kB)"."""
    name = harmless_line(one.name) or harmless_line(one.media_type)
    return f"{name} ({size_in_words(len(one.content))})"


def details_in_words(details: Mapping[str, str]) -> str:
    """Return "kakovost=ne, zadovoljstvo=ne"."""
    return ", ".join(f"{key}={value}" for key, value in details.items())


def proposal_in_words(proposal: Proposal) -> str:
    """Return "declined, Občina Piran, conference", as far as that is known."""
    names = ", ".join(one.official_name for one in proposal.organisations)
    campaign = proposal.campaign.name if proposal.campaign else ""
    details = details_in_words(proposal.details)
    kind = " ".join(filter(None, (proposal.kind, details and f"({details})")))
    return ", ".join(filter(None, (kind, names, campaign)))


def review_page(
    item: Item, view: View, timezone: str, width: int, height: int
) -> list[Text]:
    """Return the lines of a message's page."""
    waits = _STATES.get(item.state, "")
    right = f"{waits}message {item.id}"
    top = [heading(f"{view.position} of {view.total}", width, right)]
    who = [
        *fact(
            "From", item.opened.sender or item.sender or "nobody", width, _MOST_LINES
        ),
        *fact("Subject", item.subject or "(none)", width, _MOST_LINES, "bold"),
        *fact("Came", _when(item, timezone), width, 1),
    ]
    what = _facts(item, timezone, width)
    bottom = [
        Text(harmless_line(view.said), style="yellow"),
        *hints(_keys(item), width),
    ]
    room = height - len(top) - len(bottom) - 2  # rules
    while room - len(who) - len(what) < _FEWEST_LINES and (what or who):
        # In a small window the keys are worth more than the facts.
        (what if len(what) > len(who) else who).pop()
    room = max(1, room - len(who) - len(what))
    view.text.lines = _text(item, view, width)
    seen = view.text.window(room)
    more = view.text.below(room)
    below = f" {more} more lines: space " if more else ""
    rule = Text("─" * width, style="dim")
    lower = Text(below.rjust(width, "─"), style="dim")
    return filled([*top, *who, rule], seen, [lower, *what, *bottom], height)


def _is_asked(item: Item) -> bool:
    return item.state is ReviewState.ASKED


def _text(item: Item, view: View, width: int) -> list[Text]:
    """Return what the person wrote; a dim line says what was cut off."""
    new, whole = item.opened.text, item.opened.whole_text
    cut = bool(new) and not view.whole
    text = new if cut else whole
    if not text.strip():
        trouble = item.opened.trouble
        why = f"it could not be read: {trouble}" if trouble else "no text"
        return [Text(f"({why}; o shows the original)", style="dim")]
    lines = list(wrapped(text, width))
    hidden = len(whole.splitlines()) - len(new.splitlines())
    if cut and hidden > 0:
        lines += [Text(), Text(f"… {hidden} quoted lines: t", style="dim")]
    return lines


def _when(item: Item, timezone: str) -> str:
    sent = f", sent {item.opened.sent}" if item.opened.sent else ""
    return f"{in_words(item.stored_at, timezone)}{sent}"


def in_words(instant: datetime, timezone: str) -> str:
    """Return an instant by the office's wall clock."""
    return f"{instant.astimezone(ZoneInfo(timezone)):%a %Y-%m-%d %H:%M}"


def _facts(item: Item, timezone: str, width: int) -> list[Text]:
    """Return what the program thinks, and why."""
    said = f"{item.kind.value} ({item.opened.confidence.value})"
    if item.evidence != item.proposal.why:
        said += f" — {item.evidence}"
    lines = fact("It is", said, width, _MOST_LINES)
    proposal, note = item.proposal, item.last_note
    words = proposal_in_words(proposal)
    if proposal.answer:
        lines += fact("Proposed", words, width, _MOST_LINES, "bold green")
    elif words:
        lines += fact("Known", words, width, _MOST_LINES)
    if proposal.why:
        why = f"({proposal.confidence.value}) {proposal.why}"
        lines += fact("Because", why, width, _MOST_LINES)
    if proposal.new_address:
        lines += fact("New addr.", proposal.new_address, width, 1)
    if item.opened.enclosures:
        enclosed = enclosures_in_words(item.opened.enclosures)
        lines += fact("Enclosed", enclosed, width, _MOST_LINES)
    if note:
        noted = f"{note.by}, {in_words(note.at, timezone)}: {note.action} {note.detail}"
        lines += fact("Noted", noted, width, 1)
    return lines


def fact(
    label: str, text: str, width: int, most: int | None = None, style: str = ""
) -> list[Text]:
    """Return a fact beside its label, in at most `most` lines."""
    room = max(1, width - _LABEL)
    lines = [line.copy() for line in wrapped(harmless_line(text), room)]
    if most and len(lines) > most:
        last = lines[most - 1].plain[: room - 1].rstrip()
        lines = [*lines[: most - 1], Text(f"{last}…")]
    for line in lines:
        line.stylize(style)
    first = Text(label.ljust(_LABEL), style="dim")
    rest = Text(" " * _LABEL)
    return [
        Text.assemble(first if place == 0 else rest, line)
        for place, line in enumerate(lines)
    ]


def _keys(item: Item) -> list[tuple[str, str]]:
    """Return what may be pressed, and what it does."""
    if item.state not in WAITING:
        look = [("→", "go on"), ("t", "whole text"), ("o", "original")]
        return [*look, ("u", "undo"), ("?", "help"), ("q", "quit")]
    asked = _is_asked(item)
    accept = [] if asked or not item.proposal.answer else [("Enter", "accept")]
    return [
        *accept,
        ("a", "assign"),
        ("k", "kind"),
        *([] if asked else [("p", "question")]),
        ("n", "dealt with" if asked else "no answer"),
        ("s", "set aside"),
        ("t", "whole text"),
        ("o", "original"),
        *([("e", "enclosures")] if item.opened.enclosures else []),
        ("u", "undo"),
        ("?", "help"),
        ("q", "quit"),
    ]
