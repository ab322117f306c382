"""C06, M06: each row a recipient or a problem with its place, all at once."""

from __future__ import annotations

import pytest
from factories import ArrivalFields, an_organisation
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import Severity
from mailer.model.recipient import Gender, Organisation, Role
from mailer.recipients.read import ListReader, shrunk
from mailer.recipients.register import Register

BLED = an_organisation(code="003", name="Bled", official_name="Občina Bled")
KOPER = an_organisation(
    code="050", name="Koper", official_name="Mestna občina Koper", is_urban=True
)
REGISTER = Register([BLED, KOPER])


def read(header, *rows, register=REGISTER):
    """Return the rows that are taken, and the reader that knows the rest."""
    reader = ListReader(header.split(";"), register, "l.csv")
    numbered = enumerate((row.split(";") for row in rows), start=2)
    arrivals = [ArrivalFields(*one) for one in reader.read(numbered)]
    return [one for one in arrivals if one.row not in reader.bad_rows], reader


def problems(reader):
    return list(map(str, reader.problems))


def the_organisation(reader):
    """Return the only organisation that the rows name."""
    (organisation,) = reader.organisations
    return organisation


def test_a_whole_row():
    """Every column lands in its field."""
    (arrival,), reader = read(
        "e-pošta;občina;šifra;vloga;spol;priimek;jezik",
        "Zupan@Koper.Example;MO Koper;50;župan;m;Zgled;it",
    )

    assert () == reader.problems
    assert (
        ArrivalFields(
            row=2,
            address_key="zupan@koper.example",
            address="Zupan@koper.example",
            organisation="050",
            role=Role.MAYOR.value,
            gender=Gender.MALE.value,
            surname="Zgled",
            language="it",
        )
        == arrival
    )
    assert KOPER is the_organisation(reader)


def test_what_is_left_out_has_a_default():
    """An address and a municipality are enough."""
    (arrival,), reader = read("email;code", "a@b.example;3")

    assert BLED is the_organisation(reader)
    assert Role.OFFICE.value == arrival.role
    assert Gender.UNKNOWN.value == arrival.gender
    assert "sl" == arrival.language


def test_a_surname_is_a_persons():
    """Nobody names a shared mailbox by a surname."""
    (named, mayor), _ = read(
        "email;code;priimek;vloga",
        "a@b.example;3;Zgled;",
        "b@b.example;3;Zgled;županja",
    )

    assert Role.PERSON.value == named.role
    assert Role.MAYOR.value == mayor.role
    assert Gender.FEMALE.value == mayor.gender


def test_rows_alike_are_read_once_and_each_is_told():
    """What is wrong with a row is said of the next one like it too."""
    _, reader = read("email;vloga", "a@b.example;vajenec", "c@b.example;vajenec")

    assert ["l.csv, row 2, column 'vloga'", "l.csv, row 3, column 'vloga'"] == [
        problem.place for problem in reader.problems
    ]


def test_all_problems_come_at_once_each_with_its_place():
    """The file, the row and the column as the spreadsheet shows them."""
    arrivals, reader = read(
        "E-pošta;Občina;Šifra;Vloga",
        "office(at)town.example;Bledd;;vajenec",
        "a@b.example;Bled;50;",
        "f@b.example;;145;",
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
    ] == problems(reader)
    assert ["e@b.example"] == [each.address for each in arrivals]
    assert {2, 3, 4, 5, 6, 7} == set(reader.bad_rows)


def test_a_formula_is_no_address_and_no_name():
    """C08: nor is it a salutation; in a column that means nothing it may stand."""
    arrivals, reader = read(
        "email;priimek;opomba",
        '=B2&"@b.example";Zgled;',
        "b@b.example;=VLOOKUP(A3);",
        "c@b.example;Zgled;=ROW()",
    )

    assert ["c@b.example"] == [one.address for one in arrivals]
    assert [(2, "email"), (3, "priimek")] == [
        (row, column)
        for row, column in ((2, "email"), (3, "priimek"))
        if f"l.csv, row {row}, column '{column}': '=" in "".join(problems(reader))
    ]
    assert all("is a formula and not its result" in one for one in problems(reader))


