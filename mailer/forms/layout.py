"""
Where everything stands on the form's one A4 page.

Points of 1/72 inch, from the page's lower left corner, as PDF has them.
A row is a label beside its box; a choice is a line of buttons, or a column
where they are too wide.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailer.errors import DefinitionError
from mailer.forms import font
from mailer.model.form import IDENTIFIER, FieldType, FormField

if TYPE_CHECKING:
    from mailer.model.form import Form

WIDTH, HEIGHT = 595, 842
TEXT_SIZE = 9
BUTTON = 11  #: width and height of an option's button
CHOSEN = "•"  #: what stands in a button that was chosen
_MARGIN = 50
_BOTTOM = 62  #: above the foot
_LEFT, _RIGHT = _MARGIN, WIDTH - _MARGIN
_BOX_LEFT = _LEFT + 200
_BOX_HEIGHT = 18
_LEADING = 11.5
_GAP = 7
#: the field of the identifier, which stands first
MARK = FormField(IDENTIFIER, FieldType.TEXT, "Oznaka obrazca")
_NOTES = (54, 170)  #: the lowest and the highest box for several lines


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text."""

    x: float
    y: float  #: of its base line
    text: str
    size: float = TEXT_SIZE
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """Where somebody fills something in."""

    x: float
    y: float
    width: float
    height: float
    field: FormField
    option: str = ""  #: the value of a choice's button


@dataclass(slots=True)
class Page:
    """What stands on the page; made from top to bottom."""

    y: float = HEIGHT - _MARGIN
    lines: list[Line] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    rules: list[float] = field(default_factory=list)  #: heights of lines across

    def text(
        self, text: str, size: float = TEXT_SIZE, *, is_bold: bool = False
    ) -> None:
        """Add a paragraph over the whole width."""
        face = font.bold() if is_bold else font.regular()
        for line in face.wrap(text, size, _RIGHT - _LEFT):
            self.y -= size * 1.28
            self.lines.append(Line(_LEFT, self.y, line, size, is_bold))

    def row(self, one: FormField, height: float = _BOX_HEIGHT) -> None:
        """Add a label with its box on the right."""
        labels = font.regular().wrap(one.label, TEXT_SIZE, _BOX_LEFT - _LEFT - 10)
        row = max(height, len(labels) * _LEADING)
        first = self.y - (height if height == _BOX_HEIGHT else _BOX_HEIGHT) / 2 - 3
        first += (len(labels) - 1) * _LEADING / 2 if height == _BOX_HEIGHT else 0
        for number, line in enumerate(labels):
            self.lines.append(Line(_LEFT, first - number * _LEADING, line))
        bottom = self.y - row + (row - height) / 2
        box = Box(_BOX_LEFT, bottom, _RIGHT - _BOX_LEFT, height, one)
        self.boxes.append(box)
        self.y -= row + _GAP

    def choice(self, one: FormField) -> None:
        """Add a heading with the options' buttons below it."""
        self.text(one.label, is_bold=True)
        self.y -= BUTTON + 5
        widths = {
            value: font.regular().width(label, TEXT_SIZE) + BUTTON + 26
            for value, label in one.options.items()
        }
        in_a_line = sum(widths.values()) <= _RIGHT - _LEFT + 20
        x: float = _LEFT
        for number, (value, label) in enumerate(one.options.items()):
            if number and not in_a_line:
                self.y -= BUTTON + 5
            self.boxes.append(Box(x, self.y, BUTTON, BUTTON, one, value))
            self.lines.append(Line(x + BUTTON + 6, self.y + 2.5, label))
            x += widths[value] if in_a_line else 0
        self.y -= _GAP + 2


def lay_out(form: Form) -> Page:
    """
    Return the page of a form.

    Raises:
        DefinitionError: It does not fit on one page.
    """
    page = Page()
    page.text(form.title, 15, is_bold=True)
    page.y -= 3
    if form.introduction:
        page.text(form.introduction)
    page.y -= 12
    notes = [one for one in form.fields if one.type is FieldType.MULTILINE]
    left = _space_left(form, page.y) / max(1, len(notes))
    if left < (_NOTES[0] if notes else 0):
        raise DefinitionError.at(
            f"form '{form.title}'",
            "does not fit on one A4 page",
            "shorten its labels, or leave out fields",
        )
    for one in (MARK, *form.fields):
        _place(page, one, min(left, _NOTES[1]))
    y = _BOTTOM
    page.rules.append(y)
    for line in font.regular().wrap(form.foot, 7.5, _RIGHT - _LEFT):
        y -= 10
        page.lines.append(Line(_LEFT, y, line, 7.5))
    return page


def _space_left(form: Form, y: float) -> float:
    """Return the height that fields of several lines may share."""
    trial = Page(y)
    for one in (MARK, *form.fields):
        _place(trial, one, 0)
    return trial.y - _BOTTOM


def _place(page: Page, one: FormField, notes: float) -> None:
    if one.type is FieldType.RADIO:
        page.choice(one)
    elif one.type is FieldType.MULTILINE:
        page.row(one, notes)
    else:
        page.row(one)
