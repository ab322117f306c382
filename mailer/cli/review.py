"""
`mailer inbox review` at a terminal: one message at a time, one key each.

What a key does is an operation (`operations.review_mail`), done before the next
page is drawn: whoever leaves, in whichever way, has lost nothing.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

from rich.text import Text

from mailer.cli import keys
from mailer.cli.dialogs import ask, filled, heading, hints, read_on
from mailer.cli.harmless import harmless_bytes
from mailer.cli.output import counted
from mailer.cli.review_page import STUMP, View, fact, facts, review_page
from mailer.cli.review_questions import Questions
from mailer.cli.terminal import Scrolled, scroll, terminal, wrapped
from mailer.errors import MailerError
from mailer.files.enclosures import save_enclosure
from mailer.model.incoming import ReviewState
from mailer.operations.find_organisation import typeahead
from mailer.operations.open_mail import an_opener
from mailer.operations.review_mail import assign, dismiss, set_aside, undo
from mailer.operations.show_mail import WAITING, item, items, waits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.cli.terminal import Terminal
    from mailer.model.campaign import Campaign
    from mailer.operations.office import Office
    from mailer.operations.open_mail import Opener
    from mailer.operations.review_mail import Answer, Decision
    from mailer.operations.show_mail import Item

#: octets of the original that are shown; more than that nobody reads here
_ORIGINAL = 256 * 1024

_HELP = (
    ("Enter", "accept what is proposed"),
    ("a", "say whose the message is, and which answer: type a name, code or address,"),
    ("", "without šumniki if you like; Tab takes several, for a joint administration"),
    ("k", "the municipality is right, the answer is another"),
    ("p", "a question: no reminder goes until you say that it was dealt with"),
    ("r", "no answer, and they want no more reminders in this campaign"),
    ("n", "no answer; or, of a question, dealt with: the reminders go on"),
    ("s", "set aside: it waits, and comes again the next time"),
    ("← →", "look at the one before, or after; nothing is decided"),
    ("space ↑ ↓", "scroll the text"),
    ("d", "all that is proposed, and why"),
    ("t", "the whole text, with the quotation and the signature"),
    ("o", "the original, with its header"),
    ("e", "save an enclosure into a folder"),
    ("u", "take back the last decision"),
    ("q", "leave; everything that was decided is kept"),
    ("", "A decision is kept at once, with your name."),
    ("", "Two people may work at the same time: the second is told what was decided."),
)


@dataclass(slots=True)
class Tally:
    """What was done, for the line at the end."""

    decided: int = 0
    set_aside: int = 0

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.decided} decided, {self.set_aside} set aside."


def review(office: Office, campaigns: Mapping[str, Campaign], by: str) -> Tally:
    """
    Let a person go through what waits; return what they did.

    Args:
        office: The office.
        campaigns: Those that may be answered, by name.
        by: The person.
    """
    with an_opener(office) as opener, terminal() as opened:
        session = _Session(office, by, opened, campaigns, opener)
        with contextlib.suppress(EOFError):  # it was closed; what was decided is kept
            session.run()
        return session.tally


@dataclass
class _Session:
    """One person at one terminal."""

    office: Office
    by: str
    terminal: Terminal
    campaigns: Mapping[str, Campaign]
    opener: Opener
    tally: Tally = field(default_factory=Tally)
    here: int = 0
    view: View = field(default_factory=View)
    decisions: list[Decision] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queue = [row.id for row in items(self.office)]
        self.questions = Questions(
            self.terminal, self.campaigns, typeahead(self.office)
        )

    def run(self) -> None:
        """Show one message after the other until the person leaves."""
        while True:
            shown = self._shown()
            key = self._key(shown)
            self.view.said = ""
            if key == "q" or (shown is None and key in (keys.ENTER, keys.ESCAPE)):
                return
            try:
                if not self._move(key) and shown is not None:
                    self._decide(key, shown)
            except MailerError as error:
                problem = error.problems[0]
                self.view.said = f"{problem.place} {problem.cause}"

    def _key(self, shown: Item | None) -> str:
        """Return the key that is pressed at a message, after it was scrolled."""
        page = partial(self._page, shown)
        key = self.terminal.key(page)
        while scroll(self.view.text, key, self.terminal.leap):
            key = self.terminal.key(page)
        return key

    def _shown(self) -> Item | None:
        """Return the message one is at; `None` after the last."""
        if self.here >= len(self.queue):
            rows = items(self.office)
            self.queue += [row.id for row in rows if row.id not in self.queue]
            if self.here >= len(self.queue):
                return None
        incoming_id = self.queue[self.here]
        found = item(self.office, incoming_id, self.campaigns, self.opener)
        self.view.position, self.view.total = self.here + 1, len(self.queue)
        return found

    def _page(self, shown: Item | None, width: int, height: int) -> list[Text]:
        if shown is not None:
            timezone = self.office.settings.office.timezone
            return review_page(shown, self.view, timezone, width, height)
        top = [heading("That was the last one", width), Text()]
        said = [Text(self.view.said, style="yellow"), Text(str(self.tally))]
        does = [("u", "undo"), ("←", "back"), ("q", "leave")]
        return filled(top, said, hints(does, width), height)

    def _move(self, key: str) -> bool:
        """Do what a key says that needs no message; return `False` if it does."""
        match key:
            case keys.LEFT:
                self._go(-1)
            case keys.RIGHT:
                self._go(1)
            case "u":
                self._undo()
            case "?":
                read_on(self.terminal, "What the keys do", _help)
            case _:
                return False
        return True

    def _decide(self, key: str, shown: Item) -> None:
        """Do what a key says about a message."""
        match key:
            case _ if shown.state not in WAITING:
                self._look(key, shown)
            case keys.ENTER if shown.state is ReviewState.OPEN:
                self._accept(shown)
            case "a":
                self._assign(shown, self.questions.whose(shown))
            case "k":
                self._assign(shown, self.questions.kind(shown))
            case "p":
                self._assign(shown, self.questions.question(shown))
            case "r":
                self._assign(shown, self.questions.objection(shown))
            case "n":
                self._decided(
                    dismiss(self.office, shown.id, by=self.by, seen=shown.state)
                )
            case "s":
                set_aside(self.office, shown.id, by=self.by)
                self.tally.set_aside += 1
                self._go_on(f"message {shown.id}: set aside")
            case _:
                self._look(key, shown)

    def _look(self, key: str, shown: Item) -> None:
        """Show more of a message; nothing is decided."""
        match key:
            case "t":
                self.view.whole = not self.view.whole
                self.view.text = Scrolled(())
            case "o":
                title = f"message {shown.id}, as it came"
                read_on(self.terminal, title, partial(wrapped, _original(shown)))
            case "d":
                timezone = self.office.settings.office.timezone
                title = f"message {shown.id}, what is known"
                read_on(self.terminal, title, partial(facts, shown, timezone))
            case "e":
                self._save(shown)
            case _:
                self.view.said = "? says what the keys do"

    def _accept(self, shown: Item) -> None:
        if shown.proposal.answer is None:
            self.view.said = "nothing is proposed: a assigns it, n closes it"
        else:
            self._assign(shown, shown.proposal.answer)

    def _assign(self, shown: Item, answer: Answer | None) -> None:
        """Record what a person says a message is, if they said it."""
        if answer is None:
            self.view.said = "nothing was decided"
            return
        self._decided(
            assign(self.office, shown.id, answer, by=self.by, seen=shown.state)
        )

    def _decided(self, decision: Decision) -> None:
        """Remember a decision, and go on."""
        self.decisions.append(decision)
        self.tally.decided += 1
        self._go_on(f"message {decision.incoming_id}: {decision.words}")

    def _undo(self) -> None:
        """Take back the last decision, and show its message again."""
        if not self.decisions:
            self.view.said = "nothing was decided yet"
            return
        decision = self.decisions.pop()
        undo(self.office, decision, by=self.by)
        self.tally.decided -= 1
        self.here = self.queue.index(decision.incoming_id)
        self._go(0, f"taken back: {decision.words}")

    def _go_on(self, said: str) -> None:
        """Go to the next message that still waits."""
        following = self.queue[self.here + 1 :]
        passed = list(takewhile(lambda one: not waits(self.office, one), following))
        if passed:
            said += f"; {counted(len(passed), 'message')} dealt with meanwhile"
        self._go(len(passed) + 1, said)

    def _go(self, by: int, said: str = "") -> None:
        """Go to another message."""
        self.here = max(0, min(self.here + by, len(self.queue)))
        self.view = View(said=said)

    def _save(self, shown: Item) -> None:
        """Save one enclosure into a folder that the person names."""
        enclosure = self.questions.enclosure(shown)
        if enclosure is None:
            return
        if enclosure is shown.stump:
            self.view.said = f"{STUMP}: save it in a mail program"
            return
        proposed = f"enclosures/{shown.id}"
        wanted = ask(self.terminal, "Into which folder of the office?", proposed)
        if wanted:
            folder = self.office.folder / wanted
            path = save_enclosure(folder, enclosure.name, enclosure.content)
            is_inside = path.is_relative_to(self.office.folder)
            shown_as = path.relative_to(self.office.folder) if is_inside else path
            self.view.said = f"saved as {shown_as}"


def _help(width: int) -> list[Text]:
    return [line for key, does in _HELP for line in fact(key, does, width)]


def _original(shown: Item) -> str:
    """Return the message's bytes as text, not more than a person reads here."""
    text = harmless_bytes(shown.raw[:_ORIGINAL])
    if len(shown.raw) > _ORIGINAL:
        text += f"\n… mailer inbox show {shown.id} --raw gives all of it"
    return text
