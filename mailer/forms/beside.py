"""
Read a page with two columns, labels and what is beside them: a DOCX saved as PDF.

It is read whole or not at all: all labels, each once, in their order, nothing
else among them; the identifier tells where the second column begins.  Anything
else is left to a person.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from mailer.forms.identifier import find_identifier
from mailer.forms.layout import MARK
from mailer.forms.printed import Text, has_what_we_print
from mailer.forms.words import MARKS, chosen, fold, option_of
from mailer.model.form import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mailer.model.form import Form, FormField

_LONGEST = 4000  #: characters of a value
_SAME = 2.0  #: points between pieces of one line, and left of a column
_RAISED = 4.0  #: points that an answer may stand above its label
_PAGE = 10_000.0  #: points from a page to the next one, far apart
_LINES = 4  #: of a label
_EMPTY = "☐_ \t\u2002"

_Row = tuple["FormField", float]  #: a field, and how high its label begins


def beside_labels(pages: Sequence[Sequence[Text]], form: Form) -> dict[str, str] | None:
    """Return what stands beside the labels; `None` if that is not beyond doubt."""
    texts = [
        Text(one.x, one.y - number * _PAGE, one.text)
        for number, page in enumerate(pages)
        for one in page
    ]
    lines = _lines(texts)
    column = _second_column(lines, form)
    if column is None:
        return None
    labels = _lines(one for one in texts if one.x < column)
    found = _rows(labels, form)
    if found is None:
        return None
    rows, end = found
    first = rows[0][1]
    answers = [
        line
        for line in _lines(one for one in texts if one.x >= column)
        if end < line[0].y <= first + _RAISED
    ]
    values: dict[str, str] = {}
    for number, (field, top) in enumerate(rows):
        below = rows[number + 1][1] if number + 1 < len(rows) else end - _RAISED
        said = [
            _joined(line)
            for line in answers
            if below + _RAISED < line[0].y <= top + _RAISED
        ]
        if value := _value(field, said):
            values[field.id] = value[:_LONGEST]
    return values if has_what_we_print(values, form) else None


def _lines(texts: Iterable[Text]) -> list[list[Text]]:
    """Return the pieces of each line, from left to right; lines from top to bottom."""
    lines: list[list[Text]] = []
    for one in sorted(texts, key=lambda one: -one.y):
        if lines and abs(lines[-1][0].y - one.y) <= _SAME:
            lines[-1].append(one)
        else:
            lines.append([one])
    return [sorted(line, key=lambda one: one.x) for line in lines]


def _second_column(lines: Sequence[Sequence[Text]], form: Form) -> float | None:
    """Return where the identifier begins that stands beside its label."""
    found = [
        line[place].x - _SAME
        for line in lines
        for place in range(1, len(line))
        if _key(_joined(line[:place])) == _key(MARK.label)
        and find_identifier(_joined(line[place:]), [form.tag])
    ]
    return found[0] if len(found) == 1 else None


def _rows(
    labels: Sequence[Sequence[Text]], form: Form
) -> tuple[list[_Row], float] | None:
    """
    Return the fields with the heights of their labels, and where the last one ends.

    From the first label on the left column holds the others and nothing else.
    """
    wanted = [MARK, *form.fields]
    words = [_key(_joined(line)) for line in labels]
    place = words.index(_key(MARK.label)) if _key(MARK.label) in words else len(words)
    rows: list[_Row] = []
    for field in wanted:
        for count in range(1, _LINES + 1):
            if "".join(words[place : place + count]) == _key(field.label):
                rows.append((field, labels[place][0].y))
                place += count
                break
        else:
            return None
    left = labels[0][0].x if labels else 0
    rest = [line[0].y for line in labels[place:] if line[0].x >= left - _SAME]
    repeated = {_key(one.label) for one in wanted} & set(words[place:])
    end = rest[0] if rest else -_PAGE * _PAGE
    return None if repeated else (rows, end)


def _value(field: FormField, lines: Sequence[str]) -> str:
    """Return what the lines beside a label say; as it stands, if that is unclear."""
    lines = [line.strip() for line in lines if line.strip(_EMPTY)]
    if field.type is FieldType.MULTILINE:
        return "\n".join(lines)
    if field.type is not FieldType.RADIO:
        return " ".join(lines)
    options = [line.strip(f"{_EMPTY}{MARKS}[]()") for line in lines]
    if all(option_of(field, one) for one in options):
        return chosen(field, lines)
    return " ".join(lines)


def _joined(line: Iterable[Text]) -> str:
    """Return a line's text; pieces that were drawn twice count once."""
    return "".join(
        next(same).text for _, same in groupby(line, key=lambda one: (one.x, one.text))
    ).strip()


def _key(text: str) -> str:
    return fold(text).replace(" ", "")
