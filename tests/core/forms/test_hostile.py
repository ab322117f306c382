"""Files made to break their readers: each is a value, none an exception."""

from __future__ import annotations

import io
import time
import zipfile
import zlib

import pytest
from forms import ANSWERS, filled_docx, filled_pdf, printed, read, the_form
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    StreamObject,
    TextStringObject,
)

from mailer.forms.picture import is_page
from mailer.forms.read import read_returned_all
from mailer.model.campaign import FormFormat
from mailer.model.incoming import Enclosure

PDF, DOCX = printed(FormFormat.PDF), printed(FormFormat.DOCX)


def a_docx(xml, member="word/document.xml"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, xml)
    return out.getvalue()


def saved(writer):
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def a_bomb(text, octets=260_000_000):
    """Return a page whose text unpacks to so much."""
    writer = PdfWriter(clone_from=io.BytesIO(PDF))
    page = writer.pages[0]
    del page["/Annots"], writer.root_object["/AcroForm"]
    stream = StreamObject()
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    stream.set_data(zlib.compress(text * (octets // len(text)), 9))
    page[NameObject("/Contents")] = writer._add_object(stream)  # noqa: SLF001
    return saved(writer)


def a_circle():
    """Return a form with a field that is its own parent and child."""
    writer = PdfWriter(clone_from=io.BytesIO(PDF))
    field = writer.root_object["/AcroForm"]["/Fields"][0]
    field.get_object()[NameObject("/Kids")] = ArrayObject([field])
    field.get_object()[NameObject("/Parent")] = field
    return saved(writer)


def a_forest():
    """Return a form with fields without number."""
    writer = PdfWriter(clone_from=io.BytesIO(PDF))
    fields = writer.root_object["/AcroForm"]["/Fields"]
    for number in range(20_000):
        one = DictionaryObject({NameObject("/T"): TextStringObject(f"f{number}")})
        fields.append(writer._add_object(one))  # noqa: SLF001
    return saved(writer)


def a_long_value():
    return filled_pdf({"opombe": "a" * 3_000_000})


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
HOSTILE = {
    "bomb.docx": a_docx(b"<a>" + b" " * 300_000_000 + b"</a>"),
    "laughs.docx": a_docx(f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l8;</a>'),
    "deep.docx": a_docx("<a>" * 250_000 + "</a>" * 250_000),
    "no-document.docx": a_docx("<a/>", "word/other.xml"),
    "torn.docx": DOCX[: len(DOCX) // 2],
    "torn.pdf": PDF[: len(PDF) // 2],
    "bomb.pdf": a_bomb(b"BT /Sl 9 Tf (x) Tj ET "),
    "spaces.pdf": a_bomb(b" "),
    "small-bomb.pdf": a_bomb(b"BT /Sl 9 Tf (x) Tj ET ", 4_000_000),
    "circle.pdf": a_circle(),
    "forest.pdf": a_forest(),
    "long.pdf": a_long_value(),
    "nested.pdf": PDF.replace(b"/Rect [", b"/Rect " + b"[" * 50_000, 1),
    "empty.pdf": b"%PDF-",
    "empty.docx": b"PK\x03\x04",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_survived(name):
    """D05: in a time in which the next mail can wait."""
    began = time.perf_counter()

    found = read(HOSTILE[name], name)

    assert time.perf_counter() - began < 10
    for value in found.values.values() if found else ():
        assert len(value) <= 4000


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_bytes_changed_anywhere_are_survived(data):
    """A form that was damaged on its way."""
    whole = bytearray(data.draw(st.sampled_from([PDF, DOCX, filled_pdf(ANSWERS)])))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place : place + 3] = data.draw(st.binary(min_size=0, max_size=6))

    read(bytes(whole))


@given(st.binary(max_size=200), st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04"]))
def test_any_bytes_are_survived(content, start):
    read(start + content, "a.bin", content.decode("latin-1"))


@pytest.mark.parametrize(
    "unit", [" ", ":", "-", "- ", "x ", "[x] ", "x:", "K17 ", "K17-", "\t", "opombe: "]
)
def test_a_text_of_one_sign_is_read_at_once(unit):
    """However long it is, in lines or in one."""
    began = time.process_time()

    read(text=unit * 60_000)
    read(text=f"{unit * 200}\n" * 300)

    assert time.process_time() - began < 5


def test_other_files_are_no_forms():
    """A list in Excel, a note in Word, somebody else's form."""
    for content in (a_docx("<a/>", "xl/workbook.xml"), b"besedilo", b"GIF89a"):
        assert None is read(content, "a")


def test_a_hundred_files_are_not_all_read():
    """Nor is one of more than ten megabytes."""
    many = [Enclosure("a", "", b"x")] * 100 + [Enclosure("b", "", filled_docx(ANSWERS))]
    large = [
        Enclosure("a.pdf", "application/pdf", filled_pdf(ANSWERS) + b" " * 11_000_000)
    ]

    assert () == read_returned_all(many, "", [the_form()])
    assert () == read_returned_all(large, "", [the_form()])


JPEG = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\x06\xda\x04\xd8"


def a_png(width, height):
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    return head + width.to_bytes(4, "big") + height.to_bytes(4, "big")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(a_png(1240, 1754), True, id="page"),
        pytest.param(a_png(180, 60), False, id="logo"),
        pytest.param(a_png(420, 400), False, id="coat of arms"),
        pytest.param(a_png(1800, 500), False, id="banner"),
        pytest.param(b"II*\0 fax", True, id="tiff"),
        pytest.param(
            b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\x06\xda\x04\xd8",
            True,
            id="jpeg",
        ),
        pytest.param(b"\xff\xd8\xff\xe0\0\0", False, id="torn jpeg"),
        pytest.param(b"\x89PNG\r\n\x1a\n", False, id="torn png"),
    ],
)
def test_a_logo_is_no_scan(content, expected):
    """Every signature has one."""
    assert expected is is_page(content)
