"""A printed form is read only where it is certain what stands where."""

from __future__ import annotations

import io
import zipfile

import pytest
from forms import (
    ANSWERS,
    LJUBLJANA,
    filled_pdf,
    identifier,
    printed,
    read,
    the_form,
    written,
)
from hypothesis import assume, given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, StreamObject

from mailer.forms.beside import beside_labels
from mailer.forms.check import check, printed_values
from mailer.forms.drawing import texts as drawn
from mailer.forms.layout import MARK, Line, lay_out
from mailer.forms.printed import Text, in_their_places
from mailer.model.form import IDENTIFIER, FieldType, FormSource
from mailer.sandbox.filling import print_pdf

FORM = the_form()
OURS = {IDENTIFIER: identifier(), **printed_values(FORM, LJUBLJANA)}
ALL = OURS | ANSWERS


def our_page(values=ALL):
    """Return the texts of our PDF, filled in."""
    lines = [Text(one.x, one.y, one.text) for one in lay_out(FORM).lines]
    return [*lines, *(Text(x, y, text) for x, y, text in written(values))]


def a_table(heights, left=57.0, column=232.5, top=780.0, values=ALL, fields=None):
    """Return the texts of our DOCX, saved as PDF."""
    found, y = [Text(left, top + 20, FORM.title)], top
    rows = zip(fields or (MARK, *FORM.fields), heights, strict=True)
    for field, height in rows:
        value = values.get(field.id, "")
        found.append(Text(left, y, field.label))
        if field.type is FieldType.RADIO:
            said = [
                f"{'☒' if option == value else '☐'} {label}"
                for option, label in field.options.items()
            ]
        else:
            said = value.split("\n")
        for line in said:
            found.append(Text(column, y, line))
            y -= 13
        y -= height
    return [*found, Text(left, y - 5, FORM.foot)]


def a_pdf(texts):
    """Return a PDF with these texts, in our font, without fields."""
    writer = PdfWriter(clone_from=io.BytesIO(printed()))
    page = writer.pages[0]
    del page["/Annots"], writer.root_object["/AcroForm"]
    stream = StreamObject()
    stream.set_data(drawn([Line(one.x, one.y, one.text) for one in texts]))
    page[NameObject("/Contents")] = writer._add_object(stream)  # noqa: SLF001
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


HEIGHTS = st.lists(
    st.floats(2, 30), min_size=len(FORM.fields) + 1, max_size=len(FORM.fields) + 1
)


def test_our_page_is_read_by_its_places():
    assert ALL == in_their_places(our_page(), FORM)
    found = read(a_pdf(our_page()))
    assert FormSource.PRINTED is found.how
    assert ANSWERS == check(FORM, found).values


@given(scale=st.floats(0.5, 2), dx=st.floats(-40, 40), dy=st.floats(-40, 40))
def test_a_printer_may_shrink_and_move_the_whole_page(scale, dx, dy):
    page = [Text(t.x * scale + dx, t.y * scale + dy, t.text) for t in our_page()]

    assert ALL == in_their_places(page, FORM)


@given(heights=HEIGHTS, left=st.floats(20, 90), column=st.floats(180, 300))
def test_a_docx_saved_as_pdf_is_read_by_its_labels(heights, left, column):
    """However high its rows are; never by the places of our PDF."""
    page = a_table(heights, left, column)

    assert None is in_their_places(page, FORM)
    assert ALL == beside_labels([page], FORM)


@given(heights=HEIGHTS, at=st.integers(2, len(FORM.fields)))
def test_a_table_may_go_on_on_the_next_page(heights, at):
    page = a_table(heights)
    label = [MARK, *FORM.fields][at].label
    y = next(one.y for one in page if one.text == label)
    above = [one for one in page if one.y > y + 1]
    below = [Text(one.x, one.y + 780 - y, one.text) for one in page if one.y <= y + 1]

    assert ALL == beside_labels([above, below], FORM)


@given(st.data())
def test_what_stands_elsewhere_is_no_answer(data):
    """One line or value of ours that was moved: nothing on the page is believed."""
    page = our_page()
    lines = len(lay_out(FORM).lines)
    place = data.draw(st.integers(0, lines - 1))
    dx, dy = data.draw(st.tuples(st.floats(-300, 300), st.floats(-300, 300)))
    assume(abs(dx) > 15 or abs(dy) > 15)
    one = page[place]
    page[place] = Text(one.x + dx, one.y + dy, one.text)

    assert None is in_their_places(page, FORM)
    assert None is beside_labels([page], FORM)


