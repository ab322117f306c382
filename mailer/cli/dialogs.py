"""
Small questions on a whole terminal: one of several, a line, a municipality.

Each returns `None` when the person would rather not say (Esc).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from mailer.cli import keys
from mailer.cli.harmless import harmless_line
from mailer.cli.terminal import Scrolled, scroll

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mailer.cli.terminal import Terminal
    from mailer.model.recipient import Organisation
    from mailer.recipients.typeahead import Typeahead

CURSOR = "▏"
_HERE = "▸ "


def heading(title: str, width: int, right: str = "") -> Text:
    """Return the line at the top of a page."""
    line = f" {harmless_line(title)} "
    space = width - len(line) - len(right) - 1
    return Text(f"{line}{' ' * space}{right} " if space > 0 else line, style="reverse")


def hints(pairs: Sequence[tuple[str, str]], width: int) -> list[Text]:
    """Return what the keys do, in as few lines as there is room for."""
    lines, line = [], Text()
    for key, word in pairs:
        hint = Text.assemble((key, "bold"), " ", (word, "dim"))
        if line and len(line) + 3 + len(hint) > width:
            lines.append(line)
            line = Text()
        line = Text("   ").join([line, hint]) if line else hint
    return [*lines, line]


def _marked(text: str, is_here: bool) -> Text:
    return Text(f"{_HERE if is_here else '  '}{text}", style="bold" if is_here else "")


def filled(
    top: list[Text], middle: list[Text], bottom: list[Text], height: int
) -> list[Text]:
    """Return a page: `bottom` at its bottom, as much of `middle` as fits between."""
    room = max(0, height - len(top) - len(bottom))
    middle = middle[:room]
    blank = [Text() for _ in range(room - len(middle))]
    return [*top, *middle, *blank, *bottom]


def read_on(
    terminal: Terminal, title: str, lines_of: Callable[[int], Sequence[Text]]
) -> None:
    """
    Let a person read a long text until they have had enough.

    Args:
        terminal: Where.
        title: The text's.
        lines_of: Its lines at a width.
    """
    view = Scrolled(())

    def page(width: int, height: int) -> list[Text]:
        view.lines = lines_of(width)
        bottom = hints([("space ↑ ↓", "scroll"), ("q", "back")], width)
        room = max(1, height - 1 - len(bottom))
        seen = view.window(room)
        until = view.top + len(seen)
        top = [heading(title, width, f"{until} of {len(view.lines)} lines")]
        return filled(top, seen, bottom, height)

    while True:
        key = terminal.key(page)
        if not scroll(view, key, terminal.leap):
            return


def choose(
    terminal: Terminal, title: str, options: Sequence[str], here: int = 0
) -> int | None:
    """Let a person choose one of `options`; the one at `here` is marked first."""

    def page(width: int, height: int) -> list[Text]:
        lines = [
            _marked(f"{place + 1}  {harmless_line(option)}", place == here)
            for place, option in enumerate(options)
        ]
        first = max(0, here - (height - 5))
        bottom = hints([("number or Enter", "choose"), ("Esc", "back")], width)
        return filled([heading(title, width), Text()], lines[first:], bottom, height)

    while True:
        match terminal.key(page):
            case keys.UP:
                here = max(0, here - 1)
            case keys.DOWN:
                here = min(len(options) - 1, here + 1)
            case keys.ENTER:
                return here
            case keys.ESCAPE | "q":
                return None
            case key if key.isdecimal() and 0 < int(key) <= len(options):
                return int(key) - 1


def ask(terminal: Terminal, title: str, typed: str = "") -> str | None:
    """Let a person type a line; return it.  ↑ goes back as Esc does."""

    def page(width: int, height: int) -> list[Text]:
        line = Text.assemble("  ", harmless_line(typed[-(width - 4) :]), CURSOR)
        does = [("Enter", "take it"), ("Ctrl-U", "empty it"), ("Esc ↑", "back")]
        bottom = hints(does, width)
        top = [heading(title, width), Text(), line]
        return filled(top, [], bottom, height)

    while True:
        match terminal.key(page):
            case keys.ENTER:
                return typed.strip()
            case keys.ESCAPE | keys.UP:
                return None
            case keys.BACKSPACE:
                typed = typed[:-1]
            case keys.CLEAR:
                typed = ""
            case key if len(key) == 1:
                typed += key


class _Picking:
    """Municipalities being chosen: what is typed, which is next, which are taken."""

    def __init__(self, known: Typeahead, first: Sequence[Organisation]) -> None:
        self._known = known
        self._first = first
        self.typed = ""
        self.here: int | None = 0  #: the place of the one Enter takes
        self.taken: list[Organisation] = []

    @property
    def found(self) -> list[Organisation]:
        matching = self._known.matching(self.typed)
        if not self.typed:
            matching = list(dict.fromkeys([*self._first, *matching]))
        return [one for one in matching if one not in self.taken]

    def type(self, typed: str) -> None:
        self.typed = typed
        # With some taken and nothing typed, Enter says that this was all.
        self.here = 0 if typed or not self.taken else None

    def move(self, by: int) -> None:
        last = len(self.found) - 1
        self.here = 0 if self.here is None else max(0, min(self.here + by, last))

    def take(self) -> None:
        """Take the one that is marked, if there is one."""
        found = self.found
        if found and self.here is not None:
            self.taken.append(found[self.here])
            self.type("")

    def give_back(self) -> None:
        """Take back a letter, or the last municipality."""
        if self.typed:
            self.type(self.typed[:-1])
        elif self.taken:
            self.taken.pop()
            self.type("")

    def lines(self, room: int) -> list[Text]:
        first = max(0, (self.here or 0) - room + 1)
        return [
            _marked(f"{one.code}  {one.official_name}", place == self.here)
            for place, one in enumerate(self.found)
        ][first:] or [Text("  no municipality is called so", style="dim")]


def pick(
    terminal: Terminal, title: str, known: Typeahead, first: Sequence[Organisation]
) -> tuple[Organisation, ...] | None:
    """
    Let a person name one municipality or several while typing.

    Args:
        terminal: Where.
        title: What is asked.
        known: All municipalities.
        first: Those that are listed before anything is typed.
    """
    picking = _Picking(known, first)

    def page(width: int, height: int) -> list[Text]:
        top = [heading(title, width), Text(f"  {picking.typed}{CURSOR}")]
        if picking.taken:
            names = ", ".join(one.official_name for one in picking.taken)
            top += [Text(f"  taken: {names}", style="green"), Text()]
        enter = "that is all" if picking.here is None else "take"
        does = [("type", "name, code or address"), ("Enter", enter)]
        does += [("Tab", "take, and one more"), ("Esc", "back")]
        bottom = hints(does, width)
        room = height - len(top) - len(bottom)
        return filled(top, picking.lines(room), bottom, height)

    while True:
        match terminal.key(page):
            case keys.ESCAPE:
                return None
            case keys.UP:
                picking.move(-1)
            case keys.DOWN:
                picking.move(1)
            case keys.BACKSPACE:
                picking.give_back()
            case keys.TAB:
                picking.take()
            case keys.ENTER:
                picking.take()
                if picking.taken and not picking.typed:
                    return tuple(picking.taken)
            case key if len(key) == 1:
                picking.type(picking.typed + key)
