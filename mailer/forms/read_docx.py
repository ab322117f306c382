"""
Read a returned DOCX: its content controls, or what is written beside the labels.

The archive is opened by us and not by a library: only one member is unpacked,
so far as it is bearable, and its XML may declare nothing.
Raises whatever zipfile and the parser raise; `mailer.forms.read` sees to that.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from mailer.forms.control import control_tag, control_title
from mailer.forms.identifier import find_identifier
from mailer.forms.words import MARKS, chosen, field_of, read_lines
from mailer.model.form import IDENTIFIER, FieldType, FormSource, ReturnedForm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element

    from mailer.model.form import Form, FormField

_MEMBER = "word/document.xml"
_UNPACKED = 2 << 20  #: octets of its XML
_LONGEST = 4000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_ON = ("1", "true", "on")


@dataclass(frozen=True, slots=True)
class _Control:
    """A content control, as somebody left it."""

    tag: str
    title: str
    text: str
    is_on: bool  #: of a check box


class TooLargeError(Exception):
    """It unpacks to more than a form does."""


_NOBODY: tuple[None, str] = (None, "")


def read_docx(content: bytes, forms: Sequence[Form], name: str) -> ReturnedForm | None:
    """Return what a DOCX says; `None` if it is none of our forms."""
    with (
        zipfile.ZipFile(io.BytesIO(content)) as archive,
        archive.open(_MEMBER) as member,
    ):
        xml = member.read(_UNPACKED + 1)
    if len(xml) > _UNPACKED:
        raise TooLargeError
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        return None
    root = ET.fromstring(xml)  # noqa: S314 - it declares nothing
    controls = _controls(root)
    lines = [_text(one) for one in root.iter(f"{_W}p")]
    mark = find_identifier("\n".join(lines), [form.tag for form in forms])
    rows = [_cells(row) for row in root.iter(f"{_W}tr")]
    for form in forms:
        values = {
            **read_lines(_beside_no_table(root), form),
            **_beside_labels(rows, form),
            **_in_controls(controls, form),
        }
        mark = mark or find_identifier(values.pop(IDENTIFIER, ""), [form.tag])
        labels = [field_of(form, row[0][0]) for row in rows if row and row[0]]
        is_ours = len([one for one in labels if one]) > len(form.fields) // 2
        if mark or is_ours:
            return ReturnedForm(mark, values, FormSource.DOCX, name, form.tag)
    return None


def _in_controls(controls: Sequence[_Control], form: Form) -> dict[str, str]:
    """Return field → raw text of the content controls that are filled."""
    values: dict[str, str] = {}
    names = _names(form)
    for control in controls:
        field, option = names.get(control.tag) or names.get(control.title) or _NOBODY
        if field is None:
            continue
        if field.type is not FieldType.RADIO:
            if control.text.strip():
                values[field.id] = control.text.strip()[:_LONGEST]
        elif control.is_on:
            values[field.id] = f"{values.get(field.id, '')} {option}".strip()
    return values


def _names(form: Form) -> dict[str, tuple[FormField | None, str]]:
    """Return the tags and titles of the form's controls: field, and option if one."""
    names: dict[str, tuple[FormField | None, str]] = {}
    for field in form.fields:
        names[field.id] = names[field.label] = field, ""
        for option in field.options:
            names[control_tag(field, option)] = field, option
            names[control_title(field, option)] = field, option
    return names


def _controls(root: Element) -> list[_Control]:
    found = []
    for control in root.iter(f"{_W}sdt"):
        about, content = control.find(f"{_W}sdtPr"), control.find(f"{_W}sdtContent")
        if about is None or content is None:
            continue
        paragraphs = [_text(one) for one in content.iter(f"{_W}p")] or [_text(content)]
        text = "\n".join(paragraphs)
        state = about.find(f"{_W14}checkbox/{_W14}checked")
        is_on = state is not None and state.get(f"{_W14}val") in _ON
        sign = text.strip(" []()")
        is_on = is_on or (len(sign) == 1 and sign in MARKS)
        if is_on:
            _show(content)
        is_hint = about.find(f"{_W}showingPlcHdr") is not None
        found.append(
            _Control(
                tag=_said(about, "tag"),
                title=_said(about, "alias"),
                text="" if is_hint else text,
                is_on=is_on,
            )
        )
    return found


def _show(box: Element) -> None:
    """Let a box that is on look so: not every program changes both."""
    for number, piece in enumerate(box.iter(f"{_W}t")):
        piece.text = "" if number else "☒"


def _said(about: Element, name: str) -> str:
    one = about.find(f"{_W}{name}")
    return one.get(f"{_W}val", "") if one is not None else ""


def _beside_labels(
    rows: Sequence[Sequence[Sequence[str]]], form: Form
) -> dict[str, str]:
    """Return field → raw text, of the table's rows: a label, and what is beside it."""
    values = {}
    for row in rows:
        if len(row) < 2:  # noqa: PLR2004 - a label and a place
            continue
        field = field_of(form, " ".join(row[0]))
        lines = [line for cell in row[1:] for line in cell]
        if field is None:
            continue
        if field.type is FieldType.RADIO:
            said = chosen(field, lines)
        else:
            said = "\n".join(line for line in lines if line.strip()).strip()
        if said:
            values[field.id] = said[:_LONGEST]
    return values


def _cells(row: Element) -> list[list[str]]:
    """Return the paragraphs of each cell; a control may stand around a cell."""
    return [[_text(p) for p in cell.iter(f"{_W}p")] for cell in row.iter(f"{_W}tc")]


def _beside_no_table(root: Element) -> Iterator[str]:
    """Yield the paragraphs that stand in no table."""
    body = root.find(f"{_W}body")
    for one in body if body is not None else ():
        if one.tag == f"{_W}p":
            yield _text(one)


def _text(element: Element) -> str:
    """Return the text of a paragraph or a run, with its tabs and line ends."""
    parts = []
    for one in element.iter():
        if one.tag == f"{_W}t":
            parts.append(one.text or "")
        elif one.tag == f"{_W}tab":
            parts.append("\t")
        elif one.tag in (f"{_W}br", f"{_W}cr"):
            parts.append("\n")
    return "".join(parts)
