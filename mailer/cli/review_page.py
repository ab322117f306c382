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
from mailer.model.form import FieldType
from mailer.model.incoming import ReviewState
from mailer.operations.show_mail import WAITING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mailer.model.campaign import Campaign
    from mailer.model.incoming import Enclosure
    from mailer.operations.show_mail import Item, Proposal

_LABEL = 10  #: columns of the words at the left
_MOST_LINES = 2  #: of one fact
_FEWEST_LINES = 3  #: of the person's text, before facts are cut
_LEAST_PROPOSED = 4  #: lines of the proposal, also above a long text
_MOST_PROPOSED = 20  #: lines of it where there is room
_KILO = 1000

#: what is said of the enclosure in which our part of a message ends
STUMP = "only the beginning was kept, the message has over 25 MB"

#: what is said of who objects
NO_REMINDERS = "no more reminders"

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


def enclosures_in_words(item: Item) -> str:
    """Return "1 obrazec.pdf (45 kB), 2 …", numbered as they are saved."""
    numbered = enumerate(map(enclosure_in_words, item.opened.enclosures), start=1)
    words = ", ".join(f"{number} {words}" for number, words in numbered)
    if item.stump:
        words += f" — {STUMP}"
    if item.opened.left_out:
        words += f"; {item.opened.left_out} more in the original"
    return words


def enclosure_in_words(one: Enclosure) -> str:
    """Return "obrazec.pdf (45 kB)"."""
    name = harmless_line(one.name) or harmless_line(one.media_type)
    return f"{name} ({size_in_words(len(one.content))})"


def details_in_words(details: Mapping[str, str], campaign: Campaign | None) -> str:
    """Return "kakovost=ne, zadovoljstvo=ne, …": choices first, people's data last."""
    form = campaign.form if campaign else None
    fields = form.fields if form else ()
    free = {one.id for one in fields if one.type is not FieldType.RADIO}
    ordered = sorted(details.items(), key=lambda one: one[0] in free)
    return ", ".join(f"{key}={value}" for key, value in ordered)


def proposal_in_words(proposal: Proposal) -> str:
    """Return "declined, Občina Piran, conference", as far as that is known."""
    names = ", ".join(one.official_name for one in proposal.organisations)
    campaign = proposal.campaign.name if proposal.campaign else ""
    objects = NO_REMINDERS if proposal.objects else ""
    words = ", ".join(filter(None, (proposal.kind, objects, names, campaign)))
    details = details_in_words(proposal.details, proposal.campaign)
    return ": ".join(filter(None, (words, details)))


def answer_in_words(
    kind: str, details: Mapping[str, str], campaign: Campaign | None
) -> str:
    """Return "registered (kakovost=ne)", or as much of that as is known."""
    fields = details_in_words(details, campaign)
    return f"{kind} ({fields})" if kind and fields else kind or fields


def evidence_in_words(item: Item) -> str:
    """Return what the message's kind is known by, but not what `why` says again."""
    why = item.proposal.why
    return "; ".join(one for one in item.evidence.split("; ") if one not in why)


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
    bottom = [
        Text(harmless_line(view.said), style="yellow"),
        *hints(_keys(item), width),
    ]
    room = height - len(top) - len(bottom) - 2  # rules
    view.text.lines = _text(item, view, width)
    what = _fitting(item, timezone, width, room - len(who) - len(view.text.lines))
    while room - len(who) - len(what) < _FEWEST_LINES and (what or who):
        # In a small window the keys are worth more than the facts.
        (what if len(what) > len(who) else who).pop()
    room = max(1, room - len(who) - len(what))
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


def _fitting(item: Item, timezone: str, width: int, room: int) -> list[Text]:
    """Return the facts, with as much of the proposal as the text leaves room for."""
    best = facts(item, timezone, width, _LEAST_PROPOSED, _MOST_LINES)
    for most in range(_LEAST_PROPOSED + 1, _MOST_PROPOSED):
        longer = facts(item, timezone, width, most, _MOST_LINES)
        if len(longer) > room:
            break
        best = longer
    return best


def facts(
    item: Item,
    timezone: str,
    width: int,
    most_proposed: int | None = None,
    most: int | None = None,
) -> list[Text]:
    """
    Return what the program thinks, and why.

    Args:
        item: The message.
        timezone: The office's.
        width: Columns.
        most_proposed: Lines of the proposal; `None` for all.
        most: Lines of anything else; `None` for all.
    """
    said = f"{item.kind.value} ({item.confidence.value})"
    if evidence := evidence_in_words(item):
        said += f" — {evidence}"
    lines = fact("It is", said, width, most)
    proposal, note = item.proposal, item.last_note
    words = proposal_in_words(proposal)
    if proposal.answer:
        lines += fact("Proposed", words, width, most_proposed, "bold green")
    elif words:
        lines += fact("Known", words, width, most_proposed)
    if proposal.why:
        why = f"({proposal.confidence.value}) {proposal.why}"
        lines += fact("Because", why, width, most)
    if item.objections:
        codes = ", ".join(one.organisation for one in item.objections)
        lines += fact("Recorded", f"{NO_REMINDERS}, {codes}", width, most)
    if proposal.new_address:
        lines += fact("New addr.", proposal.new_address, width, most and 1)
    if item.opened.enclosures:
        lines += fact("Enclosed", enclosures_in_words(item), width, most)
    if note:
        noted = f"{note.by}, {in_words(note.at, timezone)}: {note.action} {note.detail}"
        lines += fact("Noted", noted, width, most and 1)
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
        look = [("→", "go on"), ("d", "details")]
        look += [("t", "whole text"), ("o", "original")]
        return [*look, ("u", "undo"), ("?", "help"), ("q", "quit")]
    asked = _is_asked(item)
    accept = [] if asked or not item.proposal.answer else [("Enter", "accept")]
    return [
        *accept,
        ("a", "assign"),
        ("k", "kind"),
        *([] if asked else [("p", "question")]),
        ("r", NO_REMINDERS),
        ("n", "dealt with" if asked else "no answer"),
        ("s", "set aside"),
        ("d", "details"),
        ("t", "whole text"),
        ("o", "original"),
        *([("e", "enclosures")] if item.opened.enclosures else []),
        ("u", "undo"),
        ("?", "help"),
        ("q", "quit"),
    ]
