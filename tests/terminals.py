"""A terminal for tests: the command in a pseudo-terminal, its keys and its pages."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
from typing import TYPE_CHECKING

from commands import environment
from waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTER, TAB, ESCAPE, BACKSPACE, CTRL_C = "\r", "\t", "\x1b", "\x7f", "\x03"
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"

#: how a page begins, and what only says how letters look
_HOME = "\x1b[H"
_LOOKS = re.compile(r"\x1b\[[\d;]*m")
_CONTROLS = re.compile(r"\x1b\[\??[\d;]*[A-Za-z]")


class Terminal:
    """What a person sees and presses; made by `at_terminal`."""

    def __init__(self, words: list[object], size: tuple[int, int], **env: str) -> None:
        self.master, slave = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(slave)
        given = environment(TERM="xterm-256color", **env)
        del given["COLUMNS"]
        # The terminal is the session's own, as a login's is: it gets the signals.
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *map(str, words)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=given,
        )
        self.slave = slave
        self._seen = bytearray()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # nobody has the other end any more
            while octets := os.read(self.master, 65536):
                self._seen += octets

    @property
    def output(self) -> str:
        """Return all that the terminal was sent."""
        return self._seen.decode("utf-8", "replace")

    @property
    def page(self) -> list[str]:
        """Return the lines of the newest page, or of what was written after it."""
        newest = self.output.rpartition(_HOME)[2]
        return _CONTROLS.sub("", _LOOKS.sub("", newest)).split("\r\n")

    @property
    def text(self) -> str:
        """Return the newest page in one line: it wraps as it likes."""
        return " ".join(" ".join(self.page).split())

    def shows(self, *parts: str) -> Terminal:
        """Wait until the page has all of `parts`."""
        until(
            lambda: all(part in self.text for part in parts),
            f"the page shows {parts}",
        )
        return self

    def press(self, *keys: str) -> Terminal:
        """Press keys, one after the other."""
        for key in keys:
            os.write(self.master, key.encode())
        return self

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        size = struct.pack("HHHH", height, width, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def ended(self) -> int:
        """Wait for the command to end; return its exit code."""
        return self.process.wait(30)

    @property
    def is_as_before(self) -> bool:
        """Tell whether the terminal was left as it was found."""
        left = self.output.rpartition("\x1b[?1049h")[2]
        is_shown = "\x1b[?1049l" in left and "\x1b[?25h" in left
        return is_shown and self.before == termios.tcgetattr(self.slave)

    def close(self) -> None:
        """End the command if it has not, and give the terminal back."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.slave)
        self._reader.join(10)
        os.close(self.master)


@contextlib.contextmanager
def at_terminal(
    *words: object, size: tuple[int, int] = (80, 24), **env: str
) -> Iterator[Terminal]:
    """Run a command at a terminal of so many columns and rows."""
    opened = Terminal(list(words), size, **env)
    try:
        yield opened
    finally:
        opened.close()
