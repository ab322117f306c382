from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.model.recipient import Gender, Role
from mailer.rendering.grammar import (
    CASES,
    NOUNS,
    at_time,
    attachments_heading,
    between_times,
    cases,
    counted,
    counted_genitive,
    date_forms,
    event_forms,
    missing,
    salutation,
    verb,
    work_free_sentence,
)

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("role", "gender", "surname", "expected"),
    [
        (Role.OFFICE, Gender.UNKNOWN, "", "Spoštovani,"),
        (Role.OFFICE, Gender.FEMALE, "Kovač", "Spoštovani,"),
        (
            Role.MAYOR,
            Gender.UNKNOWN,
            "",
            "Spoštovana gospa županja, spoštovani gospod župan,",
        ),
        (Role.MAYOR, Gender.MALE, "", "Spoštovani gospod župan,"),
        (Role.MAYOR, Gender.FEMALE, "", "Spoštovana gospa županja,"),
        (Role.DIRECTOR, Gender.MALE, "", "Spoštovani gospod direktor,"),
        (Role.DIRECTOR, Gender.FEMALE, "", "Spoštovana gospa direktorica,"),
        (Role.DIRECTOR, Gender.UNKNOWN, "", "Spoštovani,"),
        (Role.PERSON, Gender.MALE, "Kovač", "Spoštovani gospod Kovač,"),
        (Role.PERSON, Gender.FEMALE, "Kovač", "Spoštovana gospa Kovač,"),
        (Role.PERSON, Gender.UNKNOWN, "Kovač", "Spoštovani,"),
        (Role.PERSON, Gender.MALE, "", "Spoštovani,"),
    ],
)
def test_salutation(role, gender, surname, expected):
    """A salutation says what we know, and guesses nothing."""
    assert expected == salutation(role, gender, surname)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "Občina Ajdovščina",
            [
                "Občina Ajdovščina",
                "Občine Ajdovščina",
                "Občini Ajdovščina",
                "Občino Ajdovščina",
                "Občini Ajdovščina",
                "Občino Ajdovščina",
            ],
        ),
        (
            "Mestna občina Novo mesto",
            [
                "Mestna občina Novo mesto",
                "Mestne občine Novo mesto",
                "Mestni občini Novo mesto",
                "Mestno občino Novo mesto",
                "Mestni občini Novo mesto",
                "Mestno občino Novo mesto",
            ],
        ),
        (
            "Zavod Lipa",
            [
                "Zavod Lipa",
                "organizacije Zavod Lipa",
                "organizaciji Zavod Lipa",
                "organizacijo Zavod Lipa",
                "organizaciji Zavod Lipa",
                "organizacijo Zavod Lipa",
            ],
        ),
    ],
)
def test_only_the_first_words_of_a_name_are_inflected(name, expected):
    """The place's own name stays in the nominative."""
    assert dict(zip(CASES, expected, strict=True)) == cases(name)


def test_the_forms_of_a_date():
    """Each form is what stands at its place in a sentence."""
    expected = {
        "nominative": "3. maj 2019",
        "genitive": "3. maja 2019",
        "short": "3. maja",
        "weekday": "petek, 3. maj 2019",
        "on": "v petek, 3. maja 2019",
        "until": "do petka, 3. maja 2019",
        "until_short": "do petka, 3. maja",
        "numeric": f"3.{NBSP}5.{NBSP}2019",
    }

    assert expected == date_forms(date(2019, 5, 3))


def test_the_week_has_its_cases():
    """»V sredo«, »do srede«: seven words, each in three forms."""
    monday = date(2019, 4, 29)
    week = [date_forms(monday + timedelta(days=n)) for n in range(7)]

    assert (
        "ponedeljek torek sreda četrtek petek sobota nedelja".split()  # noqa: SIM905 - reads as it is said
        == [forms["weekday"].partition(",")[0] for forms in week]
    )
    assert [
        "v ponedeljek",
        "v torek",
        "v sredo",
        "v četrtek",
        "v petek",
        "v soboto",
        "v nedeljo",
    ] == [forms["on"].partition(",")[0] for forms in week]
    assert [
        "do ponedeljka",
        "do torka",
        "do srede",
        "do četrtka",
        "do petka",
        "do sobote",
        "do nedelje",
    ] == [forms["until"].partition(",")[0] for forms in week]


def test_every_month_has_a_genitive():
    """A month in a sentence ends in -a and is never capitalised."""
    months = [date_forms(date(2019, month, 1))["short"] for month in range(1, 13)]

    assert [
        "1. januarja",
        "1. februarja",
        "1. marca",
        "1. aprila",
        "1. maja",
        "1. junija",
        "1. julija",
        "1. avgusta",
        "1. septembra",
        "1. oktobra",
        "1. novembra",
        "1. decembra",
    ] == months


