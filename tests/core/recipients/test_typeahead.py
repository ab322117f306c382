"""Municipalities while a person types: suggested, the likeliest first."""

from __future__ import annotations

import pytest
from factories import an_organisation
from hypothesis import given
from hypothesis import strategies as st

from mailer.recipients.typeahead import Typeahead, bare

NAMES = {
    "052": "Kranj",
    "054": "Krško",
    "057": "Laško",
    "064": "Logatec",
    "104": "Ribnica",
    "177": "Ribnica na Pohorju",
    "117": "Šenčur",
    "120": "Šentjur",
    "182": "Sveti Andraž v Slovenskih goricah",
    "050": "Koper",
}
ADDRESSES = {"054": ["obcina@krsko.example"], "064": ["info@logatec.example"]}


@pytest.fixture(scope="module")
def known():
    """Return a few municipalities, some of them neighbours by spelling."""
    return Typeahead(
        [
            an_organisation(
                code=code,
                name=name,
                official_name=f"Občina {name}",
                co_official_name="Comune città di Capodistria" * (code == "050"),
                aliases=("Sv. Andraž",) if code == "182" else (),
            )
            for code, name in NAMES.items()
        ],
        ADDRESSES,
    )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("sen", ["117", "120"], id="without šumniki"),
        pytest.param("ŠENČ", ["117"], id="with them, in capitals"),
        pytest.param("s\u030cenc", ["117"], id="a mark apart from its letter"),
        pytest.param("ribnica", ["104", "177"], id="the whole name first"),
        pytest.param("občina krško", ["054"], id="with what stands before it"),
        pytest.param("an", ["182", "052"], id="a later word before a middle"),
        pytest.param("57", ["057"], id="a code without its zero"),
        pytest.param("krsko.ex", ["054"], id="part of an address"),
        pytest.param("citta di", ["050"], id="the second language"),
        pytest.param("sv. and", ["182"], id="another spelling"),
        pytest.param("ško", ["054", "057"], id="the middle of a name"),
        pytest.param("  ", list(NAMES), id="nothing yet"),
        pytest.param("qx", [], id="nobody"),
    ],
)
def test_who_is_suggested(known, typed, expected):
    """By name, code or address."""
    assert expected == [one.code for one in known.matching(typed)]


@given(st.text(max_size=30))
def test_whatever_is_typed_is_looked_for(known, typed):
    """Any text has an answer, and each municipality is in it at most once."""
    found = [one.code for one in known.matching(typed)]

    assert len(set(found)) == len(found)


@given(st.sampled_from(sorted(NAMES.values())), st.integers(1, 40))
def test_the_beginning_of_a_name_finds_it(known, name, length):
    """However much of it was typed."""
    assert name in [one.name for one in known.matching(bare(name)[:length])]
