"""
Write tables as a workbook for Excel and LibreOffice.

Text stays text: a code keeps its zeros, and nothing becomes a formula or a link.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

_WIDEST = 60  #: characters of a column
_AS_TEXT = {
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "constant_memory": True,
}


def write_workbook(
    path: Path, sheets: Mapping[str, Sequence[Sequence[str | int]]], now: datetime
) -> None:
    """
    Write each table on a sheet of its own; its first row is the heading.

    Args:
        path: The file.
        sheets: The sheets' names, and their rows.
        now: When; it stands in the file's properties.
    """
    with xlsxwriter.Workbook(path, _AS_TEXT) as book:
        book.set_properties({"created": now.replace(tzinfo=None)})
        heading = book.add_format({"bold": True, "bottom": 1})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for column, width in enumerate(_widths(rows)):
                sheet.set_column(column, column, width)
            sheet.freeze_panes(1, 0)
            if rows:
                sheet.autofilter(0, 0, len(rows) - 1, len(rows[0]) - 1)
            for number, row in enumerate(rows):
                look = None if number else heading
                for column, cell in enumerate(row):
                    sheet.write(number, column, cell, look)


def _widths(rows: Sequence[Sequence[str | int]]) -> list[int]:
    columns = zip(*rows, strict=True)
    return [min(_WIDEST, max(len(str(c)) for c in column) + 2) for column in columns]
