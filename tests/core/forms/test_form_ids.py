"""Identifiers of forms: nobody makes one up, and few mistype one beyond reading."""

from __future__ import annotations

import pytest
from forms import CAMPAIGN, KEY
from hypothesis import given
from hypothesis import strategies as st

from mailer import tokens
from mailer.forms.identifier import find_identifier

CODES = [f"{number:03}" for number in range(1, 214)]
TAG = "K17"
MARK = tokens.form_id(KEY, TAG, CAMPAIGN, "061")


def owner(text, key=KEY, tag=TAG, campaign=CAMPAIGN, codes=CODES):
    return tokens.form_owner(key, tag, campaign, text, codes)


def test_it_can_be_read_aloud():
    """The tag, the municipality, six symbols that nobody takes for others."""
    tag, code, symbols = MARK.split("-")

    assert (TAG, "061", 6) == (tag, code, len(symbols))
    assert not set(symbols) & set("01OIQLSZGBV")


@pytest.mark.parametrize(
    "typed",
    [
        MARK,
        MARK.lower(),
        MARK.replace("-", ""),
        MARK.replace("-", " – "),
        MARK.replace("0", "O").replace("1", "l"),
        MARK.replace("6", "G").replace("5", "S").replace("8", "B").replace("2", "z"),
        " ".join(MARK),
        f" {MARK}\n",
    ],
)
def test_it_is_read_however_it_was_typed(typed):
    assert "061" == owner(typed)


@given(code=st.sampled_from(CODES), campaign=st.sampled_from(["a", "b"]))
def test_it_names_its_organisation_and_no_other(code, campaign):
    mark = tokens.form_id(KEY, TAG, campaign, code)

    assert code == owner(mark, campaign=campaign)
    assert None is owner(mark, campaign="c")
    assert None is owner(mark, key=b"x" * 32, campaign=campaign)
    assert None is owner(mark, tag="K18", campaign=campaign)


@given(place=st.integers(0, len(MARK) - 1), symbol=st.sampled_from("347ACEFHJK"))
def test_a_mistyped_one_is_nobodys(place, symbol):
    """Any changed symbol is refused, in the municipality's code too."""
    wrong = f"{MARK[:place]}{symbol}{MARK[place + 1 :]}"

    if tokens.fold_form_id(wrong) != tokens.fold_form_id(MARK):
        assert None is owner(wrong)


@given(st.text(max_size=40))
def test_any_text_has_an_owner_or_none(text):
    assert owner(text) in (None, "061")


def test_an_organisation_without_a_number_has_one_too():
    """Its code may be an address, which nobody could read aloud."""
    mark = tokens.form_id(KEY, TAG, CAMPAIGN, "zavod@zavod.example")

    assert "zavod" not in mark.lower()
    assert "zavod@zavod.example" == owner(mark, codes=[*CODES, "zavod@zavod.example"])


@pytest.mark.parametrize(
    "text",
    [
        f"Pozdravljeni, obrazec {MARK} vračamo.",
        f"Oznaka obrazca: {MARK}\nŠifra občine 061",
        f"oznaka: {MARK.lower().replace('-', ' ')}.",
        f"{MARK.replace('-', '')}",
        f"Zadeva: Re: Obrazec ({MARK})",
        f"{MARK.replace('0', 'O').replace('1', 'I')} Občina",
        f"{MARK[:8]}{MARK[8:11]} {MARK[11:]} priloga",
    ],
)
def test_it_is_found_in_a_text(text):
    assert "061" == owner(find_identifier(text, ["K16", TAG]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "K17",
        "K17-061",
        "ISO 9001, CAF 2015",
        "XK17-061-AAAAAA",
        "K17 nova oznaka",
        "01 2345678",
    ],
)
def test_other_words_are_none(text):
    assert "" == find_identifier(text, [TAG])


@given(st.text(max_size=200))
def test_a_search_always_ends(text):
    find_identifier(f"K17-061 {text}", [TAG])
