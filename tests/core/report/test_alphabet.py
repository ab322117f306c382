"""Names in the order of the Slovenian alphabet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.report.alphabet import alphabetical


@pytest.mark.parametrize(
    "expected",
    [
        pytest.param(["Celje", "Cerkno", "Črenšovci", "Črnomelj", "Divača"], id="č"),
        pytest.param(["Slovenj Gradec", "Šalovci", "Škocjan", "Tabor"], id="š"),
        pytest.param(["Zreče", "Žalec", "Žužemberk"], id="ž"),
        pytest.param(["cona", "čas", "ćuk", "dan", "đak", "enota"], id="ć and đ"),
        pytest.param(["Ribnica", "Ribnica na Pohorju", "Rogašovci"], id="shorter"),
        pytest.param(["Mirna", "Mirna Peč", "Mirnava"], id="a space before letters"),
        pytest.param(["Dobrna", "Dobrova-Polhov Gradec", "Dobrovnik"], id="hyphen"),
        pytest.param(["Lendava", "Lőd", "Log"], id="foreign marks"),
    ],
)
def test_alphabetical(expected):
    """Č, Š and Ž are letters of their own; marks of others do not count."""
    backwards = expected[::-1]

    assert expected == sorted(backwards, key=alphabetical)


def test_decomposed_letters_sort_as_composed_ones():
    """A Č typed as C and a caron stands where Č stands."""
    assert alphabetical("Črna")[0] == alphabetical("C\N{COMBINING CARON}rna")[0]


@given(st.text(), st.text())
def test_only_equal_names_are_equal(one, other):
    """The order is total: two different names never tie."""
    assert (one == other) is (alphabetical(one) == alphabetical(other))
