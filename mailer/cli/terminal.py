"""
A whole terminal as a page that is drawn anew after each key.

Below the page it asks small questions: one of several, a line of text, leave to
read a long one.  What is asked, and what an answer does, is the caller's.
Ctrl-C, and a terminal that was closed, end the block that opened it; it is then
as it was before.
"""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console, Group
from rich.control import Control
from rich.text import Text

from mailer.cli import keys
from mailer.cli.harmless import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import ScreenContext

    Page = Callable[[int, int], list[Text]]  #: width, height → lines from the top

_SMALLEST = (20, 8)  #: columns and rows; in less nothing can be read

#: how far a key scrolls: lines, or screens
_LINES = {keys.UP: -1, keys.DOWN: 1}
_SCREENS = {keys.PAGE_UP: -1, keys.PAGE_DOWN: 1, " ": 1}


@dataclass(slots=True)
class Scrolled:
    """A text of which a window is seen."""

    lines: Sequence[Text]
    top: int = 0  #: the first line that is seen

    def window(self, height: int) -> list[Text]:
        """Return the lines that are seen in a window of `height`; it may move up."""
        self.top = max(0, min(self.top, len(self.lines) - height))
        return list(self.lines[self.top : self.top + height])

    def below(self, height: int) -> int:
        """Return how many lines are not seen because they are below the window."""
        return max(0, len(self.lines) - self.top - height)


class Terminal:
    """An open terminal; open it with `terminal`."""

    def __init__(
        self, console: Console, screen: ScreenContext, keyboard: keys.Keyboard
    ) -> None:
        self._console = console
        self._screen = screen
        self._keyboard = keyboard

    def key(self, page: Page) -> str:
        """
        Draw a page and return the key that is pressed on it.

        Raises:
            EOFError: The terminal is gone.
        """
        while True:
            self._draw(page)
            key = self._keyboard.read()
            if key == keys.CLOSED:
                raise EOFError
            if key and key != keys.RESIZED:
                return key

    def _draw(self, page: Page) -> None:
        width, height = self._console.size = self.size
        lines = page(width, height)[:height]
        for line in lines:
            line.no_wrap, line.overflow = True, "ellipsis"
        self._console.control(Control.home())
        self._screen.update(Group(*lines))

    @property
    def size(self) -> tuple[int, int]:
        """Return columns and rows as they are now, whatever the environment says."""
        try:
            width, height = os.get_terminal_size(sys.stdout.fileno())
        except OSError:  # it was closed; the next key says so
            return _SMALLEST
        return max(width, _SMALLEST[0]), max(height, _SMALLEST[1])

    @property
    def leap(self) -> int:
        """Return by how many lines a screen is scrolled."""
        return max(1, self.size[1] // 2)


def scroll(view: Scrolled, key: str, leap: int) -> bool:
    """Move the window as `key` says; return `False` if it says something else."""
    if key not in _LINES and key not in _SCREENS:
        return False
    view.top += _LINES.get(key, 0) + _SCREENS.get(key, 0) * leap
    return True


@lru_cache(8)
def wrapped(text: str, width: int) -> tuple[Text, ...]:
    """Return a stranger's text in lines of at most `width`; quoted ones are dim."""
    console = Console(width=width, file=None, highlight=False)
    found: list[Text] = []
    for line in harmless(text).split("\n"):
        whole = Text(line, style="dim" if line.lstrip().startswith(">") else "")
        if cell_len(line) <= width:
            found.append(whole)
        else:
            found += whole.wrap(console, width, overflow="fold")
    return tuple(found)


def is_interactive() -> bool:
    """Tell whether somebody sits at a terminal that can be drawn on."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return os.environ.get("TERM", "") not in {"", "dumb", "unknown"}


@contextlib.contextmanager
def terminal() -> Iterator[Terminal]:
    """Take the terminal while the block runs, and leave it as it was."""
    console = Console(highlight=False)
    with keys.keyboard(sys.stdin.fileno()) as keyboard, console.screen() as screen:
        yield Terminal(console, screen, keyboard)