def test_an_address_that_came_before_is_told_first():
    """Whoever keeps the rows finds it; it stands where it would have been found."""
    reader = ListReader(["email", "code"], REGISTER, "l.csv")
    rows = [(2, ["A@b.example", "3"]), (3, ["a@B.example", "145"]), (4, ["", "3"])]
    first, second = (ArrivalFields(*one) for one in reader.read(rows))
    assert first.address_key == second.address_key

    reader.stands_already(second.row, second.address, first.row)

    assert [
        (
            "l.csv, row 3, column 'email': 'a@b.example' stands in row 2 already"
            " — delete one of the two rows"
        ),
        (
            "l.csv, row 3, column 'code': '145' is not the code of a municipality"
            " — look it up in the register"
        ),
        (
            "l.csv, row 4, column 'email': there is no address"
            " — add it, or delete the row"
        ),
    ] == problems(reader)


def test_a_header_with_problems_stops_before_the_rows():
    """Without knowing the columns there is nothing to say about rows."""
    arrivals, reader = read("telefon;opombe", "1;2")

    assert 1 == len(reader.problems)
    assert ("telefon", "opombe") == reader.ignored
    assert [] == arrivals


def test_an_empty_list_is_a_problem():
    """A header alone is no list."""
    assert ["l.csv: there is nothing below the header — add a row per recipient"] == (
        problems(read("email")[1])
    )


def test_spellings_of_an_address_have_one_key():
    """C09: case and punycode do not hide that an address stands there twice."""
    arrivals, _ = read(
        "email",
        "info@žlahta.example",
        "INFO@xn--lahta-tib.example",
        "info+a@žlahta.example",
    )

    assert 2 == len({each.address_key for each in arrivals})
    assert arrivals[0].address_key == arrivals[1].address_key


def test_a_look_alike_domain_is_a_warning():
    """C09: it may be meant; a person should look."""
    arrivals, reader = read("email", "info@k\u043eper.example")

    assert 1 == len(arrivals)
    (warning,) = reader.warnings
    assert Severity.WARNS is warning.severity
    assert "not Latin: \u043e" in warning.cause


def test_without_code_and_name_the_address_stands_for_the_organisation():
    """A list of plain addresses needs no register."""
    (arrival,), reader = read("email", "Ana@B.example")

    assert "" == arrival.organisation
    assert [] == list(reader.organisations)


def test_without_a_register_organisations_come_from_the_rows():
    """Recipients of one organisation share it, as its first row describes it."""
    arrivals, reader = read(
        "email;code;name;region;aliases",
        "a@b.example;1;Ajdovščina;Goriška;Prva|Druga",
        "c@b.example;001;AJDOVŠČINA;;",
        "d@b.example;001;Bled;;",
        "e@b.example;;Zveza zgledov;;",
        register=None,
    )

    first, second = reader.organisations
    assert (
        Organisation(
            code="001",
            name="Ajdovščina",
            official_name="Ajdovščina",
            region="Goriška",
            aliases=("Prva", "Druga"),
        )
        == first
    )
    assert ["001", "001", "zveza zgledov"] == [one.organisation for one in arrivals]
    assert "zveza zgledov" == second.code
    assert ["code 001 is 'Ajdovščina' in a row before, 'Bled' here"] == [
        problem.cause for problem in reader.problems
    ]


def test_a_list_that_describes_its_organisations_needs_no_register():
    """With code, name and official name the row is taken at its word."""
    _, reader = read(
        "email;code;name;official_name;is_mestna;co_official_lang;co_official_name",
        "a@b.example;50;Koper;Mestna občina Koper;1;it;Capodistria",
    )

    assert Organisation(
        code="050",
        name="Koper",
        official_name="Mestna občina Koper",
        is_urban=True,
        co_official_language="it",
        co_official_name="Capodistria",
    ) == the_organisation(reader)


def test_an_official_name_alone_is_a_name():
    """The register is asked for what follows »Občina«."""
    _, reader = read("email;uradno ime", "a@b.example;Občina Bled")

    assert BLED is the_organisation(reader)


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
    """Any cells are read; a row means the same wherever it stands."""
    header = "email;občina;vloga;spol"
    shuffled = list(rows)
    random.shuffle(shuffled)

    said = []
    for each in (rows, shuffled):
        reader = ListReader(header.split(";"), REGISTER, "l.csv")
        arrivals = sorted(one[1:] for one in reader.read(enumerate(each, start=2)))
        causes = sorted(problem.cause for problem in reader.problems)
        said.append((arrivals, causes, len(reader.bad_rows)))

    assert said[0] == said[1]
