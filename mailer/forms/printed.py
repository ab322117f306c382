"""
Read a page of our PDF that was printed: what stands in a box is its answer.

A place says something only if the page is ours and nothing moved on it.  That
is proved by what we printed: every line stands where we put it, the identifier
stands in its box, and so do the municipality's code and name.  A DOCX that was
saved as PDF has the same words at other places; read here it would be answers
that nobody gave (`mailer.forms.beside` reads it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.forms.identifier import find_identifier
from mailer.forms.layout import lay_out
from mailer.forms.words import fold
from mailer.model.form import IDENTIFIER, FieldType, Prefilled
from mailer.tokens import fold_form_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mailer.forms.layout import Box, Line, Page
    from mailer.model.form import Form

_LONGEST = 4000  #: characters of a value
_NEAR = 4.0  #: points beside a button in which its mark may begin
_BESIDE = 8.0  #: points left of a box in which its text may begin
_MOVED = 3.0  #: points by which a printer's program may misplace a line
_BOXES = "☐☒☑"  #: stand in the DOCX, never in our PDF


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of text on a page, and where it begins."""

    x: float
    y: float
    text: str


def in_their_places(texts: Sequence[Text], form: Form) -> dict[str, str] | None:
    """Return what stands in the form's boxes; `None` if the page is not proved ours."""
    if any(sign in one.text for one in texts for sign in _BOXES):
        return None
    page = lay_out(form)
    measure = _measure(texts, page.lines)
    if measure is None:
        return None
    scale, left, bottom = measure
    placed = [
        Text((one.x - left) / scale, (one.y - bottom) / scale, one.text)
        for one in texts
    ]
    if not all(_stands(line, placed) for line in page.lines):
        return None
    values = _in_boxes(placed, page)
    return values if has_what_we_print(values, form) else None


def has_what_we_print(values: Mapping[str, str], form: Form) -> bool:
    """Tell whether identifier, code and name are where they were read."""
    mark = find_identifier(values.get(IDENTIFIER, ""), [form.tag])
    if not mark or fold_form_id(mark) != fold_form_id(values[IDENTIFIER]):
        return False
    handle = re.split(r"[^0-9A-Za-z]+", mark)[1:2]
    for field in form.fields:
        if field.prefilled is None:
            continue
        said = values.get(field.id, "")
        if not said or find_identifier(said, [form.tag]):
            return False
        if field.prefilled is not Prefilled.CODE:
            if not any(map(str.isalpha, said)):
                return False
        elif handle and handle[0].isdecimal() and handle[0] != said.strip():
            return False
    return True


def _in_boxes(placed: Sequence[Text], page: Page) -> dict[str, str]:
    printed = {fold(line.text) for line in page.lines}
    values: dict[str, str] = {}
    for one in placed:
        box = _box_at(one.x, one.y, page)
        if box is None or fold(one.text) in printed:
            continue
        said = one.text.strip()
        if box.option and len(said) == 1:  # a dot or a cross; no word
            said = box.option
        between = "\n" if box.field.type is FieldType.MULTILINE else " "
        before = values.get(box.field.id)
        if before != said:
            joined = f"{before}{between}{said}" if before else said
            values[box.field.id] = joined[:_LONGEST]
    return values


def _measure(
    texts: Sequence[Text], lines: Sequence[Line]
) -> tuple[float, float, float] | None:
    """
    Return how much a printed page is larger, and how far it was moved.

    Printers shrink pages to their margins.  The labels say by how much: the two
    that are farthest from each other, of those that stand there once.
    """
    seen: dict[str, list[Text]] = {}
    for one in texts:
        seen.setdefault(fold(one.text), []).append(one)
    ours = [fold(line.text) for line in lines]
    pairs = [
        (line, seen[key][0])
        for line, key in zip(lines, ours, strict=True)
        if len(seen.get(key, ())) == 1 == ours.count(key)
    ]
    if not pairs:
        return None
    pairs.sort(key=lambda pair: pair[0].y)
    (low, low_seen), (high, high_seen) = pairs[0], pairs[-1]
    if high.y - low.y < 1:
        return None
    scale = (high_seen.y - low_seen.y) / (high.y - low.y)
    if not 0.3 < scale < 3:  # noqa: PLR2004 - nobody prints a form so
        return None
    return scale, low_seen.x - scale * low.x, low_seen.y - scale * low.y


def _stands(line: Line, placed: Sequence[Text]) -> bool:
    """Tell whether a line is where we print it, alone or joined to its neighbours."""
    ours = fold(line.text)
    for one in placed:
        if abs(one.y - line.y) > _MOVED or one.x > line.x + _MOVED:
            continue
        theirs = fold(one.text)
        if one.x < line.x - _MOVED:
            if ours in theirs and not theirs.startswith(ours):
                return True
        elif theirs.startswith(ours) or ours.startswith(theirs):
            return True
    return False


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
