"""
Fill in the office's form, as simulated municipalities do.

With a PDF viewer, with a word processor, on paper, or typed into the mail.  What
they answer is decided in `sandbox.people`.
"""

from __future__ import annotations

import io
import logging
import struct
import zlib
from typing import TYPE_CHECKING, Any

import docx
from docx.oxml.ns import qn
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, StreamObject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from docx.oxml.xmlchemy import BaseOxmlElement

# It tells that it chose another font; the office's form brings its letters along.
logging.getLogger("pypdf").addHandler(logging.NullHandler())
logging.getLogger("pypdf").propagate = False

_WIDTH, _HEIGHT = 620, 877  # A4 at 75 dots per inch


def fill_pdf(form: bytes, values: Mapping[str, str]) -> bytes:
    """Return the PDF with `values` in its fields: text, or an option's name."""
    return _written(_filled(form, values))


def print_pdf(form: bytes, values: Mapping[str, str]) -> bytes:
    """Return the filled PDF as a printer makes it: looks the same, has no fields."""
    writer = _filled(form, values)
    for page in writer.pages:
        _draw_fields(writer, page)
    writer.remove_annotations(subtypes="/Widget")
    del writer.root_object["/AcroForm"]
    return _written(writer)


def fill_docx(form: bytes, values: Mapping[str, str]) -> bytes:
    """Return the DOCX with `values` in its content controls."""
    document = docx.Document(io.BytesIO(form))
    chosen = {f"{name}.{value}" for name, value in values.items()}
    for tag, text in _controls(document.element):
        if tag in chosen:
            text.text = "☒"
        elif tag in values:
            text.text = values[tag]
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def labels(form: bytes) -> dict[str, str]:
    """Return field → label, as a viewer tells them to who cannot see the form."""
    fields = PdfReader(io.BytesIO(form)).get_fields() or {}
    return {name: str(field.get("/TU", name)) for name, field in fields.items()}


def type_in(labels: Mapping[str, str], values: Mapping[str, str]) -> str:
    """Return the answers as lines of a mail, each after the label it answers."""
    return "\n".join(f"{labels[name]}: {value}" for name, value in values.items())


def scan() -> bytes:
    """Return a picture of a page, PNG: grey lines on white, as far as we can see."""
    white, grey = b"\0" + b"\xff" * _WIDTH, b"\0" + b"\x80" * _WIDTH
    lines = (grey if row % 40 < 2 else white for row in range(_HEIGHT))  # noqa: PLR2004
    head = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 0, 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(b"".join(lines))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _draw_fields(writer: PdfWriter, page: Any) -> None:  # noqa: ANN401 - pypdf's
    """
    Draw on the page what its fields show.

    pypdf's own way gives the buttons of a choice one name, hence one look.
    """
    looks, commands = DictionaryObject(), []
    for number, reference in enumerate(page["/Annots"]):
        field = reference.get_object()
        look = field["/AP"]["/N"]
        if "/AS" in field:
            look = look[field["/AS"]]
        name = NameObject(f"/Look{number}")
        looks[name] = look.indirect_reference or writer._add_object(look)  # noqa: SLF001
        left, bottom = field["/Rect"][:2]
        commands.append(f"q 1 0 0 1 {left} {bottom} cm {name} Do Q")
    resources = DictionaryObject()
    resources.update(page["/Resources"].get_object())
    resources[NameObject("/XObject")] = looks
    page[NameObject("/Resources")] = resources
    drawing = StreamObject()
    drawing.set_data("\n".join(commands).encode())
    before = page.raw_get("/Contents")
    page[NameObject("/Contents")] = ArrayObject([before, writer._add_object(drawing)])  # noqa: SLF001


def _filled(form: bytes, values: Mapping[str, str]) -> PdfWriter:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(form)))
    fields = writer.get_fields() or {}
    entries = {
        name: f"/{value}" if fields[name].get("/FT") == "/Btn" else value
        for name, value in values.items()
    }
    for page in writer.pages:
        writer.update_page_form_field_values(page, dict(entries), auto_regenerate=False)
    return writer


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _controls(body: BaseOxmlElement) -> Iterator[tuple[str, BaseOxmlElement]]:
    """Yield the tag of each content control, and the element with its text."""
    for control in body.iter(qn("w:sdt")):
        tag = next(control.iter(qn("w:tag")), None)
        text = next(control.iter(qn("w:t")), None)
        if tag is not None and text is not None:
            yield tag.get(qn("w:val")), text
