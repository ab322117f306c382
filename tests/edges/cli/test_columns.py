"""Tables, commands and findings in narrow terminals: no word is ever broken."""

from __future__ import annotations

import shlex

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from mailer.cli.columns import laid_out
from mailer.cli.output import _continued

HEADER = ("campaign", "status", "title")
ROWS = (
    ("conference", "draft", "Nacionalna konferenca o sodelovanju z občani"),
    ("ministry-letter", "running", "Uvajanje sistema kakovosti"),
)
WORDS = st.text("abcčšž", min_size=1, max_size=12)
CELLS = st.lists(WORDS, max_size=6).map(" ".join)


def words(lines):
    return sorted(word for line in lines for word in line.split())


def test_all_on_one_line_where_there_is_room():
    assert [
        "campaign         status   title",
        "conference       draft    Nacionalna konferenca o sodelovanju z občani",
        "ministry-letter  running  Uvajanje sistema kakovosti",
    ] == laid_out(HEADER, ROWS, None)


def test_the_widest_column_is_wrapped():
    assert [
        "campaign         status   title",
        "conference       draft    Nacionalna",
        "                          konferenca o",
        "                          sodelovanju z",
        "                          občani",
        "ministry-letter  running  Uvajanje",
        "                          sistema",
        "                          kakovosti",
    ] == laid_out(HEADER, ROWS, 39)


def test_a_block_for_each_row_where_the_words_do_not_fit():
    assert [
        "campaign: conference",
        "status: draft",
        "title: Nacionalna konferenca o",
        "  sodelovanju z občani",
        "",
        "campaign: ministry-letter",
        "status: running",
        "title: Uvajanje sistema kakovosti",
    ] == laid_out(HEADER, ROWS, 34)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1), st.integers(1, 120))
def test_every_word_is_there_and_whole(rows, width):
    """In columns that fit, or in blocks under their headings."""
    shown = laid_out(HEADER, rows, width)
    cells = [cell for row in rows for cell in row]

    if shown[0].split() == list(HEADER):
        assert words([*HEADER, *cells]) == words(shown)
        assert all(cell_len(line) <= width for line in shown)
    else:
        named = [f"{name}:" for name in HEADER] * len(rows)
        assert words([*named, *cells]) == words(shown)


@given(
    st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20)),
    st.integers(20, 100),
)
def test_a_command_on_several_lines_is_still_that_command(arguments, width):
    """A shell that gets all of its lines does the same."""
    command = f"Next: mailer {shlex.join(arguments)}"

    shown = _continued(command, width)

    assert shlex.split(command) == shlex.split(shown.replace("\\\n", ""))
    assert all(
        len(line) <= width or len(shlex.split(line.rstrip("\\"))) == 1
        for line in shown.split("\n")
    )
