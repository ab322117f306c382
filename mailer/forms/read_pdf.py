"""
Read a returned PDF: its fields, or what is printed where they were.

A PDF that was printed into another one has no fields left, but what was typed
still stands in their places, chosen options too: we printed those as letters.
Text that somebody put there with a program that knows no fields is read the
same way.  A PDF without any text is a scan.
Raises whatever pypdf raises; `mailer.forms.read` sees to that.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from pypdf import PdfReader, apply_configuration
from pypdf.generic import DictionaryObject

from mailer.forms.identifier import find_identifier
from mailer.forms.layout import lay_out
from mailer.forms.words import fold
from mailer.model.form import IDENTIFIER, FieldType, FormSource, ReturnedForm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mailer.forms.layout import Box, Line, Page
    from mailer.model.form import Form

_PAGES = 4  #: of which the text is read
_FIELDS = 400
_LONGEST = 4000  #: characters of a value
_LINES = 2000  #: of text on a page
_SCANNED = 12  #: characters that a scanner's program may have added
_NEAR = 4.0  #: points beside a button in which its mark may begin
_BESIDE = 8.0  #: points left of a box in which its text may begin

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


@dataclass(frozen=True, slots=True)
class _Text:
    """A line of text on a page, and where it begins."""

    x: float
    y: float
    text: str


def read_pdf(content: bytes, forms: Sequence[Form], name: str) -> ReturnedForm | None:
    """Return what a PDF says; `None` if it is none of our forms."""
    with apply_configuration(**_LIMITS):
        return _read(content, forms, name)


def _read(content: bytes, forms: Sequence[Form], name: str) -> ReturnedForm | None:
    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted:
        reader.decrypt("")  # many forbid changes, and let everybody read
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
            return ReturnedForm(mark, values, FormSource.ACROFORM, name)
    mark = find_identifier(text, tags)
    for form in forms:
        for page in pages:
            found = _in_their_places(page, form)
            if found is not None:
                read = found.pop(IDENTIFIER, "")
                mark = mark or find_identifier(read, tags)
                return ReturnedForm(mark, found, FormSource.PRINTED, name)
    if mark:
        return ReturnedForm(mark, {}, FormSource.PRINTED, name)
    if len(text.strip()) <= _SCANNED and pages:
        return ReturnedForm("", {}, FormSource.SCAN, name)
    return None


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


def _texts(page: Any) -> list[_Text]:  # noqa: ANN401 - pypdf's page
    """Return the lines of a page; pieces that begin in one place are one line."""
    pieces: list[_Text] = []

    def visit(text: str, cm: list[float], tm: list[float], *_font: object) -> None:
        if len(pieces) >= _LINES:
            return
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        if pieces and abs(pieces[-1].x - x) < 0.1 and abs(pieces[-1].y - y) < 0.1:  # noqa: PLR2004
            text = pieces.pop().text + text
        pieces.append(_Text(x, y, text.replace("\n", " ")))

    page.extract_text(visitor_text=visit)
    return [one for one in pieces if one.text.strip()]


def _in_their_places(texts: Sequence[_Text], form: Form) -> dict[str, str] | None:
    """Return what stands in the form's boxes; `None` if it is not this form."""
    page = lay_out(form)
    measure = _measure(texts, page.lines)
    if measure is None:
        return None
    scale, left, bottom = measure
    printed = {fold(line.text) for line in page.lines}
    values: dict[str, str] = {}
    for one in texts:
        box = _box_at((one.x - left) / scale, (one.y - bottom) / scale, page)
        if box is None or fold(one.text) in printed:
            continue
        said = box.option or one.text.strip()
        between = "\n" if box.field.type is FieldType.MULTILINE else " "
        before = values.get(box.field.id)
        if before != said:
            joined = f"{before}{between}{said}" if before else said
            values[box.field.id] = joined[:_LONGEST]
    return values


def _measure(
    texts: Sequence[_Text], lines: Sequence[Line]
) -> tuple[float, float, float] | None:
    """
    Return how much a printed page is larger, and how far it was moved.

    Printers shrink pages to their margins.  The labels say by how much: the two
    that are farthest from each other.
    """
    places = {fold(one.text): one for one in texts}
    pairs = [
        (line, places[key]) for line in lines if (key := fold(line.text)) in places
    ]
    if len(pairs) * 2 < len(lines):
        return None
    pairs.sort(key=lambda pair: pair[0].y)
    (low, low_seen), (high, high_seen) = pairs[0], pairs[-1]
    if high.y - low.y < 1:
        return None
    scale = (high_seen.y - low_seen.y) / (high.y - low.y)
    if not 0.3 < scale < 3:  # noqa: PLR2004 - nobody prints a form so
        return None
    return scale, low_seen.x - scale * low.x, low_seen.y - scale * low.y


def _box_at(x: float, y: float, page: Page) -> Box | None:
    """Return the box in which text that begins here stands."""
    for box in page.boxes:
        left, below = (_NEAR, _NEAR) if box.option else (_BESIDE, 1)
        if (
            box.x - left <= x <= box.x + box.width
            and box.y - below <= y <= box.y + box.height
        ):
            return box
    return None
