"""A form.toml is a form, or everything that is wrong with it."""

from __future__ import annotations

import copy
import tomllib

import pytest
from forms import the_form
from letters import ROOT

from mailer.campaign.form_definition import parse_form
from mailer.errors import DefinitionError
from mailer.forms.layout import lay_out
from mailer.model.form import FieldType, Prefilled

RAW = tomllib.loads((ROOT / "templates/ministry-letter/form.toml").read_text("utf-8"))


def parsed(raw):
    return parse_form(raw, campaign="c", responses={"returned": True})


def changed(**changes):
    """Return the form with changes to a field, by its id."""
    raw = copy.deepcopy(RAW)
    for field in raw["field"]:
        field.update(changes.get(field["id"], {}))
    return raw


def test_the_bundled_form_has_the_ministrys_fields():
    form = the_form()
    by_id = {field.id: field for field in form.fields}

    assert ["kakovost", "zadovoljstvo"] == [one.id for one in form.decisive]
    assert ["pridruzi", "ze_izvaja", "ne"] == list(by_id["kakovost"].options)
    assert {"kakovost": "ze_izvaja"} == by_id["kakovost_kateri"].show_if
    assert Prefilled.OFFICIAL_NAME is by_id["obcina_naziv"].prefilled
    assert (1, 10) == (by_id["delavnica_stevilo"].min, by_id["delavnica_stevilo"].max)
    assert set(FieldType) == {one.type for one in form.fields}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (RAW | {"answer": "registered"}, "answer = 'registered' is not in [responses]"),
        (RAW | {"tag": "k-17"}, "tag: 'k-17' does not do: it has two to four capital"),
        (RAW | {"file_name": "obrazec.pdf"}, "the ending is added"),
        (RAW | {"field": []}, "there is no [[field]]"),
        (RAW | {"field": ["a"]}, "field 1"),
        (RAW | {"field": {"id": "a"}}, "field"),
        (RAW | {"answer": 3}, "answer"),
        (changed(datum={"label": ""}), "field 14 'datum', label: is empty"),
        (changed(opombe={"max": 9000}), "9000 is not between 1 and 4000"),
        (changed(obcina_sifra={"prefilled": "sifra"}), "is none of code, name"),
        (RAW | {"fot": "…"}, "did you mean 'foot'?"),
        (
            changed(kakovost={"type": "choice"}),
            "field 7 'kakovost', type: 'choice' is none",
        ),
        (changed(kakovost={"options": {}}), "a choice needs two options"),
        (changed(kakovost={"options": {"off": "a", "b": "b"}}), "option 'off'"),
        (changed(kakovost={"options": {"a": "Da", "b": "da"}}), "the same label"),
        (changed(opombe={"options": {"a": "a"}}), "options of a field that has none"),
        (changed(opombe={"show_if": {"kakovost": "da"}}), "no field 'kakovost' with"),
        (changed(opombe={"min": 3}), "min is for numbers"),
        (changed(delavnica_stevilo={"min": 11}), "min is more than max"),
        (changed(obcina_sifra={"required": True}), "what we print ourselves"),
        (changed(datum={"id": "opombe"}), "two fields have the id 'opombe'"),
        (changed(datum={"label": "TELEFON"}), "two fields have the label 'telefon'"),
        (changed(datum={"id": "oznaka"}), "is the name of the form's own mark"),
    ],
)
def test_what_is_wrong_is_said(raw, said):
    with pytest.raises(DefinitionError) as error:
        parsed(raw)

    assert said in str(error.value)


def test_all_problems_come_at_once():
    raw = changed(
        opombe={"min": 3}, datum={"id": "oznaka"}, kakovost={"type": "choice"}
    ) | {"answer": "x", "file_name": "a b"}

    with pytest.raises(DefinitionError) as error:
        parsed(raw)

    said = str(error.value)
    assert 5 == len(error.value.problems)
    assert "String should" not in said
    assert "Input should" not in said


def test_a_form_that_is_longer_than_a_page_is_refused():
    raw = copy.deepcopy(RAW)
    raw["field"] += [
        {"id": f"f{n}", "type": "text", "label": f"Vrstica {n}"} for n in range(12)
    ]

    with pytest.raises(DefinitionError, match="does not fit on one A4 page"):
        lay_out(parsed(raw))
