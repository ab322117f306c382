"""Single keys from a real terminal, which is given back as it was."""

from __future__ import annotations

import os
import pty
import signal
import termios

import pytest

from mailer.cli import keys
from mailer.cli.keys import keyboard


@pytest.fixture
def ends():
    """Return both ends of a terminal: where keys are pressed, where they are read."""
    pressing, reading = pty.openpty()
    yield pressing, reading
    os.close(pressing)
    os.close(reading)


def read(ends, pressed, count=1):
    pressing, reading = ends
    with keyboard(reading) as opened:
        os.write(pressing, pressed)
        return [opened.read() for _ in range(count)]


@pytest.mark.parametrize(
    ("pressed", "expected"),
    [
        (b"a", ["a"]),
        ("šč€".encode(), ["š", "č", "€"]),
        (b"\r", [keys.ENTER]),
        (b"\x7f", [keys.BACKSPACE]),
        (b"\t", [keys.TAB]),
        (b"\x1b[A\x1b[B", [keys.UP, keys.DOWN]),
        (b"\x1bOC", [keys.RIGHT]),
        (b"\x1b[5~\x1b[6~", [keys.PAGE_UP, keys.PAGE_DOWN]),
        (b"\x1b", [keys.ESCAPE]),
        (b"\x1b[1;5Pq", ["", "q"]),
        (b"\x00\x01\x1a\x1cb", ["b"]),
        (b"\xff\xfec", ["c"]),
        (b"\x04", [keys.CLOSED]),
    ],
    ids=ascii,
)
def test_a_key_has_its_name(ends, pressed, expected):
    """Letters outside ASCII are one key; a sequence nobody knows is none."""
    assert expected == read(ends, pressed, len(expected))


def test_another_size_is_told(ends):
    """Without a key."""
    with keyboard(ends[1]) as opened:
        signal.raise_signal(signal.SIGWINCH)

        assert keys.RESIZED == opened.read()


def test_the_terminal_is_given_back(ends):
    """Also after an error; so is the signal."""
    before = termios.tcgetattr(ends[1]), signal.getsignal(signal.SIGWINCH)

    def interrupted():
        with keyboard(ends[1]):
            assert before[0] != termios.tcgetattr(ends[1])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert before == (termios.tcgetattr(ends[1]), signal.getsignal(signal.SIGWINCH))
