"""Fields that nothing has filled, whichever program they were written for."""

from __future__ import annotations

import pytest

from mailer.campaign.preflight.leftover import look_for_leftovers
from mailer.campaign.preflight.subject import look_at_year


@pytest.mark.parametrize(
    "field",
    [
        *("{ime}", "${ime}", "{ime občine}", "[[ime]]", "%%IME%%", "*|FNAME|*"),
        *("<<Ime>>", "None", "nan", "NaN", "undefined", "#N/A"),
    ],
)
def test_a_field_of_another_program(field):
    """It stands in the letter as it is."""
    (found,) = look_for_leftovers("x", f"Spoštovani {field}, vabimo vas.")

    assert f"'{field}' looks like a field" in found.cause


@pytest.mark.parametrize(
    "text",
    [
        "finančni načrt, Nandor, Nonet, 10 % popust [1] «parola» {1, 2}",
        "člen 6(1)(e) in »navedek« <urad@town.example>",
    ],
)
def test_words_and_brackets_are_no_fields(text):
    assert [] == list(look_for_leftovers("x", text))


@pytest.mark.parametrize(
    ("subject", "is_past"),
    [
        ("Konferenca 2026", True),
        ("Konferenca 2027", False),
        ("Poročilo 2026 in načrt 2027", False),
        ("Št. 410-2026/3", False),
        ("Vabilo 18. 12. 2026", True),
    ],
)
def test_a_year_in_a_subject(subject, is_past):
    """The newest of those it names; a document's number is no year."""
    assert is_past == bool(list(look_at_year("x", subject, 2027)))
