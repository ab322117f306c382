"""The ministry's form for tests: printed, and filled in as people fill it in."""

from __future__ import annotations

import io
import json
import os
import subprocess
import time
import uuid
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import docx
from docx.oxml.ns import qn
from factories import an_organisation
from letters import a_bundled_campaign
from pypdf import PdfReader, PdfWriter

from mailer import tokens
from mailer.forms.attachments import FormPrinter
from mailer.forms.layout import lay_out
from mailer.forms.read import read_returned
from mailer.model.campaign import FormFormat
from mailer.model.form import FieldType
from mailer.model.incoming import Enclosure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.model.form import Form, ReturnedForm
    from mailer.model.recipient import Organisation

KEY = b"k" * 32
CAMPAIGN = "ministry-letter"
LJUBLJANA = an_organisation()
SERVO = Path(__file__).with_name("libreoffice_desk.py")

#: a whole form, as we keep it
ANSWERS = {
    "kontakt_ime": "Špela Žnidaršič Đurić",
    "kontakt_funkcija": "višja svetovalka (čšž)",
    "kontakt_eposta": "spela@obcina.example",
    "kontakt_telefon": "01 234 56 78",
    "kakovost": "ze_izvaja",
    "kakovost_kateri": "CAF od 2015",
    "zadovoljstvo": "pridruzi",
    "delavnica": "da",
    "delavnica_stevilo": "3",
    "opombe": "Prva vrstica č.\nDruga vrstica ž.",
    "datum": "2017-10-05",
}


def the_form() -> Form:
    """Return the bundled form."""
    form = a_bundled_campaign(CAMPAIGN).form
    assert form is not None
    return form


def identifier(organisation: Organisation = LJUBLJANA) -> str:
    return tokens.form_id(KEY, the_form().tag, CAMPAIGN, organisation.code)


@cache
def printed(
    as_what: FormFormat = FormFormat.PDF, organisation: Organisation = LJUBLJANA
) -> bytes:
    """Return the form as it is sent to `organisation`."""
    printer = FormPrinter(the_form(), CAMPAIGN, KEY)
    return printer.attachments(organisation, [as_what])[0].content


def read(
    content: bytes = b"", name: str = "obrazec.pdf", text: str = ""
) -> ReturnedForm | None:
    """Return what comes out of a mail with this file, or this text."""
    files = [Enclosure(name, "application/octet-stream", content)] if content else []
    return read_returned(files, text, [the_form()])


def filled_pdf(values: Mapping[str, str], content: bytes | None = None) -> bytes:
    """Fill the PDF with pypdf."""
    writer = PdfWriter(clone_from=io.BytesIO(content or printed()))
    radio = {one.id for one in the_form().fields if one.type is FieldType.RADIO}
    states = {
        name: f"/{value}" if name in radio else value for name, value in values.items()
    }
    # Without making appearances anew: the tests look at ours.
    writer.update_page_form_field_values(writer.pages[0], states, auto_regenerate=False)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def filled_docx(values: Mapping[str, str], content: bytes | None = None) -> bytes:
    """Fill the content controls of the DOCX with python-docx."""
    document = docx.Document(io.BytesIO(content or printed(FormFormat.DOCX)))
    for control in document.element.body.iter(qn("w:sdt")):
        tag = control.find(f".//{qn('w:tag')}").get(qn("w:val"))
        name, _, option = tag.partition(".")
        if option and values.get(name) == option:
            state = control.find(".//{*}checked")
            state.set(next(iter(state.attrib)), "1")
            control.find(f".//{qn('w:t')}").text = "☒"
        elif not option and name in values:
            control.find(f".//{qn('w:t')}").text = values[name]
    return _saved(document)


def typed_beside_labels(values: Mapping[str, str]) -> bytes:
    """Overwrite the DOCX's cells, controls and all, as people do."""
    document = docx.Document(io.BytesIO(printed(FormFormat.DOCX)))
    labels = {one.label: one for one in the_form().fields}
    for row in document.tables[0].rows:
        field = labels.get(row.cells[0].text)
        if field and field.id in values:
            value = values[field.id]
            row.cells[1].text = field.options.get(value, value)
    return _saved(document)


def _saved(document: docx.document.Document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def text_of(content: bytes) -> str:
    """Return the text of a PDF."""
    return "\n".join(
        page.extract_text() for page in PdfReader(io.BytesIO(content)).pages
    )


# LibreOffice.


def shown(values):
    """Return the values by label, options in words, as a person sees them."""
    fields = {one.id: one for one in the_form().fields}
    return {
        fields[name].label: fields[name].options.get(value, value)
        for name, value in values.items()
    }


def written(values):
    """Return the values with their places on the page."""
    boxes = []
    for box in lay_out(the_form()).boxes:
        value = values.get(box.field.id, "")
        if box.option:
            if box.option == value:
                boxes.append((box.x + 2, box.y + 2, "X"))
        elif value:
            top = box.y + box.height - 13
            for number, line in enumerate(value.split("\n")):
                boxes.append((box.x + 4, top - 12 * number, line))
    return boxes


def in_libreoffice(folder: Path, content: bytes, job: Mapping[str, object]) -> bytes:
    """
    Let LibreOffice open a file, do a job with it, and save it.

    Args:
        folder: For its profile and the files.
        content: What it opens.
        job: What `libreoffice_desk.py` reads: kind, values, boxes.
    """
    ending = str(job["kind"])
    source, target = folder / f"sent.{ending}", folder / f"filled.{job['as']}"
    source.write_bytes(content)
    pipe = f"mailer{uuid.uuid4().hex[:12]}"
    office = subprocess.Popen(
        [
            "soffice", "--headless", "--norestore", "--nologo",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            f"--accept=pipe,name={pipe};urp",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        order = {"pipe": pipe, "source": str(source), "target": str(target), **job}
        subprocess.run(
            ["/usr/bin/python3", str(SERVO)],
            input=json.dumps(order),
            text=True,
            check=True,
            timeout=100,
        )
        return target.read_bytes()
    finally:
        _end(office)


def _end(office: subprocess.Popen[bytes]) -> None:
    """End the program and its children: `soffice` starts another."""
    deadline = time.monotonic() + 10
    while office.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    if office.poll() is None:
        os.killpg(office.pid, 9)
        office.wait(10)
