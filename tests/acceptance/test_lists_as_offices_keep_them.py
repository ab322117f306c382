"""M06: whatever program a list comes from, all that is wrong is said at once."""

from __future__ import annotations

import pytest
import xlsxwriter
from commands import LIST, PEOPLE, assert_is_clear
from workbooks import ods, ods_row

from mailer.errors import ExitCode

ROWS = [
    ("e-pošta", "občina"),
    ("obcina@crnomelj.example", "Črnomelj"),
    ("", ""),
    ("a@sencur.example; b@sencur.example", "Šenčur"),
    ("OBCINA@crnomelj.example", "Črnomelj"),
    ("obcina(at)zuzemberk.example", "Žužemberk"),
    ("obcina@skofja-loka.example", "Škofja Luka"),
    ("obcina@bled.example", "Bled"),
]
#: row → what is said of it
WRONG = {
    4: "is more than one address",
    5: "stands in row 2 already",
    6: "has no @",
    7: "did you mean Škofja Loka",
}


def csv_in(encoding):
    def write(path):
        lines = [";".join(f'"{cell}"' for cell in row) for row in ROWS]
        path.write_bytes("\r\n".join(lines).encode(encoding))
        return path

    return write


def xlsx(path):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
    return path


def open_document(path):
    return ods(path, "".join(ods_row(*row) for row in ROWS))


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("excel.csv", csv_in("cp1250")),
        ("mark.csv", csv_in("utf-8-sig")),
        ("list.xlsx", xlsx),
        ("list.ods", open_document),
    ],
)
def test_every_row_that_is_wrong_is_named(listed, tmp_path, name, write):
    """By its number in the spreadsheet; the list that was there stays."""
    said = listed("recipients", "import", write(tmp_path / name), *LIST)

    assert_is_clear(said, ExitCode.FAILURE)
    for row, cause in WRONG.items():
        at = said.text.index(f"{name}, row {row}, column ")
        assert cause in said.text[at : at + 200]
    assert len(WRONG) == said.text.count("✗")
    shown = listed("recipients", "show").done()
    assert f" {PEOPLE} " in shown.text


def test_the_good_rows_can_be_taken(listed, tmp_path):
    """If a person says so, twice here; the others are counted."""
    path = csv_in("cp1250")(tmp_path / "excel.csv")

    said = listed(
        "recipients", "import", path, *LIST, "--skip-invalid", "--accept-shrunk"
    ).done()

    assert "2 recipients of 2 organisations, 4 rows skipped" in said.text