@given(st.data())
def test_nothing_printed_at_other_places_gives_a_wrong_value(data):
    """Rows in another order, of other heights, labels lost: right, or nothing."""
    fields = data.draw(st.permutations([MARK, *FORM.fields]))
    page = a_table(data.draw(HEIGHTS), fields=fields)
    lost = data.draw(st.sets(st.integers(0, len(page) - 1), max_size=2))
    page = [one for number, one in enumerate(page) if number not in lost]

    assert None is in_their_places(page, FORM)
    found = beside_labels([page], FORM) or {}
    for name, value in found.items():
        assert value in ALL[name]


@given(st.data())
def test_texts_strewn_over_a_page_are_no_answers(data):
    spot = st.tuples(st.floats(20, 550), st.floats(20, 820))
    page = [Text(*data.draw(spot), one.text) for one in our_page()]

    assert None is in_their_places(page, FORM)
    assert None is beside_labels([page], FORM)


@pytest.mark.parametrize("field", [IDENTIFIER, "obcina_sifra", "obcina_naziv"])
def test_a_page_without_what_we_print_is_not_believed(field):
    without = {name: value for name, value in ALL.items() if name != field}

    assert None is in_their_places(our_page(without), FORM)
    assert None is in_their_places(our_page(ALL | {"obcina_sifra": "062"}), FORM)
    assert None is beside_labels(
        [a_table([5] * (len(FORM.fields) + 1), values=without)], FORM
    )


def test_a_page_in_doubt_keeps_its_identifier():
    """A person reads the rest, and is told so."""
    page = [Text(one.x, one.y * (1 + one.y / 9000), one.text) for one in our_page()]

    found = read(a_pdf([*page, Text(50, 20, f"Oznaka obrazca: {identifier()}")]))
    said = check(FORM, found)

    assert identifier() == found.identifier
    assert {} == found.values
    assert said.is_unread
    assert not said.is_complete
    assert "not certain" in "".join(said.problems)


@pytest.mark.parametrize("sign", "☐☒")
def test_boxes_of_a_docx_are_not_in_our_pdf(sign):
    assert None is in_their_places([*our_page(), Text(300, 200, sign)], FORM)


def a_word_pad(member, text, mimetype="application/vnd.oasis.opendocument.text"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", mimetype)
        archive.writestr(member, text)
    return out.getvalue()


def with_password():
    writer = PdfWriter(clone_from=io.BytesIO(filled_pdf(ANSWERS)))
    writer.encrypt("geslo", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MARKED = f"<p>Oznaka <b>{identifier()}</b></p>"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", with_password(), "it has a password"),
        ("a.pdf", b"%PDF-1.7 x", "is damaged"),
        ("a.docx", b"PK\x03\x04", "is damaged"),
        ("a.pdf", a_pdf([]), "is a picture, no text"),
        ("a.odt", a_word_pad("content.xml", MARKED), "an .odt is not read"),
        ("a.doc", OLE + identifier().encode("utf-16-le"), ".doc is not read"),
        (
            "obrazec-kakovost-061.docx",
            OLE + "EncryptedPackage".encode("utf-16-le"),
            "it has a password",
        ),
    ],
)
def test_what_cannot_be_read_is_not_called_empty(name, content, said):
    """The reason is told, with the file's name."""
    found = check(FORM, read(content, name))

    assert found.is_unread
    assert f"{name}: " in found.problems[0]
    assert said in found.problems[0]
    assert "is empty" not in found.problems[0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vabilo.odt", a_word_pad("content.xml", "<p>Vabilo</p>")),
        ("vabilo.doc", OLE + b"Vabilo"),
        ("vabilo.ods", a_word_pad("content.xml", MARKED, "application/x")),
    ],
)
def test_other_peoples_files_are_no_forms(name, content):
    assert None is read(content, name)


def test_a_simulated_printer_draws_each_button(caplog):
    """As it was filled in: one dot for each choice that was made."""
    text = PdfReader(io.BytesIO(print_pdf(printed(), ANSWERS))).pages[0].extract_text()

    assert 3 == text.count("•")
    assert "Špela Žnidaršič Đurić" in text
    assert "already added" not in caplog.text
