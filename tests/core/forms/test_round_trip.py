"""What is filled in comes back, whichever way it went."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from factories import an_organisation
from forms import (
    ANSWERS,
    filled_docx,
    filled_pdf,
    identifier,
    printed,
    read,
    text_of,
    the_form,
    typed_beside_labels,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from mailer.forms import font
from mailer.forms.check import check
from mailer.forms.read import read_returned_all
from mailer.model.campaign import FormFormat
from mailer.model.form import FieldType, FormSource
from mailer.model.incoming import Enclosure

BOTH = pytest.mark.parametrize("as_what", list(FormFormat))
LETTERS = st.text(st.sampled_from(sorted(set(font.ALPHABET) - {"\xa0"})), max_size=60)
WORDS = LETTERS.map(lambda text: " ".join(text.split())).filter(
    lambda text: any(map(str.isalnum, text))  # others mean that nothing was written
)


@st.composite
def answers(draw):
    """Values for some of the fields, each one that its field takes."""
    found = {}
    for field in the_form().fields:
        if field.prefilled or draw(st.booleans()):
            continue
        match field.type:
            case FieldType.RADIO:
                found[field.id] = draw(st.sampled_from(list(field.options)))
            case FieldType.INTEGER:
                found[field.id] = str(draw(st.integers(field.min, field.max)))
            case FieldType.DATE:
                found[field.id] = draw(st.dates(date(1990, 1, 1))).isoformat()
            case FieldType.EMAIL:
                found[field.id] = draw(st.sampled_from(["a@b.example", "č.š@ž.test"]))
            case FieldType.TEL:
                found[field.id] = draw(st.from_regex(r"\+?[0-9]{5,12}", fullmatch=True))
            case _:
                found[field.id] = draw(WORDS)
    return found


@BOTH
def test_the_same_delivery_is_the_same_file(as_what):
    """Byte for byte, made anew; another municipality's is another."""
    other = an_organisation(code="001", official_name="Občina Ajdovščina")

    printed.cache_clear()
    first = printed(as_what)
    printed.cache_clear()

    assert first == printed(as_what)
    assert first != printed(as_what, other)


def test_a_docx_says_nothing_of_when_it_was_made():
    """An archive's members have dates; they are all the same."""
    with zipfile.ZipFile(io.BytesIO(printed(FormFormat.DOCX))) as archive:
        dates = {member.date_time for member in archive.infolist()}

    assert {(1980, 1, 1, 0, 0, 0)} == dates


@BOTH
def test_an_empty_form_says_whose_it_is_and_nothing_else(as_what):
    found = read(printed(as_what))

    assert identifier() == found.identifier
    assert {"061", "Mestna občina Ljubljana"} == set(found.values.values())
    assert {} == check(the_form(), found).values
    assert not check(the_form(), found).is_complete


@given(answers())
@settings(max_examples=15, deadline=None)
def test_a_pdf_filled_with_pypdf(values):
    found = read(filled_pdf(values))

    assert FormSource.ACROFORM is found.how
    assert identifier() == found.identifier
    assert values == check(the_form(), found).values


@given(answers())
@settings(max_examples=15, deadline=None)
def test_a_docx_filled_with_python_docx(values):
    found = read(filled_docx(values))

    assert FormSource.DOCX is found.how
    assert identifier() == found.identifier
    assert values == check(the_form(), found).values


@given(answers())
@settings(max_examples=15, deadline=None)
def test_a_docx_with_text_beside_the_labels(values):
    """The content controls are gone; the table is still a table."""
    found = read(typed_beside_labels(values))

    assert identifier() == found.identifier
    assert values == check(the_form(), found).values


