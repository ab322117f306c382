"""
The form as a PDF that can be filled in (ISO 32000-1, section 12.7).

Every field carries its appearance, so each viewer shows the same and none has
to make one (NeedAppearances stays out); a viewer in which somebody types finds
the font of the fields in the file.  The identifier stands in a field that
nobody can change, as text at the foot, and in the document's properties.
The same form for the same organisation is the same bytes: there is no date.
"""

from __future__ import annotations

import io
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from mailer.forms import font
from mailer.forms.drawing import (
    BOLD,
    DOT,
    EDGE,
    REGULAR,
    SIZE,
    frames,
    rules,
    texts,
    written,
)
from mailer.forms.layout import (
    BUTTON,
    HEIGHT,
    MARK,
    WIDTH,
    Line,
    lay_out,
)
from mailer.model.form import IDENTIFIER, FieldType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pypdf.generic import PdfObject

    from mailer.forms.font import Font
    from mailer.forms.layout import Box
    from mailer.model.form import Form

_PRINT = 4  #: annotation flag: it is printed, too (section 12.5.3)
_READ_ONLY, _REQUIRED, _MULTILINE, _RADIO = 1, 2, 1 << 12, 1 << 15  #: field flags
_NON_SYMBOLIC = 32  #: font flag: letters as in Latin (section 9.8.2)


class PdfForm:
    """
    A form, laid out once, then made out to one organisation after the other.

    Args:
        form: The form.

    Raises:
        DefinitionError: It does not fit on one page.
    """

    def __init__(self, form: Form) -> None:
        page = lay_out(form)
        self._form = form
        self._groups = _groups(page.boxes)
        parts = (frames(page.boxes), texts(page.lines), rules(page.rules))
        self._drawing = b"\n".join(parts)

    def made_out(self, values: Mapping[str, str], title: str) -> bytes:
        """
        Return the file for one organisation.

        Args:
            values: Field → what we print in it; the identifier is among them.
            title: Of the document, as a viewer's window shows it.
        """
        document = _Document()
        sheet = document.writer.add_blank_page(WIDTH, HEIGHT)
        mark = values[IDENTIFIER]
        foot = Line(50, 32, f"{MARK.label}: {mark}", 8, is_bold=True)
        content = document.stream(b"%s\n%s" % (self._drawing, texts([foot])))
        sheet[NameObject("/Contents")] = content
        sheet[NameObject("/Resources")] = document.resources
        sheet[NameObject("/Tabs")] = NameObject("/R")  # row by row
        for group in self._groups:
            field = group[0].field
            if field.type is FieldType.RADIO:
                document.choice(group)
            else:
                document.text(group[0], values.get(field.id, ""))
        sheet[NameObject("/Annots")] = ArrayObject(document.annotations)
        document.finish(title, mark, self._form.title)
        out = io.BytesIO()
        document.writer.write(out)
        return out.getvalue()


