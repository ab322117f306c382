"""C08: what a workbook holds and does not show: hidden rows, formulas, entities."""

from __future__ import annotations

import zipfile

import pytest
import xlsxwriter
from workbooks import ods, ods_row, refusal, table


@pytest.fixture
def filtered(tmp_path):
    """Return a workbook of which somebody shows some rows only."""
    path = tmp_path / "l.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("list").write(0, 0, "")
        sheet = book.add_worksheet("občine")
        for row in range(8):
            sheet.write(row, 0, f"a{row}@b.example" if row else "email")
        for row in (3, 5, 20):  # and a hidden one with nothing in it
            sheet.set_row(row, None, None, {"hidden": True})
    return path


def test_rows_that_nobody_sees_are_not_written_to(filtered):
    """C08: a list that was filtered says so; which rows are meant is not guessed."""
    said = refusal(filtered)

    assert "l.xlsx: row 4 is hidden, and 1 more — show what belongs" in said


def test_a_formula_is_not_its_result(tmp_path):
    """C08: what it came to may be old, or was never computed; an error, too."""
    path = tmp_path / "l.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["email", "priimek", "", "številka"])
        sheet.write_formula(1, 0, '=B2&"@b.example"', value="old@b.example")
        sheet.write(1, 1, "Zgled")
        sheet.write(2, 0, "b@b.example")
        sheet.write_formula(2, 1, "=NA()", value="#N/A")
        sheet.write_formula(2, 3, "=ROW()", value=3)

    assert [
        (2, ('=B2&"@b.example"', "Zgled", "", "")),
        (3, ("b@b.example", "=NA()", "", "=ROW()")),
    ] == table(path)[1]


def test_an_open_document_has_no_secrets_either(tmp_path):
    """C08: LibreOffice's filter, and its formulas."""
    header = ods_row("email")
    blank = "<table:table-row table:number-rows-repeated='3'/>"
    hidden = ods_row("a@b.example", row='table:visibility="filter"')
    formula = ods_row("c@b.example", cell='table:formula="of:=[.B2]"')

    assert "h.ods: row 5 is hidden — show" in refusal(
        ods(tmp_path / "h.ods", header + blank + hidden)
    )
    assert [(5, ("=[.B2]",))] == table(
        ods(tmp_path / "f.ods", header + blank + formula)
    )[1]


@pytest.fixture
def whole(tmp_path):
    """Return a workbook that is all right."""
    path = tmp_path / "whole.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_column(0, 0, ["email", "a@b.example"])
    return path


def with_part(whole, part, content):
    """Return a copy of a workbook with another part in it."""
    path = whole.with_name("l.xlsx")
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return path


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/worksheets/sheet1.xml", b"<row hidden='1'"),
        ("xl/workbook.xml", b"<a/>"),
        ("xl/sharedStrings.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><sst>&b;"),
    ],
)
def test_a_workbook_whose_parts_are_damaged(whole, part, content):
    """C08: cut off, missing, or with entities of its own: refused, not followed."""
    assert "l.xlsx: " in refusal(with_part(whole, part, content))


def test_entities_do_not_multiply(whole):
    """C08: the billion laughs are refused before they are told."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 9}">' for n in range(1, 30))
    bomb = f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]><worksheet hidden="1">&l29;'

    assert "l.xlsx: " in refusal(with_part(whole, "xl/worksheets/sheet1.xml", bomb))
