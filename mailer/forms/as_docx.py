"""
The form as a DOCX with content controls (ISO/IEC 29500-1, section 17.5.2).

Each field is a control that carries the field's id as its tag, each option of
a choice a check box tagged "field.option".  Without the controls it is still a
table of labels with something written beside them.
The same form for the same organisation is the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.shared import Mm, Pt

from mailer.forms.control import control_tag, control_title
from mailer.forms.layout import MARK
from mailer.model.form import IDENTIFIER, FieldType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docx.document import Document
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph

    from mailer.model.form import Form, FormField

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  #: the earliest that a ZIP archive can say
_FONT = "Arial"
_WIDTHS = (Mm(62), Mm(108))  #: of the labels, and of what is beside them
_TABLE_STYLES = ("Normal Table", "Table Grid")
_UNUSED = ("stylesWithEffects", "thumbnail", "customXml", "numbering")
_NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)
_CONTROL = """<w:sdt {names}><w:sdtPr><w:alias w:val="{label}"/><w:tag w:val="{tag}"/>
<w:id w:val="{id}"/>{kind}</w:sdtPr><w:sdtContent><w:r>{looks}<w:t
xml:space="preserve">{text}</w:t></w:r></w:sdtContent></w:sdt>"""
_CHECK_BOX = """<w14:checkbox><w14:checked w14:val="0"/>
<w14:checkedState w14:val="2612" w14:font="MS Gothic"/>
<w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/></w14:checkbox>"""
_GOTHIC = """<w:rPr><w:rFonts w:ascii="MS Gothic" w:eastAsia="MS Gothic"
w:hAnsi="MS Gothic" w:hint="eastAsia"/></w:rPr>"""
_BLANK = "\u2002" * 12  #: what stands in an empty control, wide enough to be hit
_LOCKED = '<w:lock w:val="sdtContentLocked"/>'


class DocxForm:
    """
    A form, laid out once, then made out to one organisation after the other.

    Args:
        form: The form.
    """

    def __init__(self, form: Form) -> None:
        whole = io.BytesIO()
        document = _document(form)
        _lighten(document)
        document.save(whole)
        self._members: dict[str, bytes] = {}
        with zipfile.ZipFile(whole) as archive:
            for name in archive.namelist():
                self._members[name] = archive.read(name)

    def made_out(self, values: Mapping[str, str]) -> bytes:
        """
        Return the file for one organisation.

        Args:
            values: Field → what we print in it; the identifier is among them.
        """
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self._members.items():
                member = zipfile.ZipInfo(name, _LONG_AGO)
                member.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(member, _filled(content, values))
        return out.getvalue()


def _filled(content: bytes, values: Mapping[str, str]) -> bytes:
    if b"{{" not in content:
        return content
    for name, value in values.items():
        content = content.replace(_place(name).encode(), escape(value).encode())
    return content


def _place(id: str) -> str:
    """Return what holds a value's place while the form is laid out."""
    return f"{{{{{id}}}}}"


def _document(form: Form) -> Document:
    document = docx.Document()
    _set_page(document)
    about = document.core_properties
    about.title, about.keywords = form.title, _place(IDENTIFIER)
    about.author, about.comments = "", ""
    heading = document.add_paragraph().add_run(form.title)
    heading.bold, heading.font.size = True, Pt(15)
    if form.introduction:
        document.add_paragraph(form.introduction)
    table = document.add_table(rows=0, cols=2)
    table.style, table.autofit = "Table Grid", False
    for column, width in zip(table.columns, _WIDTHS, strict=True):
        column.width = width
    for number, field in enumerate((MARK, *form.fields), start=1):
        label, place = table.add_row().cells
        label.width, place.width = _WIDTHS
        label.text = field.label
        _fill_in(place, field, number * 100)
    foot = document.add_paragraph()
    foot.paragraph_format.space_before = Pt(6)
    foot.add_run(form.foot).font.size = Pt(8)
    mark = document.add_paragraph().add_run(f"{MARK.label}: {_place(IDENTIFIER)}")
    mark.bold, mark.font.size = True, Pt(8)
    return document


def _lighten(document: Document) -> None:
    """Take out what python-docx's template brings and the form does not use."""
    for style in list(document.styles):
        if style.type is WD_STYLE_TYPE.TABLE and style.name not in _TABLE_STYLES:
            style.delete()
    for rels in (document.part.rels, document.part.package.rels):
        for key, relation in list(rels.items()):
            if relation.reltype.rpartition("/")[2] in _UNUSED:
                del rels[key]


def _set_page(document: Document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(15)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = _FONT, Pt(10)
    spacing = normal.paragraph_format
    spacing.space_before, spacing.space_after = Pt(3), Pt(3)


def _fill_in(cell: _Cell, field: FormField, number: int) -> None:
    """Put a field's controls into its cell; `number` is the first one's own."""
    paragraph = cell.paragraphs[0]
    if field.type is not FieldType.RADIO:
        is_ours = field.prefilled is not None or field.id == IDENTIFIER
        text = _place(field.id) if is_ours else _BLANK
        kind = '<w:text w:multiLine="1"/>'
        if field.type is not FieldType.MULTILINE:
            kind = "<w:text/>"
        kind = _LOCKED + kind if is_ours else kind
        _control(paragraph, field.label, field.id, number, kind=kind, text=text)
        if field.type is FieldType.MULTILINE:
            cell.add_paragraph()
            cell.add_paragraph()
        return
    for place, (value, label) in enumerate(field.options.items()):
        if place:
            paragraph = cell.add_paragraph()
        tag = control_tag(field, value)
        _control(
            paragraph,
            control_title(field, value),
            tag,
            number + place,
            kind=_CHECK_BOX,
            text="☐",
            looks=_GOTHIC,
        )
        paragraph.add_run(f" {label}")


def _control(
    paragraph: Paragraph,
    label: str,
    tag: str,
    number: int,
    *,
    kind: str,
    text: str,
    looks: str = "",
) -> None:
    xml = _CONTROL.format(
        names=_NAMESPACES,
        label=escape(label, {'"': "&quot;"}),
        tag=tag,
        id=number,
        kind=kind,
        looks=looks,
        text=text,
    )
    paragraph._p.append(parse_xml(xml))  # noqa: SLF001 - the way to what it lacks
