"""What recurs is encoded once, and nobody can tell from the bytes."""

from __future__ import annotations

import quopri
import tracemalloc

from hypothesis import example, given
from hypothesis import strategies as st

from mailer.model.message import Lines
from mailer.rendering.quoted_printable import Encoder, encoded

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs",))
FEW = st.sampled_from(
    [
        *("", " ", "\t", ".", "..", ".dot", "=", "=20", "From here", "a\0b", "\u2028"),
        *("č" * 13, "x" * 75 + " ", "x" * 76, "x" * 70 + " From afar", "Spoštovani,"),
    ]
)
LINES = FEW | st.text(LETTERS, max_size=90)
#: long enough to be remembered, and alike enough to be recognised
ALIKE = st.lists(FEW, min_size=6, max_size=30)
TEXTS = st.builds(
    lambda lines, line_end: line_end.join(lines),
    ALIKE | st.lists(LINES, max_size=12),
    st.sampled_from(["\n", "\r\n", "\r"]),
)

PARAGRAPHS = "".join(
    f"{number}. odstavek pisma, ki ga {'č' * 20}\n" for number in range(30)
)


def joined(pieces):
    return b"".join(
        piece.data if isinstance(piece, Lines) else piece for piece in pieces
    )


def normalised(text):
    """Return `text` with LF line ends, the last line ended."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else text + "\n"


@given(TEXTS)
@example("")
@example("x" * 74 + " \n.\nFrom ")
def test_any_text_comes_back(text):
    """Python's own decoder reads what we write; no line is too long."""
    octets = encoded(text)
    lines = octets.split(b"\r\n")

    assert normalised(text) == quopri.decodestring(octets).decode().replace(
        "\r\n", "\n"
    )
    assert octets.endswith(b"\r\n")
    assert all(len(line) <= 76 for line in lines)
    assert not any(line.startswith(b"From ") for line in lines)


@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_what_is_remembered_changes_no_byte(texts):
    """In whatever order texts come, each is encoded as if it were alone."""
    encoder = Encoder()

    for text in [*texts, *texts]:
        assert encoded(text) == joined(encoder.encode(text))


@given(ALIKE, st.lists(st.tuples(st.integers(0, 30), LINES), max_size=6))
def test_a_text_that_differs_in_one_line_is_itself(lines, changes):
    """A line that is changed, and one that is missing, hide no other."""
    encoder = Encoder()
    encoder.encode("\n".join(lines))

    for place, line in changes:
        changed = [*lines[:place], line, *lines[place + 1 :]]
        shorter = [*lines[:place], *lines[place + 1 :]]
        for text in ("\n".join(changed), "\n".join(shorter)):
            assert encoded(text) == joined(encoder.encode(text))


@given(st.lists(TEXTS, max_size=6))
def test_each_piece_is_whole_lines(texts):
    """So each can be looked at, and dot-stuffed, by itself."""
    encoder = Encoder()

    for text in texts:
        for piece in encoder.encode(text):
            assert isinstance(piece, Lines) or piece == Lines(piece).data


def test_what_texts_share_is_the_same_object():
    """Salutation and name differ; the paragraphs between are encoded once."""
    encoder = Encoder()
    for name in ("Ana", "Bor"):
        encoder.encode(f"Spoštovani {name},\n{PARAGRAPHS}Za {name}\n")
    first, second = (
        encoder.encode(f"Spoštovani {name},\n{PARAGRAPHS}Za {name}\n")
        for name in ("Črt", "Žiga")
    )

    assert [bytes, Lines, bytes] == list(map(type, first))
    assert encoded(PARAGRAPHS) == first[1].data
    assert first[1] is second[1]


def test_another_language_is_remembered_too():
    """A step's letters in another language share their own paragraphs."""
    encoder = Encoder()
    italian = PARAGRAPHS.replace("odstavek pisma", "capoverso")
    for text in (PARAGRAPHS, italian, PARAGRAPHS, italian):
        encoder.encode(text)

    assert [Lines] == list(map(type, encoder.encode(PARAGRAPHS)))
    assert [Lines] == list(map(type, encoder.encode(italian)))


def test_memory_is_bounded():
    """Letters that have nothing in common are not all remembered."""
    encoder = Encoder()
    letters = 300
    tracemalloc.start()
    try:
        for letter in range(letters):
            text = "".join(f"{letter}/{line} {'x' * 1000}\n" for line in range(20))
            encoder.encode(text)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < letters * len(text) / 3
