"""The categories that a step is for: unknown ones, and those nobody can be in."""

from __future__ import annotations

from itertools import product

import pytest
from factories import a_campaign
from hypothesis import given
from hypothesis import strategies as st
from letters import a_bundled_campaign, a_folder

from mailer.campaign.definition import parse
from mailer.errors import DefinitionError, Problem
from mailer.model.answers import answer_in
from mailer.model.campaign import Category, SendingWindow, category_of
from mailer.model.form import FieldType, Form, FormField

CAMPAIGN = {
    "title": "Popis",
    "list": "municipalities",
    "responses": {"returned": True},
    "step": [
        {"name": "letter", "to": "everyone", "at": "2019-04-08T09:00:00"},
    ],
    "category": [
        {"name": "DA", "when": {"sodeluje": "da"}},
        {"name": "NE", "when": {"sodeluje": ["ne", "morda"]}},
        {"name": "DA_POZNEJE", "when": {"sodeluje": "da", "kdaj": "pozneje"}},
    ],
}


def parsed(to: str, *categories: str, **tables):
    """Return the campaign with a step for these categories."""
    step = {
        "name": "thanks",
        "to": to,
        "after": {"days": 0, "of": "letter" if to == "silent" else "response"},
        "categories": list(categories),
    }
    return parse(
        {**CAMPAIGN, **tables, "step": [*CAMPAIGN["step"], step]},
        name="popis",
        templates={
            f"{step}.{part}.j2"
            for step in ("letter", "thanks")
            for part in ("subject", "txt")
        },
        attachments=(),
        timezone="Europe/Ljubljana",
        window=SendingWindow(),
    )


def test_a_step_keeps_its_categories_in_their_order():
    assert ("NE", "DA") == parsed("returned", "NE", "DA").step("thanks").categories


def test_every_mistake_is_said_with_its_place_and_what_to_do():
    """A name that is none, and one that an earlier category takes all answers of."""
    with pytest.raises(DefinitionError) as raised:
        parsed("returned", "DA", "MORDA", "DA_POZNEJE")

    unknown, never = raised.value.problems
    place = "popis/campaign.toml, step 2 'thanks'"
    assert (place, "category 'MORDA' is unknown", "one of DA, NE, DA_POZNEJE") == (
        unknown.place,
        unknown.cause,
        unknown.next_step,
    )
    assert place == never.place
    assert (
        "category 'DA_POZNEJE' cannot be reached: no answer falls into it"
        == never.cause
    )
    assert "move its [[category]]" in never.next_step


def test_who_has_not_answered_is_in_no_category():
    with pytest.raises(DefinitionError) as raised:
        parsed("silent", "DA")

    assert ["categories, but 'silent' have given no answer"] == [
        one.cause for one in raised.value.problems
    ]


def test_a_campaign_without_categories_says_how_to_write_one():
    with pytest.raises(DefinitionError) as raised:
        parsed("returned", "DA", category=[])

    assert "write a [[category]]" == raised.value.problems[0].next_step


NUMBERS = {"1": {"kind": "returned", "sodeluje": "da", "kdaj": "pozneje"}}


@pytest.mark.parametrize(
    ("name", "hint"),
    [("sodelluje", "did you mean 'sodeluje'?"), ("x", "one of sodeluje, kdaj")],
)
def test_a_field_that_nothing_gives_is_named_with_the_nearest(name, hint):
    """Full answers would pass its category by, and get the wrong letter."""
    table = [*CAMPAIGN["category"], {"name": "VSE", "when": {name: "da"}}]
    with pytest.raises(DefinitionError) as raised:
        parsed("returned", category=table, numbers=NUMBERS)

    place = "popis/campaign.toml, category 4 'VSE', when"
    assert [Problem(place, f"no answer gives a field '{name}'", hint)] == list(
        raised.value.problems
    )


@pytest.mark.parametrize("key", ["numbers", "meanings"])
def test_a_number_or_a_meaning_gives_its_fields(key):
    answer = NUMBERS["1"]
    given = {key: {"1" if key == "numbers" else "declined": answer}}

    assert 3 == len(parsed("returned", **given).categories)


def test_two_categories_of_one_name_are_refused():
    """The report has a row for each, and would count their answers twice."""
    table = [*CAMPAIGN["category"], {"name": "DA", "when": {"kdaj": "takoj"}}]
    with pytest.raises(DefinitionError) as raised:
        parsed("returned", category=table)

    [found] = raised.value.problems
    assert "two categories are called 'DA'" in found.cause


def misspelt(name, field, typed):
    """Return a bundled campaign with another field in all its categories."""
    folder = a_folder(name)
    table = [
        {
            **one,
            "when": {typed if k == field else k: v for k, v in one["when"].items()},
        }
        for one in folder.definition["category"]
    ]
    return parse(
        {**folder.definition, "category": table},
        name=name,
        templates=folder.templates,
        attachments=folder.attachments,
        timezone="Europe/Ljubljana",
        window=SendingWindow(),
        form=folder.form,
    )


def test_a_misspelt_field_of_the_form_is_found():
    """The ministry's letter, with one letter too many."""
    with pytest.raises(DefinitionError) as raised:
        misspelt("ministry-letter", "kakovost", "kakovosst")

    assert {"did you mean 'kakovost'?"} == {
        one.next_step for one in raised.value.problems
    }


def test_an_option_that_the_form_does_not_have_is_never_answered():
    """A typing mistake in `when` would make a step that goes to nobody."""
    options = {"da": "Da", "ne": "Ne"}
    field = FormField("sodeluje", FieldType.RADIO, "Sodeluje", options=options)
    form = Form("P19", "Popis", "returned", "popis", (field,))
    categories = (Category("DA", "", {"sodeluje": ("ja",)}),)

    assert None is answer_in(categories, form, "DA")
    assert {"sodeluje": "ja"} == answer_in(categories, None, "DA")


def test_the_bundled_categories_are_all_reached():
    campaign = a_bundled_campaign("ministry-letter")
    found = {
        one.name: answer_in(campaign.categories, campaign.form, one.name)
        for one in campaign.categories
    }

    assert {} == found["NEPOPOLN"]
    assert {"kakovost": "pridruzi", "zadovoljstvo": "pridruzi"} == found["OBA"]
    for name, details in found.items():
        assert name == category_of(campaign.categories, details)


FIELDS, VALUES = ("a", "b", "c"), ("1", "2", "3")
whens = st.dictionaries(
    st.sampled_from(FIELDS),
    st.lists(st.sampled_from(("", *VALUES)), min_size=1, unique=True).map(tuple),
)
tables = st.lists(whens, min_size=1, max_size=5).map(
    lambda found: tuple(Category(f"K{n}", "", one) for n, one in enumerate(found))
)
FORM = Form(
    "P19",
    "Popis",
    "returned",
    "popis",
    tuple(
        FormField(name, FieldType.RADIO, name, options={one: one for one in VALUES})
        for name in FIELDS
    ),
)


@given(tables)
def test_an_answer_is_found_wherever_there_is_one(categories):
    """As trying them all would find it; and it is in the category asked for."""
    every = [
        {k: v for k, v in zip(FIELDS, one, strict=True) if v}
        for one in product(("", *VALUES), repeat=len(FIELDS))
    ]
    reached = {category_of(categories, one) for one in every}

    for one in categories:
        found = answer_in(categories, FORM, one.name)
        assert (one.name in reached) == (found is not None)
        if found is not None:
            assert one.name == category_of(categories, found)


def test_a_step_without_categories_is_for_any_answer():
    assert () == a_campaign().step("confirmation").categories
