"""Spreadsheets for tests: what is read out of them, and sheets written by hand."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from mailer.errors import ListError
from mailer.files.spreadsheets import read_rows

if TYPE_CHECKING:
    from pathlib import Path


def table(path: Path) -> tuple[tuple[str, ...], list[tuple[int, tuple[str, ...]]]]:
    """Return the header of a spreadsheet, and its numbered rows."""
    sheet = read_rows(path)
    return sheet.header, [(number, tuple(cells)) for number, cells in sheet.rows]


def refusal(path: Path) -> str:
    """Return why a spreadsheet cannot be read."""
    with pytest.raises(ListError) as caught:
        table(path)
    return str(caught.value)


def ods(path: Path, table_rows: str) -> Path:
    """Write an OpenDocument sheet with these rows, as LibreOffice does."""
    names = "urn:oasis:names:tc:opendocument:xmlns"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
            f'xmlns:office="{names}:office:1.0" xmlns:text="{names}:text:1.0" '
            f'xmlns:table="{names}:table:1.0"><office:body><office:spreadsheet>'
            f'<table:table table:name="A">{table_rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def ods_row(*cells: str, row: str = "", cell: str = "") -> str:
    """Return a row of such a sheet; `row` and `cell` are attributes."""
    return (
        f"<table:table-row {row}>"
        + "".join(
            f'<table:table-cell office:value-type="string" {cell}>'
            f"<text:p>{content}</text:p></table:table-cell>"
            for content in cells
        )
        + "</table:table-row>"
    )
