"""Workbooks that we write: text stays text, on the sheet it belongs to."""

from __future__ import annotations

from datetime import UTC, datetime

import python_calamine

from mailer.files.write_workbook import write_workbook

NOW = datetime(2019, 5, 3, 12, tzinfo=UTC)


def test_cells_are_what_they_were(tmp_path):
    """Codes keep their zeros; nothing becomes a formula, a link or a number."""
    rows = [
        ("code", "name", "note"),
        ("001", "Ajdovščina", "=1+1"),
        ("061", "mailto:a@b.example", "https://b.example"),
    ]
    counts = [("status", "organisations"), ("OBA", 3)]

    path = tmp_path / "answers.xlsx"
    write_workbook(path, {"answers": rows, "counts": counts}, NOW)

    with python_calamine.load_workbook(path) as book:
        assert ["answers", "counts"] == book.sheet_names
        found = book.get_sheet_by_name("answers").to_python()
        assert [list(row) for row in rows] == found
        assert ["OBA", 3.0] == book.get_sheet_by_name("counts").to_python()[1]


def test_the_same_table_is_the_same_file(tmp_path):
    """It says when it was made as we tell it."""
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, {"answers": [("a",), ("b",)]}, NOW)

    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_table_without_rows_is_a_sheet(tmp_path):
    write_workbook(tmp_path / "a.xlsx", {"answers": [("a",)], "empty": []}, NOW)

    with python_calamine.load_workbook(tmp_path / "a.xlsx") as book:
        assert [] == book.get_sheet_by_name("empty").to_python()
