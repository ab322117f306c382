"""
Read a returned PDF: its fields, or what is printed where they were.

A PDF that was printed into another one has no fields left, but what was typed
still stands in their places, chosen options too: we printed those as letters.
Text that somebody put there with a program that knows no fields is read the
same way (`mailer.forms.printed`), a DOCX that was saved as PDF by its labels
(`mailer.forms.beside`).  A PDF without any text is a scan.
Raises whatever pypdf raises; `mailer.forms.read` sees to that.
"""

from __future__ import annotations

import io
import logging
from itertools import islice
from typing import TYPE_CHECKING, Any

from pypdf import PdfReader, apply_configuration
from pypdf.generic import DictionaryObject

from mailer.forms.beside import beside_labels
from mailer.forms.identifier import find_identifier
from mailer.forms.printed import Text, in_their_places
from mailer.forms.words import fold
from mailer.model.form import IDENTIFIER, FormSource, ReturnedForm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mailer.model.form import Form

_PAGES = 4  #: of which the text is read
_FIELDS = 400
_LONGEST = 4000  #: characters of a value
_LINES = 2000  #: of text on a page
_SCANNED = 12  #: characters that a scanner's program may have added

#: what our form needs a hundredth of; pypdf stops where a file wants more
_LIMITS: dict[str, Any] = {
    **dict.fromkeys(
        [
            "maximum_declared_stream_length",
            "array_based_stream_maximum_output_length",
            "lzw_maximum_output_length",
            "run_length_maximum_output_length",
            "zlib_maximum_output_length",
            "zlib_maximum_recovery_input_length",
            "stream_decoding_work_maximum_length",
        ],
        4 << 20,  # octets
    ),
    "stream_parsing_work_maximum_count": 60_000,
    "array_maximum_element_count": 20_000,
    "dictionary_maximum_element_count": 20_000,
    "page_tree_maximum_entries": 2_000,
    "form_fields_maximum_entries": 1_000,
    "xform_maximum_invocations_per_extraction": 500,
    "jbig2dec_binary": None,  # no other program is called
}

# It tells of each oddity in a file; a stranger's file may have thousands.
logging.getLogger("pypdf").addHandler(logging.NullHandler())
logging.getLogger("pypdf").propagate = False


def read_pdf(content: bytes, forms: Sequence[Form], name: str) -> ReturnedForm | None:
    """Return what a PDF says; `None` if it is none of our forms."""
    with apply_configuration(**_LIMITS):
        return _read(content, forms, name)


def _read(content: bytes, forms: Sequence[Form], name: str) -> ReturnedForm | None:
    reader = PdfReader(io.BytesIO(content), strict=False)
    # Many forbid changes, and let everybody read.
    if reader.is_encrypted and not reader.decrypt(""):
        trouble = "it cannot be opened: it has a password"
        return ReturnedForm("", {}, FormSource.SCAN, name, trouble=trouble)
    tags = [form.tag for form in forms]
    fields = _fields(reader)
    pages = [_texts(page) for page in islice(reader.pages, _PAGES)]
    text = "\n".join(line.text for page in pages for line in page)
    for form in forms:
        ids = {one.id for one in form.fields}
        if len(ids & fields.keys()) > len(ids) // 2:
            mark = fields.get(IDENTIFIER, "") or find_identifier(text, tags)
            values = {
                name: said for name, said in fields.items() if said and name in ids
            }
            return ReturnedForm(mark, values, FormSource.ACROFORM, name, form.tag)
    if len(text.strip()) <= _SCANNED and pages:
        trouble = "it is a picture, no text: read it, and type what it says"
        return ReturnedForm("", {}, FormSource.SCAN, name, trouble=trouble)
    mark = find_identifier(text, tags)
    # Foreign fields may hold the answers, which the page then does not show.
    for form in forms if not fields else ():
        if (found := _printed(pages, form)) is not None:
            found.pop(IDENTIFIER)
            return ReturnedForm(mark, found, FormSource.PRINTED, name, form.tag)
    if mark or any(_has_labels(text, form) for form in forms):
        trouble = "it is our form, but what stands where is not certain: read it"
        return ReturnedForm(mark, {}, FormSource.PRINTED, name, trouble=trouble)
    return None


def _printed(pages: Sequence[Sequence[Text]], form: Form) -> dict[str, str] | None:
    """Return what is printed in a form, the identifier too; `None` if in doubt."""
    for page in pages:
        if (found := in_their_places(page, form)) is not None:
            return found
    return beside_labels(pages, form)


def _has_labels(text: str, form: Form) -> bool:
    """Tell whether most of a form's labels are in a text."""
    words = fold(text)
    found = [one for one in form.fields if fold(one.label) in words]
    return len(found) > len(form.fields) // 2


def _fields(reader: PdfReader) -> dict[str, str]:
    """Return field → raw text, "" where it is empty."""
    fields = islice((reader.get_fields() or {}).items(), _FIELDS)
    return {str(name): _value(field).strip()[:_LONGEST] for name, field in fields}


def _value(field: Mapping[str, Any]) -> str:
    """Return a field's value; a choice's is the name of the button that is on."""
    value = field.get("/V")
    if field.get("/FT") != "/Btn":
        return value if isinstance(value, str) else ""
    states = [value]
    for kid in islice(field.get("/Kids") or (), _FIELDS):
        button = kid.get_object()
        if isinstance(button, DictionaryObject):
            states.append(button.get("/AS"))
    on = (one for one in states if isinstance(one, str) and one.strip("/"))
    return next((one.strip("/") for one in on if one.strip("/") != "Off"), "")


def _texts(page: Any) -> list[Text]:  # noqa: ANN401 - pypdf's page
    """Return the lines of a page; pieces that begin in one place are one line."""
    pieces: list[Text] = []

    def visit(text: str, cm: list[float], tm: list[float], *_font: object) -> None:
        if len(pieces) >= _LINES:
            return
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        if pieces and abs(pieces[-1].x - x) < 0.1 and abs(pieces[-1].y - y) < 0.1:  # noqa: PLR2004
            text = pieces.pop().text + text
        pieces.append(Text(x, y, text.replace("\n", " ")))

    page.extract_text(visitor_text=visit)
    return [one for one in pieces if one.text.strip()]
