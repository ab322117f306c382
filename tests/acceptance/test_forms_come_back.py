"""Forms filled, printed and saved by the programs that an office has."""

from __future__ import annotations

import subprocess

import pytest
from forms import (
    ANSWERS,
    filled_docx,
    filled_pdf,
    identifier,
    in_libreoffice,
    printed,
    read,
    shown,
    text_of,
    the_form,
    written,
)

from mailer.forms.check import check
from mailer.model.campaign import FormFormat
from mailer.model.form import FieldType, FormSource

CHOICES = [one.id for one in the_form().fields if one.type is FieldType.RADIO]

libreoffice = pytest.mark.server("libreoffice")
poppler = pytest.mark.server("poppler")


@libreoffice
def test_a_docx_filled_in_libreoffice(tmp_path):
    """Text beside the labels, boxes clicked; it drops the tags of the controls."""
    job = {"kind": "docx", "as": "docx", "values": shown(ANSWERS)}

    found = read(in_libreoffice(tmp_path, printed(FormFormat.DOCX), job), "o.docx")

    assert FormSource.DOCX is found.how
    assert identifier() == found.identifier
    assert ANSWERS == check(the_form(), found).values


@libreoffice
@pytest.mark.parametrize("how", ["in LibreOffice", "in its controls"])
def test_a_docx_saved_as_pdf(tmp_path, how):
    """It is read by its labels; our PDF has other things at those places."""
    typed = how == "in LibreOffice"
    content = printed(FormFormat.DOCX) if typed else filled_docx(ANSWERS)
    values = shown(ANSWERS) if typed else {}
    job = {"kind": "docx", "as": "pdf", "values": values}

    found = read(in_libreoffice(tmp_path, content, job))
    said = check(the_form(), found).values

    assert FormSource.PRINTED is found.how
    assert identifier() == found.identifier
    one_line = {name: " ".join(value.split()) for name, value in said.items()}
    wanted = ANSWERS | {"opombe": "Prva vrstica č. Druga vrstica ž."}
    if typed:  # by its interface a box is checked, and looks as before in the PDF
        wanted = {name: wanted[name] for name in wanted if name not in CHOICES}
    assert wanted == one_line


@libreoffice
def test_an_empty_docx_saved_as_pdf_answers_nothing(tmp_path):
    job = {"kind": "docx", "as": "pdf", "values": {}}

    found = read(in_libreoffice(tmp_path, printed(FormFormat.DOCX), job))

    assert identifier() == found.identifier
    assert {} == check(the_form(), found).values


@libreoffice
def test_a_pdf_written_on_in_libreoffice(tmp_path):
    """It knows no fields: what stands in our boxes is read by its place."""
    job = {"kind": "pdf", "as": "pdf", "boxes": written(ANSWERS)}

    found = read(in_libreoffice(tmp_path, printed(), job))

    assert FormSource.PRINTED is found.how
    assert identifier() == found.identifier
    assert ANSWERS == check(the_form(), found).values


@libreoffice
def test_a_filled_pdf_printed_by_libreoffice(tmp_path):
    """What was filled in with another program is still there."""
    job = {"kind": "pdf", "as": "pdf", "boxes": []}

    found = read(in_libreoffice(tmp_path, filled_pdf(ANSWERS), job))

    assert FormSource.PRINTED is found.how
    assert identifier() == found.identifier
    assert ANSWERS == check(the_form(), found).values


@libreoffice
def test_the_docx_is_one_page_with_slovenian_letters(tmp_path):
    """Also when everything is filled in."""
    job = {"kind": "docx", "as": "pdf", "values": {}}

    text = text_of(in_libreoffice(tmp_path, filled_docx(ANSWERS), job))

    assert "Špela Žnidaršič Đurić" in text
    assert identifier() in text
    assert 1 == text.count("Šifra občine")


@poppler
@pytest.mark.parametrize("scale", ["whole", "shrunk"])
def test_a_filled_pdf_printed_into_another(tmp_path, scale):
    """No fields are left; the identifier, the texts and the dots are."""
    (tmp_path / "filled.pdf").write_bytes(filled_pdf(ANSWERS))
    paper = (
        ["-paper", "A4"] if scale == "whole" else ["-paperw", "560", "-paperh", "792"]
    )
    subprocess.run(
        ["pdftocairo", "-pdf", *paper, "-expand", "filled.pdf", "printed.pdf"],
        cwd=tmp_path,
        check=True,
        timeout=60,
    )

    found = read((tmp_path / "printed.pdf").read_bytes())

    assert FormSource.PRINTED is found.how
    assert identifier() == found.identifier
    assert ANSWERS == check(the_form(), found).values


@poppler
def test_a_scan_waits_for_a_person(tmp_path):
    """A picture of the page, alone or in a PDF without text."""
    (tmp_path / "filled.pdf").write_bytes(filled_pdf(ANSWERS))
    for kind in ("-jpeg", "-png"):
        subprocess.run(
            ["pdftoppm", kind, "-r", "100", "-singlefile", "filled.pdf", "scan"],
            cwd=tmp_path,
            check=True,
            timeout=60,
        )

    for name in ("scan.jpg", "scan.png"):
        found = read((tmp_path / name).read_bytes(), name)
        assert FormSource.SCAN is found.how
        assert name == found.file_name
        assert not check(the_form(), found).is_complete


@poppler
def test_viewers_show_what_was_filled_in(tmp_path):
    """Slovenian letters, in the fonts that the file brings along."""
    (tmp_path / "filled.pdf").write_bytes(filled_pdf(ANSWERS))

    def said(*words):
        return subprocess.run(
            words, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60
        ).stdout

    text = said("pdftotext", "-layout", "filled.pdf", "-")
    fonts = said("pdffonts", "filled.pdf").splitlines()[2:]

    for field in the_form().fields:
        value = ANSWERS.get(field.id, "")
        if field.type is not FieldType.RADIO:
            assert all(line in text for line in value.split("\n"))
    assert 2 == text.count("•") - text.count("••") or 3 == text.count("•")
    assert all(" yes " in line for line in fonts)
    assert "1" == said("pdfinfo", "filled.pdf").partition("Pages:")[2].split()[0]
