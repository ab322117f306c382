"""Lists: each row a recipient or a problem with its place, all at once."""

from __future__ import annotations

import pytest
from factories import an_organisation
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import Severity
from mailer.model.recipient import Gender, Organisation, Role
from mailer.recipients.read import read_list, shrunk
from mailer.recipients.register import Register

BLED = an_organisation(code="003", name="Bled", official_name="Občina Bled")
KOPER = an_organisation(
    code="050", name="Koper", official_name="Mestna občina Koper", is_urban=True
)
REGISTER = Register([BLED, KOPER])


def read(header, *rows, register=REGISTER):
    numbered = enumerate((tuple(row.split(";")) for row in rows), start=2)
    return read_list(header.split(";"), numbered, register, "l.csv")


def problems(draft):
    return list(map(str, draft.problems))


def test_a_whole_row():
    """Every column lands in its field."""
    draft = read(
        "e-pošta;občina;šifra;vloga;spol;priimek;jezik",
        "Zupan@Koper.Example;MO Koper;50;župan;m;Zgled;it",
    )

    assert () == draft.problems
    (recipient,) = draft.recipients
    assert "Zupan@koper.example" == recipient.address
    assert "zupan@koper.example" == recipient.address_key
    assert KOPER is recipient.organisation
    assert Role.MAYOR is recipient.role
    assert Gender.MALE is recipient.gender
    assert "Zgled" == recipient.surname
    assert "it" == recipient.language
    assert 0 == recipient.id


def test_what_is_left_out_has_a_default():
    """An address and a municipality are enough."""
    (recipient,) = read("email;code", "a@b.example;3").recipients

    assert BLED is recipient.organisation
    assert Role.OFFICE is recipient.role
    assert Gender.UNKNOWN is recipient.gender
    assert "sl" == recipient.language


def test_a_surname_is_a_persons():
    """Nobody names a shared mailbox by a surname."""
    named, mayor = read(
        "email;code;priimek;vloga",
        "a@b.example;3;Zgled;",
        "b@b.example;3;Zgled;županja",
    ).recipients

    assert Role.PERSON is named.role
    assert Role.MAYOR is mayor.role
    assert Gender.FEMALE is mayor.gender


def test_all_problems_come_at_once_each_with_its_place():
    """The file, the row and the column as the spreadsheet shows them."""
    draft = read(
        "E-pošta;Občina;Šifra;Vloga",
        "office(at)town.example;Bledd;;vajenec",
        "a@b.example;Bled;50;",
        "a@b.example;;145;",
        "b@b.example;;;",
        "c@b.example;Koper",
        "d@b.example;Koper;;;x",
        "e@b.example;Koper;;;",
    )

    assert [
        (
            "l.csv, row 2, column 'E-pošta': 'office(at)town.example' has no @"
            " — correct the address"
        ),
        (
            "l.csv, row 2, column 'Vloga': 'vajenec' is not understood as a role"
            " — write one of občina, župan, direktor, oseba, or leave it empty"
        ),
        (
            "l.csv, row 2, column 'Občina': 'Bledd' is not a municipality in the"
            " register — did you mean Bled?"
        ),
        (
            "l.csv, row 3, column 'Šifra': code 050 is Koper, but the name is Bled"
            " — correct one of them"
        ),
        (
            "l.csv, row 4, column 'E-pošta': 'a@b.example' stands in row 3 already"
            " — delete one of the two rows"
        ),
        (
            "l.csv, row 4, column 'Šifra': '145' is not the code of a municipality"
            " — look it up in the register"
        ),
        (
            "l.csv, row 5, column 'Šifra': neither a code nor a name says whose address"
            " it is — fill in one of them"
        ),
        (
            "l.csv, row 6: 2 cells under 4 headings"
            " — look for a delimiter too many or too few, or a missing quotation mark"
        ),
        (
            "l.csv, row 7: 5 cells under 4 headings"
            " — look for a delimiter too many or too few, or a missing quotation mark"
        ),
    ] == problems(draft)
    assert ["e@b.example"] == [each.address for each in draft.recipients]
    assert 6 == draft.skipped


