"""
What a person does in LibreOffice: run by Debian's Python, which has `uno`.

Reads an order as JSON: pipe, source, target, kind, as, values, boxes.  Of a
"docx" it fills the table's cells by their labels, and clicks check boxes; on a
"pdf" it writes texts at places (points from the lower left corner), for
LibreOffice opens a PDF as a drawing, without its fields.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path

import uno
from com.sun.star.awt import Point, Size
from com.sun.star.beans import PropertyValue

_PAGE = 842  #: points of A4's height
_HUNDREDTHS = 2540 / 72  #: of a millimetre in a point
_ADJUST = "com.sun.star.drawing.TextHorizontalAdjust"
_FILTERS = {"docx": "MS Word 2007 XML"}


def _property(name, value):
    given = PropertyValue()
    given.Name, given.Value = name, value
    return given


def _desktop(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    for _ in range(300):
        with contextlib.suppress(Exception):
            there = resolver.resolve(
                f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext"
            )
            return there.ServiceManager.createInstanceWithContext(
                "com.sun.star.frame.Desktop", there
            )
        time.sleep(0.2)
    raise SystemExit("LibreOffice did not start")


def _fill_table(document, values):
    """Write beside the labels of the first table, or click what stands there."""
    table = document.TextTables.getByIndex(0)
    for name in table.CellNames:
        if not name.startswith("B"):
            continue
        label = table.getCellByName("A" + name[1:]).String
        if label not in values:
            continue
        cell = table.getCellByName(name)
        if not _click(cell, values[label]):
            cell.String = values[label]


def _click(cell, option):
    """Check the box before `option`, if the cell has boxes."""
    found = False
    paragraphs = cell.createEnumeration()
    while paragraphs.hasMoreElements():
        paragraph = paragraphs.nextElement()
        portions = paragraph.createEnumeration()
        while portions.hasMoreElements():
            portion = portions.nextElement()
            if portion.TextPortionType != "ContentControl":
                continue
            control = portion.ContentControl
            if control.Checkbox:
                found = True
                if option in paragraph.String:
                    control.Checked = True
    return found


def _write_on_page(document, boxes):
    page = document.DrawPages.getByIndex(0)
    for x, y, text in boxes:
        shape = document.createInstance("com.sun.star.drawing.TextShape")
        page.add(shape)
        shape.TextAutoGrowWidth = True
        shape.TextHorizontalAdjust = uno.Enum(_ADJUST, "LEFT")
        for side in ("Left", "Right", "Upper", "Lower"):
            setattr(shape, f"Text{side}Distance", 0)
        shape.String = text
        shape.CharHeight = 9.0
        top = (_PAGE - y - 9.0) * _HUNDREDTHS
        shape.Position = Point(int(x * _HUNDREDTHS), int(top))
        shape.Size = Size(100, 300)


def main(order):
    desktop = _desktop(order["pipe"])
    document = desktop.loadComponentFromURL(
        Path(order["source"]).as_uri(), "_blank", 0, (_property("Hidden", value=True),)
    )
    if order["kind"] == "docx":
        _fill_table(document, order["values"])
    else:
        _write_on_page(document, order["boxes"])
    kind = "writer" if order["kind"] == "docx" else "draw"
    name = _FILTERS.get(order["as"], f"{kind}_pdf_Export")
    document.storeToURL(
        Path(order["target"]).as_uri(), (_property("FilterName", name),)
    )
    document.close(True)  # noqa: FBT003 - uno has no names
    with contextlib.suppress(Exception):
        desktop.terminate()


if __name__ == "__main__":
    main(json.load(sys.stdin))
