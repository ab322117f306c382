"""What a returned form is worth: taken where it can be, and flagged where odd."""

from __future__ import annotations

import pytest
from factories import an_organisation
from forms import ANSWERS, CAMPAIGN, LJUBLJANA, the_form
from hypothesis import given
from hypothesis import strategies as st
from letters import a_bundled_campaign

from mailer.forms.check import check
from mailer.forms.dates import read_date
from mailer.model.form import FormFlag, FormSource, ReturnedForm

AXES = ("kakovost", "zadovoljstvo")
CATEGORIES = a_bundled_campaign(CAMPAIGN).categories
IDS = [one.id for one in the_form().fields]


def checked(values, owner=None):
    returned = ReturnedForm("", values, FormSource.TYPED)
    return check(the_form(), returned, CATEGORIES, owner)


def test_a_whole_form_is_taken_as_it_is():
    found = checked(ANSWERS)

    assert found.is_complete
    assert ANSWERS == found.values
    assert () == found.problems
    assert frozenset() == found.flags
    assert "ZADOVOLJSTVO" == found.category


@pytest.mark.parametrize(
    ("quality", "satisfaction", "category"),
    [
        ("pridruzi", "pridruzi", "OBA"),
        ("pridruzi", "ze_izvaja", "KAKOVOST"),
        ("pridruzi", "ne", "KAKOVOST"),
        ("pridruzi", "", "KAKOVOST"),
        ("ze_izvaja", "pridruzi", "ZADOVOLJSTVO"),
        ("ze_izvaja", "ze_izvaja", "NE_ZE_OBA"),
        ("ze_izvaja", "ne", "NE_ZE_ENO"),
        ("ne", "pridruzi", "ZADOVOLJSTVO"),
        ("ne", "ze_izvaja", "NE_ZE_ENO"),
        ("ne", "ne", "NE"),
        ("", "", "NEPOPOLN"),
        ("ne", "", "NEPOPOLN"),
    ],
)
def test_two_axes_are_one_category(quality, satisfaction, category):
    """An axis that nobody named stays empty: it is no »ne«."""
    given_ = dict(zip(AXES, (quality, satisfaction), strict=True))
    found = checked({name: value for name, value in given_.items() if value})

    assert category == found.category
    assert bool(quality or satisfaction) == found.is_complete
    assert {name for name, value in given_.items() if value} == set(found.values)


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        ("kakovost", "pridruži", "pridruzi"),
        ("kakovost", "Model kakovosti ze uporabljamo", "ze_izvaja"),
        ("kakovost", "ŽE IZVAJA", "ze_izvaja"),
        ("kakovost", "»ne«", "ne"),
        ("kakovost", "ne bomo se vključili.", "ne"),
        ("delavnica", "še ne vemo", "ne_vem"),
        ("kontakt_eposta", "Ana Novak <ana@obcina.example>", "ana@obcina.example"),
        ("kontakt_eposta", "mailto:ana@obcina.example", "ana@obcina.example"),
        ("kontakt_telefon", "01/234-56-78  int. 12", "01/234-56-78 int. 12"),
        ("delavnica_stevilo", "3 osebe", "3"),
        ("delavnica_stevilo", " 10", "10"),
        ("kontakt_ime", "  Ana \n Novak\u200b ", "Ana Novak"),
        ("opombe", "a\r\nb", "a\nb"),
        ("datum", "8. 5. 2019", "2019-05-08"),
    ],
)
def test_values_are_read_as_people_write_them(field, raw, value):
    assert value == checked({field: raw}).values[field]


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        ("kakovost", "mogoče"),
        ("kakovost", "pridruzi ne"),
        ("kontakt_eposta", "ana(at)obcina.example"),
        ("kontakt_telefon", "ga nimamo"),
        ("delavnica_stevilo", "11"),
        ("delavnica_stevilo", "-3"),
        ("delavnica_stevilo", "2 ali 3"),
        ("delavnica_stevilo", "9" * 5000),
        ("datum", "31. 2. 2019"),
        ("datum", "jutri"),
    ],
)
def test_what_is_no_value_is_kept_aside(field, raw):
    """It is shown to a person; the rest of the form counts."""
    found = checked(ANSWERS | {field: raw})

    assert FormFlag.REFUSED in found.flags
    assert field in found.refused
    assert field not in found.values
    assert any("'" in words for words in found.problems)
    assert found.is_complete


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("8. 5. 2019", "2019-05-08"),
        ("8.5.2019", "2019-05-08"),
        ("08.05.2019", "2019-05-08"),
        ("2019-05-08", "2019-05-08"),
        ("8/5/2019", "2019-05-08"),
        ("8. maj 2019", "2019-05-08"),
        ("Ljubljana, 8. maja 2019", "2019-05-08"),
        ("29. februarja 2020", "2020-02-29"),
        ("1. 10. 17", "2017-10-01"),
    ],
)
def test_dates(text, day):
    assert day == read_date(text).isoformat()


@pytest.mark.parametrize("text", ["", "2019", "29. 2. 2019", "8.5.", "0. 0. 0000"])
def test_no_dates(text):
    assert None is read_date(text)


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"delavnica": ""}, FormFlag.WANTED),  # asked for in the confirmation
        ({"delavnica": "ne"}, FormFlag.UNEXPECTED),
        ({"kontakt_ime": ""}, FormFlag.MISSING),
        ({"opombe": "Ali je brezplačno?"}, FormFlag.QUESTION),
        ({"obcina_sifra": "001"}, FormFlag.OTHER_ORGANISATION),
        ({"kontakt_ime": "a" * 81}, FormFlag.REFUSED),
    ],
)
def test_what_is_odd_is_flagged_and_taken(changes, flag):
    """An answer is not lost over any of these."""
    found = checked(ANSWERS | changes, LJUBLJANA)

    assert flag in found.flags
    assert found.is_complete
    assert "ZADOVOLJSTVO" == found.category


def test_a_form_of_the_same_municipality_is_not_flagged():
    printed = {"obcina_sifra": "061", "obcina_naziv": "mestna obcina  Ljubljana"}

    assert frozenset() == checked(ANSWERS | printed, LJUBLJANA).flags
    other = an_organisation(official_name="Občina Bled")
    assert FormFlag.OTHER_ORGANISATION in checked(ANSWERS | printed, other).flags


def test_nobody_who_does_not_join_is_asked_about_the_workshop():
    found = checked({"kakovost": "ne", "zadovoljstvo": "ne"})

    assert FormFlag.WANTED not in found.flags


@given(st.dictionaries(st.sampled_from([*IDS, "x"]), st.text(max_size=80)))
def test_any_values_are_checked(values):
    """Whatever stands in a form; and what we kept is kept when checked again."""
    found = checked(values, LJUBLJANA)

    assert found.values == checked(found.values).values
    assert not found.values.keys() & found.refused.keys()