def test_a_header_with_problems_stops_before_the_rows():
    """Without knowing the columns there is nothing to say about rows."""
    draft = read("telefon;opombe", "1;2")

    assert 1 == len(draft.problems)
    assert ("telefon", "opombe") == draft.ignored
    assert () == draft.recipients


def test_an_empty_list_is_a_problem():
    """A header alone is no list."""
    assert ["l.csv: there is nothing below the header — add a row per recipient"] == (
        problems(read("email"))
    )


def test_duplicates_are_found_across_spellings():
    """Case and punycode do not hide that an address stands there twice."""
    draft = read(
        "email",
        "info@žlahta.example",
        "INFO@xn--lahta-tib.example",
        "info+a@žlahta.example",
    )

    assert 2 == len(draft.recipients)
    assert (
        "'INFO@xn--lahta-tib.example' stands in row 2 already" in (problems(draft)[0])
    )


def test_a_look_alike_domain_is_a_warning():
    """It may be meant; a person should look."""
    draft = read("email", "info@k\u043eper.example")

    assert 1 == len(draft.recipients)
    (warning,) = draft.warnings
    assert Severity.WARNS is warning.severity
    assert "not Latin: \u043e" in warning.cause


def test_without_code_and_name_the_organisation_is_the_address():
    """A list of plain addresses needs no register."""
    (recipient,) = read("email", "Ana@B.example").recipients

    assert (
        Organisation("ana@b.example", "ana@b.example", "ana@b.example")
        == recipient.organisation
    )


def test_without_a_register_organisations_come_from_the_rows():
    """Recipients of one organisation share it, as its first row describes it."""
    draft = read(
        "email;code;name;region;aliases",
        "a@b.example;1;Ajdovščina;Goriška;Prva|Druga",
        "c@b.example;001;AJDOVŠČINA;;",
        "d@b.example;001;Bled;;",
        "e@b.example;;Zveza zgledov;;",
        register=None,
    )

    first, second, third = draft.recipients
    assert first.organisation is second.organisation
    assert (
        Organisation(
            code="001",
            name="Ajdovščina",
            official_name="Ajdovščina",
            region="Goriška",
            aliases=("Prva", "Druga"),
        )
        == first.organisation
    )
    assert "zveza zgledov" == third.organisation.code
    assert ["code 001 is 'Ajdovščina' in a row before, 'Bled' here"] == [
        problem.cause for problem in draft.problems
    ]


def test_a_list_that_describes_its_organisations_needs_no_register():
    """With code, name and official name the row is taken at its word."""
    (recipient,) = read(
        "email;code;name;official_name;is_mestna;co_official_lang;co_official_name",
        "a@b.example;50;Koper;Mestna občina Koper;1;it;Capodistria",
    ).recipients

    assert (
        Organisation(
            code="050",
            name="Koper",
            official_name="Mestna občina Koper",
            is_urban=True,
            co_official_language="it",
            co_official_name="Capodistria",
        )
        == recipient.organisation
    )


def test_an_official_name_alone_is_a_name():
    """The register is asked for what follows »Občina«."""
    (recipient,) = read("email;uradno ime", "a@b.example;Občina Bled").recipients

    assert BLED is recipient.organisation


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(212, 212, False), (100, 80, False), (100, 79, True), (0, 0, False), (1, 0, True)],
)
def test_a_list_that_lost_more_than_a_fifth_has_shrunk(before, after, expected):
    """Such a list is looked at before it replaces the old one."""
    assert expected is shrunk(before, after)


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["a@b.example", "c@d.example", "Bled", "3", "50", "župan", "ž", ""]
    ),
)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=6), st.randoms())
def test_what_is_said_about_a_row_does_not_depend_on_the_order(rows, random):
    """Any cells are read; the same number of rows is good in any order."""
    header = ("email", "občina", "vloga", "spol")
    shuffled = list(rows)
    random.shuffle(shuffled)

    drafts = [
        read_list(header, enumerate(each, start=2), REGISTER, "l.csv")
        for each in (rows, shuffled)
    ]

    keys = [
        {each.address_key for each in draft.recipients if draft.problems == ()}
        for draft in drafts
    ]
    assert keys[0] == keys[1]
    assert bool(drafts[0].problems) is bool(drafts[1].problems)
