"""C11: cells: text, and words for roles, genders and languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.model.recipient import Gender, Role
from mailer.recipients import validate
from mailer.recipients.validate import CellError


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("župan", Role.MAYOR),
        ("ŽUPANJA", Role.MAYOR),
        ("zupan", Role.MAYOR),
        ("mayor", Role.MAYOR),
        ("direktorica občinske uprave", Role.DIRECTOR),
        ("občina", Role.OFFICE),
        ("oseba", Role.PERSON),
    ],
)
def test_roles_in_words(cell, expected):
    """Slovenian and English words, accents or not."""
    assert expected is validate.role(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("ž", Gender.FEMALE),
        ("F", Gender.FEMALE),
        ("gospa", Gender.FEMALE),
        ("ga.", Gender.FEMALE),
        ("M", Gender.MALE),
        ("moški", Gender.MALE),
        ("g.", Gender.MALE),
        ("unknown", Gender.UNKNOWN),
    ],
)
def test_genders_in_words(cell, expected):
    """Letters, words and titles."""
    assert expected is validate.gender(cell)


def test_a_role_tells_a_gender_only_where_it_is_no_guess():
    """»Županja« is a woman; »župan« is used of women too."""
    assert Gender.FEMALE is validate.gender_of_role("Županja")
    assert Gender.FEMALE is validate.gender_of_role("direktorica občinske uprave")
    assert Gender.UNKNOWN is validate.gender_of_role("župan")


@pytest.mark.parametrize(
    ("cell", "expected"), [("sl", "sl"), ("Madžarščina", "hu"), ("italian", "it")]
)
def test_languages_in_words(cell, expected):
    """The three languages of the letters."""
    assert expected == validate.language(cell)


@pytest.mark.parametrize(
    ("cell", "expected"), [("1", True), ("DA", True), ("0", False), ("ne", False)]
)
def test_truths_in_words(cell, expected):
    """What spreadsheets write for yes and no."""
    assert expected is validate.truth(cell)


@pytest.mark.parametrize(
    "read", [validate.role, validate.gender, validate.language, validate.truth]
)
def test_an_unknown_word_is_never_guessed(read):
    """The error lists words that are understood."""
    with pytest.raises(CellError, match="'vajenec' is not understood") as caught:
        read("vajenec")

    assert caught.value.next_step.startswith("write one of ")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (" Sveta   Ana ", "Sveta Ana"),
        ("Sveta\u00a0Ana", "Sveta Ana"),
        ("S\u030cmarje", "Šmarje"),
        ("<b>{{ 7*7 }}</b>", "<b>{{ 7*7 }}</b>"),
    ],
)
def test_text_has_one_form(cell, expected):
    """C12: NFC and single spaces; what looks like a template is only text."""
    assert expected == validate.text(cell)


@pytest.mark.parametrize(
    "bad", ["\r\n", "\n", "\t", "\0", "\u2028", "\u200b", "\u202e"]
)
def test_text_has_no_invisible_characters(bad):
    """C11: line breaks, zero width and direction marks inside a name are told."""
    with pytest.raises(CellError, match="cannot be seen"):
        validate.text(f"Sveta{bad}Ana")


def test_long_text_is_refused():
    """C11: a name is no essay."""
    with pytest.raises(CellError, match="at most 300"):
        validate.text("a" * 301)


@given(st.text())
def test_any_text_is_clean_or_refused(cell):
    """C11: what comes out can stand in a header and comes out again."""
    try:
        words, cause = validate.text(cell), ""
    except CellError as error:
        words, cause = "", error.cause

    assert cause.isprintable()
    assert not set(words) & set("\r\n\0\t\u2028\u2029\x85")
    assert words == validate.text(words)
