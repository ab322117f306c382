"""Columns: found by Slovenian and English words, never by resemblance."""

from __future__ import annotations

import pytest

from mailer.errors import Severity
from mailer.recipients.columns import Field, read_header


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("e-pošta", Field.ADDRESS),
        ("E-POSTA", Field.ADDRESS),
        (" E-naslov ", Field.ADDRESS),
        ("Elektronski naslov", Field.ADDRESS),
        ("email", Field.ADDRESS),
        ("E-mail", Field.ADDRESS),
        ("test_email", Field.ADDRESS),
        ("Občina", Field.NAME),
        ("občina", Field.NAME),
        ("naziv", Field.NAME),
        ("municipality", Field.NAME),
        ("Šifra", Field.CODE),
        ("code", Field.CODE),
        ("vloga", Field.ROLE),
        ("spol", Field.GENDER),
        ("Priimek", Field.SURNAME),
        ("jezik", Field.LANGUAGE),
        ("regija", Field.REGION),
        ("Ime uradno", Field.OFFICIAL_NAME),
        ("official_name", Field.OFFICIAL_NAME),
        ("official name", Field.OFFICIAL_NAME),
        ("is_mestna", Field.IS_URBAN),
        ("co_official_lang", Field.CO_OFFICIAL_LANGUAGE),
        ("co_official_name", Field.CO_OFFICIAL_NAME),
        ("aliases", Field.ALIASES),
    ],
)
def test_a_heading_is_understood(heading, expected):
    """Case, accents, hyphens, spaces and underscores do not matter."""
    assert expected in read_header([heading], "l.csv").positions


def test_the_header_of_our_own_register():
    """Two of its columns are not needed, and nobody is warned about them."""
    columns = read_header(
        [
            "code",
            "name",
            "official_name",
            "is_mestna",
            "region",
            "nuts3",
            "co_official_lang",
            "co_official_name",
            "slug",
            "test_email",
            "aliases",
        ],
        "municipalities.csv",
    )

    assert ("nuts3", "slug") == columns.ignored
    assert () == columns.problems
    assert () == columns.warnings
    assert 9 == columns.positions[Field.ADDRESS]
    assert "test_email" == columns.heading(Field.ADDRESS)


def test_without_addresses_the_problem_lists_what_was_found():
    """Whoever mends it sees what we saw."""
    (problem,) = read_header(["občina", "telefon"], "l.csv").problems

    assert (
        "l.csv, header: no column holds the addresses; found 'občina', 'telefon'"
        " — name it 'e-pošta' or 'email'"
    ) == str(problem)


def test_two_columns_for_one_thing_are_a_problem():
    """C06: neither the first nor the last is silently taken."""
    problems = read_header(["email", "e-pošta", "code", "šifra"], "l.csv").problems

    assert [
        "2 columns hold the e-mail address: 'email', 'e-pošta'",
        "2 columns hold the code: 'code', 'šifra'",
    ] == [problem.cause for problem in problems]


def test_a_slip_is_suggested_not_taken():
    """»primek« is ignored, with a warning that says what it may be."""
    columns = read_header(["email", "primek", "opombe", ""], "l.csv")

    assert ("primek", "opombe") == columns.ignored
    assert Field.SURNAME not in columns.positions
    assert ["did you mean the surname?", ""] == [
        warning.next_step for warning in columns.warnings
    ]
    assert {Severity.WARNS} == {warning.severity for warning in columns.warnings}
