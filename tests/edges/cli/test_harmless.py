"""A stranger's words do nothing to a terminal but stand there."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.cli.harmless import (
    MARK,
    harmless,
    harmless_bytes,
    harmless_json,
    harmless_line,
)


@pytest.mark.parametrize(
    "evil",
    [
        pytest.param("\x1b[2J", id="clears the screen"),
        pytest.param("\x1b]0;title\x07", id="renames the window"),
        pytest.param("\x9b31m", id="an introducer of eight bits"),
        pytest.param("pay\rload", id="hides the line"),
        pytest.param("a\x08b", id="takes back a letter"),
        pytest.param("\u202exe.fdp", id="turns the writing"),
        pytest.param("a\u200bb", id="a letter nobody sees"),
        pytest.param("\u2028", id="a line break of another kind"),
        pytest.param("\ud800", id="half a character"),
    ],
)
def test_what_a_terminal_obeys_becomes_a_mark(evil):
    """The rest stays."""
    assert MARK in harmless(f"č {evil} ž")
    assert harmless(f"č {evil} ž").startswith("č ")


@given(st.text())
def test_nothing_that_is_obeyed_is_left(text):
    """Of control characters only the end of a line."""
    controls = {one for one in harmless(text) if unicodedata.category(one) == "Cc"}

    assert controls <= {"\n"}
    assert "\n" not in harmless_line(text)


def test_what_people_write_stays():
    """Letters of any script, signs, emoji with a colour."""
    text = "Šentjur »čšž« – 10 €\nÁé ő ß 日本 👍🏽"

    assert text == harmless(text)


def test_marks_are_not_piled_up():
    """Three on a letter are enough for every language."""
    assert "a\u0301\u0302\u0303b" == harmless("a\u0301\u0302" + "\u0303" * 999 + "b")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_means_the_same(text):
    """Only its spelling changes."""
    spelled = harmless_json(json.dumps({"a": text}, ensure_ascii=False))

    assert {"a": text} == json.loads(spelled)
    assert not set("\x7f\x85\x9b\u202e") & set(spelled)


@given(st.binary())
def test_any_bytes_can_be_shown(raw):
    """Also those of no text."""
    shown = harmless_bytes(raw)

    assert {"\n", "\t"} >= {one for one in shown if unicodedata.category(one) == "Cc"}


def test_bytes_are_spelled_out():
    """Lines end as they do, and strange octets are named."""
    raw = b"Subject: \xe8 \x1b[2J\r\n\r\n\xc4\x8d"

    assert "Subject: \\xe8 \\x1b[2J\n\nč" == harmless_bytes(raw)