def test_times():
    """A full hour is an ordinal with »uri«; minutes follow a full stop."""
    assert at_time(time(10)) == "ob 10. uri"
    assert at_time(time(10, 30)) == "ob 10.30"
    assert at_time(time(9, 5)) == "ob 9.05"
    assert between_times(time(10), time(13)) == "od 10. do 13. ure"
    assert between_times(time(10), time(13, 30)) == "od 10.00 do 13.30"


def test_the_forms_of_an_event():
    """In a heading there is no weekday and no comma; in a sentence both."""
    start = datetime(2019, 5, 8, 10)  # noqa: DTZ001 - wall clock

    assert event_forms(start) == {
        "heading": "8. maj 2019 ob 10. uri",
        "weekday": "sreda, 8. maj 2019, ob 10. uri",
        "when": "v sredo, 8. maja 2019, ob 10. uri",
    }
    assert (
        event_forms(start, start + timedelta(hours=3))["when"]
        == "v sredo, 8. maja 2019, od 10. do 13. ure"
    )
    assert event_forms(start) == event_forms(start, start + timedelta(days=1))


@pytest.mark.parametrize(
    ("number", "noun", "expected"),
    [
        (0, "občina", "0 občin"),
        (1, "občina", "1 občina"),
        (2, "občina", "2 občini"),
        (3, "občina", "3 občine"),
        (4, "občina", "4 občine"),
        (5, "občina", "5 občin"),
        (11, "občina", "11 občin"),
        (101, "občina", "101 občina"),
        (102, "občina", "102 občini"),
        (212, "občina", "212 občin"),
        (2, "odgovor", "2 odgovora"),
        (3, "prijava", "3 prijave"),
        (2, "udeleženec", "2 udeleženca"),
        (5, "priloga", "5 prilog"),
        (2, "delovni dan", "2 delovna dneva"),
    ],
)
def test_counting(number, noun, expected):
    """Slovenian has a dual, and it comes back after each hundred."""
    assert expected == counted(number, noun)


@given(number=st.integers(0, 10_000), noun=st.sampled_from(sorted(NOUNS)))
def test_counting_repeats_after_each_hundred(number, noun):
    """Only the last two digits decide the form."""
    form = counted(number, noun).partition(" ")[2]

    assert form == counted(number + 100, noun).partition(" ")[2]
    assert form in NOUNS[noun].forms


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "je odgovorilo"),
        (1, "je odgovorila"),
        (2, "sta odgovorili"),
        (4, "so odgovorile"),
        (5, "je odgovorilo"),
        (103, "so odgovorile"),
    ],
)
def test_the_verb_agrees(number, expected):
    """Auxiliary and participle follow number and gender."""
    assert expected == verb(number, "odgovoril", "občina")


def test_the_verb_agrees_with_a_masculine_noun():
    """»Prispel je 1 odgovor, prispela sta 2, prispeli so 3, prispelo je 5«."""
    forms = [verb(number, "prispel", "odgovor") for number in (1, 2, 3, 5)]

    assert forms == ["je prispel", "sta prispela", "so prispeli", "je prispelo"]


def test_counting_after_a_preposition():
    """After »od« the whole count is in the genitive."""
    assert counted_genitive(212, "občina") == "212 občin"
    assert counted_genitive(101, "občina") == "101 občine"


def test_what_is_said_above_a_list_of_what_is_missing():
    """One, two, a few and many have their own words; nothing has none."""
    assert [missing(["podatek"] * number) for number in range(7)] == [
        "",
        "manjka podatek",
        "manjkata podatka",
        "manjkajo podatki",
        "manjkajo podatki",
        "manjka več podatkov",
        "manjka več podatkov",
    ]


def test_the_heading_above_the_attachments():
    """One, two, and three or more files have each their heading."""
    assert [attachments_heading(number) for number in (1, 2, 3, 7)] == [
        "Priloga",
        "Prilogi",
        "Priloge",
        "Priloge",
    ]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([], ""),
        ([date(2019, 4, 22)], "je 22. april dela prost dan"),
        (
            [date(2019, 5, 2), date(2019, 5, 1)],
            "sta 1. in 2. maj dela prosta dneva",
        ),
        (
            [date(2017, 10, 31), date(2017, 11, 1)],
            "sta 31. oktober in 1. november dela prosta dneva",
        ),
        (
            [date(2019, 12, 31), date(2020, 1, 1), date(2020, 1, 2)],
            "so 31. december, 1. in 2. januar dela prosti dnevi",
        ),
    ],
)
def test_the_sentence_about_work_free_days(days, expected):
    """The month is named after the last of its days, the verb agrees."""
    assert expected == work_free_sentence(days)
