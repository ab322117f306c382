"""
What is drawn on a form's page and in its fields: content streams.

The operators are ISO 32000-1's, annex A; each letter is one byte
(`mailer.forms.font`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.forms import font
from mailer.forms.layout import BUTTON, CHOSEN, WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.forms.layout import Box, Line

REGULAR, BOLD = "/Sl", "/SlBold"  #: names of the two fonts in the file
SIZE = 10.0  #: of what stands in a field
_INSET = 3.0  #: between a box and what stands in it
EDGE, _PAPER = (0.45, 0.5, 0.56), (0.955, 0.965, 0.98)  #: red, green, blue


def frames(boxes: Sequence[Box]) -> bytes:
    """Return the edges of all fields: no viewer changes what is on the page itself."""
    parts = [b"q 0.7 w %.3f %.3f %.3f rg %.3f %.3f %.3f RG" % (*_PAPER, *EDGE)]
    for box in boxes:
        if box.option:
            middle = (box.x + BUTTON / 2, box.y + BUTTON / 2)
            parts.append(_circle(*middle, BUTTON / 2) + b" b")
        else:
            parts.append(b"%g %.2f %g %g re B" % (box.x, box.y, box.width, box.height))
    return b"\n".join([*parts, b"Q"])


def texts(lines: Sequence[Line]) -> bytes:
    """Return lines of text, each at its place."""
    return b"\n".join(
        b"BT %s %g Tf %.2f %.2f Td <%s> Tj ET"
        % (
            (BOLD if line.is_bold else REGULAR).encode(),
            line.size,
            line.x,
            line.y,
            font.encode(line.text).hex().encode(),
        )
        for line in lines
    )


def rules(heights: Sequence[float]) -> bytes:
    """Return thin lines across the page."""
    return b"\n".join(
        b"0.5 w 0.6 G 50 %.2f m %d %.2f l S" % (y, WIDTH - 50, y) for y in heights
    )


def written(value: str, height: float) -> bytes:
    """Return how a box of one line looks with `value` in it."""
    if not value:
        return b"/Tx BMC EMC"
    place = (_INSET, height / 2 - SIZE * 0.35)
    shown = font.encode(value).hex().encode()
    name = REGULAR.encode()
    return b"/Tx BMC q BT %s %g Tf 0 g %g %.2f Td <%s> Tj ET Q EMC" % (
        name,
        SIZE,
        *place,
        shown,
    )


def _circle(x: float, y: float, radius: float) -> bytes:
    """Return the path of a circle around a point: four curves."""
    bend = radius * 0.5523
    quarters = [(radius, bend, bend, radius, 0.0, radius)]
    for _ in range(3):  # the next one is a right angle further
        a, b, c, d, e, f = quarters[-1]
        quarters.append((-b, a, -d, c, -f, e))
    path = b"%.2f %.2f m" % (x + radius, y)
    for a, b, c, d, e, f in quarters:
        points = (x + a, y + b, x + c, y + d, x + e, y + f)
        path += b" %.2f %.2f %.2f %.2f %.2f %.2f c" % points
    return path


# A letter, not a drawing: what is printed into another PDF can still be read.
DOT = b"q BT %s 20 Tf 0 g %.2f -1.65 Td <%s> Tj ET Q" % (
    REGULAR.encode(),
    BUTTON / 2 - font.regular().width(CHOSEN, 20) / 2,
    font.encode(CHOSEN).hex().encode(),
)
