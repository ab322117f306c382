"""
Read single keys from a terminal, and give it back as it was.

A key is a character as it was typed, or one of the names below.
Ctrl-C stays what it is everywhere: it raises KeyboardInterrupt.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import select
import signal
import termios
import tty
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

UP, DOWN, PAGE_UP, PAGE_DOWN = "up", "down", "page up", "page down"
HOME, END, LEFT, RIGHT = "home", "end", "left", "right"
ENTER, TAB, ESCAPE, BACKSPACE = "enter", "tab", "escape", "backspace"
CLEAR = "clear"  #: Ctrl-U, which empties a line everywhere else, too
RESIZED = "resized"  #: no key: the window has another size now
CLOSED = "closed"  #: no key: the terminal is gone

#: what follows ESC; terminals differ in whether `[` or `O` comes first
_SEQUENCES = {
    b"A": UP,
    b"B": DOWN,
    b"C": RIGHT,
    b"D": LEFT,
    b"H": HOME,
    b"F": END,
    b"1~": HOME,
    b"4~": END,
    b"5~": PAGE_UP,
    b"6~": PAGE_DOWN,
}
_CONTROLS = {
    "\r": ENTER,
    "\n": ENTER,
    "\t": TAB,
    "\x7f": BACKSPACE,
    "\b": BACKSPACE,
    "\x15": CLEAR,
}

#: seconds after ESC in which the rest of a sequence comes, also over a slow line
_REST = 0.1
_LONGEST = 16  #: octets of a sequence


class Keyboard:
    """The keys of a terminal; open it with `keyboard`."""

    def __init__(self, descriptor: int, woken: int) -> None:
        self._descriptor = descriptor
        self._woken = woken
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")

    def read(self) -> str:
        """Wait for a key, or for the window to have another size."""
        while True:
            ready, _, _ = select.select([self._descriptor, self._woken], [], [])
            if self._woken in ready:
                os.read(self._woken, 1024)
                return RESIZED
            octet = self._octet()
            if octet in (b"", b"\x04"):  # the end of the line, or Ctrl-D
                return CLOSED
            if octet == b"\x1b":
                return self._sequence()
            # A letter outside ASCII comes in several octets.
            typed = self._decoder.decode(octet)
            if typed in _CONTROLS:
                return _CONTROLS[typed]
            if typed and typed.isprintable():
                return typed

    def _octet(self) -> bytes:
        try:
            return os.read(self._descriptor, 1)
        except OSError:  # the other end hung up
            return b""

    def _sequence(self) -> str:
        """Return the key whose sequence began; ESC alone is a key of its own."""
        found = b""
        while len(found) < _LONGEST:
            ready, _, _ = select.select([self._descriptor], [], [], _REST)
            if not ready:
                break
            octet = self._octet()
            if not octet:
                break
            found += octet
            # ECMA-48, section 5.4: the final octet of a control sequence
            if len(found) > 1 and 0x40 <= found[-1] <= 0x7E:  # noqa: PLR2004
                break
        return _SEQUENCES.get(found[1:], ESCAPE if not found else "")


@contextlib.contextmanager
def keyboard(descriptor: int) -> Iterator[Keyboard]:
    """Read the keys of the terminal `descriptor` while the block runs."""
    before = termios.tcgetattr(descriptor)
    woken, waking = os.pipe()
    os.set_blocking(waking, False)

    def resized(_number: int, _frame: object) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(waking, b"\0")

    handler = signal.signal(signal.SIGWINCH, resized)
    try:
        tty.setcbreak(descriptor, termios.TCSADRAIN)
        _keep_to_the_page(descriptor)
        yield Keyboard(descriptor, woken)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        signal.signal(signal.SIGWINCH, handler)
        os.close(woken)
        os.close(waking)


def _keep_to_the_page(descriptor: int) -> None:
    """Let no key stop or kill the program: the page would stay on the shell's."""
    changed = termios.tcgetattr(descriptor)
    for place in (termios.VSUSP, termios.VQUIT):
        changed[6][place] = b"\0"  # _POSIX_VDISABLE
    termios.tcsetattr(descriptor, termios.TCSADRAIN, changed)