class _Document:
    """A file under construction."""

    def __init__(self) -> None:
        self.writer = PdfWriter()
        self.annotations: list[PdfObject] = []
        self._fields: list[PdfObject] = []
        self._letters = self.packed(_to_unicode())
        fonts = {
            REGULAR: self._font(font.regular()),
            BOLD: self._font(font.bold()),
        }
        self.resources = self._add(_dict(Font=_dict(fonts)))
        self._buttons = (self._button(DOT), self._button(b""))

    def packed(self, data: bytes, **entries: Any) -> PdfObject:  # noqa: ANN401
        """Add a stream that is the same in all files, compressed."""
        return self.stream(_packed(data), Filter="/FlateDecode", **entries)

    def stream(self, data: bytes, **entries: Any) -> PdfObject:  # noqa: ANN401
        """Add a stream."""
        stream = StreamObject()
        stream.update(_dict(**entries))
        stream.set_data(data)
        return self._add(stream)

    def text(self, box: Box, value: str) -> None:
        """Add a field in which text may stand."""
        one = box.field
        flags = (_REQUIRED if one.required else 0) | (
            _MULTILINE if one.type is FieldType.MULTILINE else 0
        )
        if one.prefilled or one.id == IDENTIFIER:
            flags |= _READ_ONLY
        field = self._widget(box)
        field.update(
            _dict(
                FT="/Tx",
                T=_text(one.id),
                TU=_text(one.label),
                V=_text(value),
                DA=_text(f"{REGULAR} {SIZE:g} Tf 0 g"),
                Ff=flags,
                AP=_dict(
                    N=self._appearance(
                        written(value, box.height), box.width, box.height
                    )
                ),
            )
        )
        if one.max and one.type is not FieldType.INTEGER:
            field.update(_dict(MaxLen=one.max))
        self._field(field)

    def choice(self, boxes: Sequence[Box]) -> None:
        """Add a field of which one option is chosen, with a button for each."""
        one = boxes[0].field
        parent = _dict(
            FT="/Btn",
            T=_text(one.id),
            TU=_text(one.label),
            Ff=_RADIO | (_REQUIRED if one.required else 0),
            V="/Off",
        )
        reference = self._add(parent)
        kids = []
        chosen, empty = self._buttons
        for box in boxes:
            looks = {f"/{box.option}": chosen, "/Off": empty}
            button = self._widget(box)
            button.update(
                _dict(
                    Parent=reference,
                    AS="/Off",
                    TU=_text(f"{one.label}: {one.options[box.option]}"),
                    # With no caption a viewer that draws its own needs no font.
                    MK=_dict(BC=_numbers(EDGE)),
                    AP=_dict(N=_dict(looks)),
                )
            )
            kids.append(self._add(button))
        parent.update(_dict(Kids=ArrayObject(kids)))
        self.annotations += kids
        self._fields.append(reference)

    def finish(self, title: str, mark: str, subject: str) -> None:
        """Say what the document is, and which fields it has."""
        self.writer.root_object.update(
            _dict(
                Lang=_text("sl-SI"),
                ViewerPreferences=_dict(DisplayDocTitle=BooleanObject(True)),  # noqa: FBT003
                AcroForm=self._add(
                    _dict(
                        Fields=ArrayObject(self._fields),
                        DA=_text(f"{REGULAR} {SIZE:g} Tf 0 g"),
                        DR=self.resources,
                    )
                ),
            )
        )
        self.writer.add_metadata(
            {"/Title": title, "/Subject": subject, "/Keywords": mark}
        )

    def _field(self, field: DictionaryObject) -> None:
        reference = self._add(field)
        self.annotations.append(reference)
        self._fields.append(reference)

    def _widget(self, box: Box) -> DictionaryObject:
        corners = (box.x, box.y, box.x + box.width, box.y + box.height)
        return _dict(Type="/Annot", Subtype="/Widget", F=_PRINT, Rect=_numbers(corners))

    def _button(self, drawing: bytes) -> PdfObject:
        return self._appearance(drawing, BUTTON, BUTTON)

    def _appearance(self, drawing: bytes, width: float, height: float) -> PdfObject:
        return self.stream(
            drawing,
            Type="/XObject",
            Subtype="/Form",
            BBox=_numbers((0, 0, width, height)),
            Resources=self.resources,
        )

    def _font(self, face: Font) -> PdfObject:
        """Add a font: TrueType, one byte a letter (section 9.6.6)."""
        descriptor = _dict(
            Type="/FontDescriptor",
            FontName=f"/{face.name}",
            Flags=_NON_SYMBOLIC,
            FontBBox=_numbers(face.box),
            ItalicAngle=0,
            Ascent=face.ascent,
            Descent=face.descent,
            CapHeight=729,
            StemV=80,
            FontFile2=self.packed(face.content, Length1=len(face.content)),
        )
        return self._add(
            _dict(
                Type="/Font",
                Subtype="/TrueType",
                BaseFont=f"/{face.name}",
                FirstChar=font.FIRST,
                LastChar=font.LAST,
                Widths=_widths(face.name),
                FontDescriptor=self._add(descriptor),
                Encoding=_encoding(),
                ToUnicode=self._letters,
            )
        )

    def _add(self, thing: PdfObject) -> PdfObject:
        return self.writer._add_object(thing)  # noqa: SLF001 - as its manual does


def _groups(boxes: Sequence[Box]) -> list[list[Box]]:
    """Return the boxes of each field, in their order."""
    found: dict[str, list[Box]] = {}
    for box in boxes:
        found.setdefault(box.field.id, []).append(box)
    return list(found.values())


@cache
def _packed(content: bytes) -> bytes:
    return zlib.compress(content, 9)


@cache
def _widths(name: str) -> ArrayObject:
    """Return how wide each letter is, by its byte; the same in all files."""
    face = font.regular() if name == font.regular().name else font.bold()
    letters = {code: letter for letter, code in font.ALPHABET.items()}
    codes = range(font.FIRST, font.LAST + 1)
    return ArrayObject(
        [NumberObject(face.widths.get(letters.get(code, ""), 0)) for code in codes]
    )


@cache
def _encoding() -> DictionaryObject:
    """Return which byte is which letter (section 9.6.6)."""
    differences: list[PdfObject] = []
    for code, (_letter, name) in font.DIFFERENCES.items():
        differences += [NumberObject(code), NameObject(f"/{name}")]
    return _dict(
        Type="/Encoding",
        BaseEncoding="/WinAnsiEncoding",
        Differences=ArrayObject(differences),
    )


@cache
def _to_unicode() -> bytes:
    """Return the table by which text is copied and searched (section 9.10.3)."""
    codes = sorted((code, letter) for letter, code in font.ALPHABET.items())
    blocks = []
    for start in range(0, len(codes), 100):  # no more are allowed in a block
        rows = [
            b"<%02x> <%04x>" % (c, ord(letter)) for c, letter in codes[start:][:100]
        ]
        blocks.append(b"%d beginbfchar\n%s\nendbfchar" % (len(rows), b"\n".join(rows)))
    return (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        b"/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        b"1 begincodespacerange <00> <ff> endcodespacerange\n"
        + b"\n".join(blocks)
        + b"\nendcmap CMapName currentdict /CMap defineresource pop end end"
    )


def _dict(
    named: Mapping[str, PdfObject] | None = None,
    **entries: Any,  # noqa: ANN401
) -> DictionaryObject:
    """Return a dictionary: texts that begin with "/" are names."""
    found = {f"/{name}": _object(value) for name, value in entries.items()}
    both = {**found, **(named or {})}
    return DictionaryObject({NameObject(name): value for name, value in both.items()})


def _object(value: Any) -> PdfObject:  # noqa: ANN401 - what Python has for it
    if isinstance(value, str) and not isinstance(value, TextStringObject):
        return NameObject(value)
    return NumberObject(value) if type(value) is int else value


def _numbers(values: Sequence[float]) -> ArrayObject:
    return ArrayObject([FloatObject(round(value, 3)) for value in values])


def _text(value: str) -> TextStringObject:
    return TextStringObject(value)
