"""Each byte of what is approved matters, and what changed can be named."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from factories import a_recipient, an_organisation
from hypothesis import assume, given
from hypothesis import strategies as st

from mailer.campaign.fingerprint import changes, fingerprint, of_files, of_list
from mailer.model.recipient import Gender, Role

FILES = {
    "campaign.toml": b"title = 'X'",
    "invitation.txt.j2": b"Vabilo",
    "_layout/foot.txt.j2": b"Lep pozdrav",
    "attachments/opis.pdf": b"%PDF-",
}
OTHER = {
    "address": "urad@ljubljana.example",
    "address_key": "urad@ljubljana.example",
    "role": Role.MAYOR,
    "gender": Gender.FEMALE,
    "surname": "Novak",
    "language": "it",
}
OF_ORGANISATION = ("code", "name", "official_name", "region", "co_official_name")


def of_folder(files=FILES, definition=None):
    return of_files(files, definition or {"title": "X", "step": [{"name": "letter"}]})


def mark(*people):
    return fingerprint(of_list("municipalities", people))


@given(
    path=st.sampled_from(sorted(FILES)),
    at=st.integers(0, 30),
    octet=st.integers(0, 255),
)
def test_each_byte_of_each_file_matters(path, at, octet):
    """Changed in its place, or added at the end."""
    changed = FILES[path][:at] + bytes([octet]) + FILES[path][at + 1 :]
    assume(changed != FILES[path])

    other = of_folder(FILES | {path: changed})

    assert fingerprint(of_folder()) != fingerprint(other)
    assert path.rpartition("/")[2] in changes(of_folder(), other)


@given(st.dictionaries(st.text(min_size=1), st.text()), st.data())
def test_each_ingredient_matters(ingredients, data):
    """A name or a value that is other, new or gone; not the order."""
    name = data.draw(st.sampled_from([*sorted(ingredients), "new"]))
    value = data.draw(st.none() | st.text())
    other = {key: old for key, old in ingredients.items() if key != name}
    if value is not None:
        other[name] = value
    backwards = dict(reversed(ingredients.items()))

    assert fingerprint(ingredients) == fingerprint(backwards)
    assert (ingredients == other) == (fingerprint(ingredients) == fingerprint(other))
    assert (ingredients == other) == (changes(ingredients, other) == "")


def test_nothing_of_a_letter_to_a_recipient_is_left_out():
    """Each field that a template may show, or that decides which one is taken."""
    one = a_recipient()
    others = [
        *(replace(one, **{name: value}) for name, value in OTHER.items()),
        *(
            replace(one, organisation=an_organisation(**{name: "drugače"}))
            for name in OF_ORGANISATION
        ),
    ]

    assert {field.name for field in fields(one)} == {*OTHER, "id", "organisation"}
    assert len(others) + 1 == len({mark(one), *map(mark, others)})


@given(st.permutations(range(3)))
def test_who_is_on_the_list_matters(order):
    """One more, one less, another order: it is read in one order only."""
    people = [a_recipient(address=f"{number}@town.example") for number in range(3)]
    moved = [people[number] for number in order]

    assert (moved == people) == (mark(*moved) == mark(*people))
    assert mark(*people) != mark(*people[:2])


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"a": "1"}, {"a": "2"}, "a (1 → 2)"),
        ({"a": ""}, {"a": "2"}, "a (nothing → 2)"),
        ({"a": "sha256:1"}, {"a": "sha256:2"}, "a"),
        ({}, {"a": "1"}, "a is new"),
        ({"a": "1"}, {}, "a is gone"),
        (
            {str(n): "1" for n in range(10)},
            {},
            "".join(f"{n} is gone; " for n in range(8)) + "and 2 more",
        ),
    ],
)
def test_a_change_is_said(before, after, said):
    """Old and new where a person can read them."""
    assert said == changes(before, after)


def test_the_part_of_the_definition_is_named():
    """The step or the key that is other; the file only where nothing else is."""
    files = FILES | {"campaign.toml": b"other"}
    steps = {"title": "X", "step": [{"name": "letter", "to": "silent"}]}

    assert "campaign.toml, step 'letter'" == changes(
        of_folder(), of_folder(files, steps)
    )
    assert "campaign.toml" == changes(of_folder(), of_folder(files))


def test_the_order_of_the_steps_matters():
    """The first opens the campaign."""
    steps = [{"name": "letter"}, {"name": "reminder"}]

    assert "" != changes(
        of_folder(definition={"step": steps}),
        of_folder(definition={"step": steps[::-1]}),
    )