@given(answers())
@settings(max_examples=15, deadline=None)
def test_values_typed_in_the_mail(values):
    """By label or id, options in words or as we call them."""
    fields = {one.id: one for one in the_form().fields}
    lines = []
    for number, (name, value) in enumerate(values.items()):
        field = fields[name]
        lines.append(
            f"{field.label}: {field.options.get(value, value)}"
            if number % 2
            else f"{name} = {value}"
        )

    found = read(text="\n\n".join([f"Oznaka: {identifier()}", *lines]))

    if values:
        assert FormSource.TYPED is found.how
        assert identifier() == found.identifier
        assert values == check(the_form(), found).values


def test_the_pdf_brings_its_letters_along():
    """Embedded fonts, an appearance for every field, and one page."""
    reader = PdfReader(io.BytesIO(printed()))
    acroform = reader.trailer["/Root"]["/AcroForm"]
    fonts = acroform["/DR"]["/Font"]

    assert 1 == len(reader.pages)
    assert "/NeedAppearances" not in acroform
    assert all(
        "/FontFile2" in one.get_object()["/FontDescriptor"] for one in fonts.values()
    )
    for widget in reader.pages[0]["/Annots"]:
        assert "/N" in widget.get_object()["/AP"]
    assert identifier() == reader.metadata["/Keywords"]
    assert f"Oznaka obrazca: {identifier()}" in text_of(printed())
    assert "Ugotavljanje zadovoljstva uporabnikov" in text_of(printed())


def test_every_letter_of_the_fonts_has_a_width():
    """What the alphabet promises is in both fonts."""
    for face in (font.regular(), font.bold()):
        assert set(font.ALPHABET) == set(face.widths)
        assert set("čšžČŠŽćđĆĐàèìòùőűŐŰ") <= set(face.widths)
    assert b"?c" == font.encode("Жḉ")


def test_a_short_form_in_a_mail_with_a_signature():
    """As people write it."""
    text = (
        "Pozdravljeni,\n\nkakovost: pridruži\nZadovoljstvo – že izvaja\n"
        "\nLep pozdrav\nAna Novak\nTelefon: 01 234 56 78\n"
    )

    found = check(the_form(), read(text=text))

    assert "pridruzi" == found.values["kakovost"]
    assert "ze_izvaja" == found.values["zadovoljstvo"]
    assert found.is_complete


@pytest.mark.parametrize(
    "text",
    [
        "Hvala za obrazec.\n\nAna Novak\nTelefon: 01 234 56 78\nDatum: 3. 5. 2019",
        "Zanima nas kakovost.",
        "kakovost: kasneje",
        "",
    ],
)
def test_a_mail_without_answers_is_no_form(text):
    assert None is read(text=text)


def test_a_form_pasted_into_a_mail():
    """With marks before the options, below the headings."""
    text = (
        "Uvajanje modela kakovosti (CAF)\n[ ] Vključili se bomo\n"
        "[x] Model kakovosti že uporabljamo\n[ ] Ne bomo se vključili\n"
        "Ugotavljanje zadovoljstva uporabnikov\n☒ Vključili se bomo\n"
        "☐ Ne bomo se vključili\n"
    )

    values = check(the_form(), read(text=text)).values

    assert {"kakovost": "ze_izvaja", "zadovoljstvo": "pridruzi"} == values


def test_both_files_of_a_mail_are_one_form():
    """Who returns the empty PDF beside the filled DOCX has answered."""
    files = [
        Enclosure("a.pdf", "application/pdf", printed()),
        Enclosure("b.docx", "", filled_docx(ANSWERS)),
    ]

    found = read_returned_all(files, "Vračamo obrazec.", [the_form()])

    assert ["b.docx"] == [one.file_name for one in found]


def test_several_municipalities_in_one_mail():
    """A joint administration returns each one's form."""
    files = [
        Enclosure(f"{code}.pdf", "", filled_pdf({"kakovost": "ne"}, of(code)))
        for code in ("001", "002", "003")
    ]

    found = read_returned_all(files, "", [the_form()])

    marks = [identifier(an_organisation(code=code)) for code in ("001", "002", "003")]
    assert marks == [one.identifier for one in found]


def of(code):
    return printed(FormFormat.PDF, an_organisation(code=code))
