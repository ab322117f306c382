"""The register of municipalities, as it comes with every office."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from mailer.files.spreadsheets import read_rows
from mailer.recipients.read import ListReader
from mailer.recipients.register import Register

REGISTER = Path(__file__).parents[2] / "recipients" / "municipalities.csv"


def test_the_register_of_the_country():
    """All 212 municipalities are read, and each is found by each of its names."""
    sheet = read_rows(REGISTER)
    reader = ListReader(sheet.header, None, sheet.name)
    arrivals = list(reader.read(sheet.rows))
    organisations = list(reader.organisations)
    register = Register(organisations)

    assert () == reader.problems
    assert 212 == len({address_key for _row, address_key, *_ in arrivals})
    assert 212 == len(organisations)
    assert 12 == sum(each.is_urban for each in organisations)
    assert 9 == sum(bool(each.co_official_language) for each in organisations)
    assert {f"{code:03}" for code in range(1, 214) if code != 145} == {
        each.code for each in organisations
    }
    for each in organisations:
        assert each is register.with_code(each.code.lstrip("0"))
        for name in (each.name, each.official_name, *each.aliases):
            assert each is register.named(name)
            assert each is register.named(name.upper())


def test_the_register_survives_excel(tmp_path):
    """Codes that lost their leading zeros give the same recipients."""
    sheet = read_rows(REGISTER)
    rows = [cells for _, cells in sheet.rows]
    code = sheet.header.index("code")
    path = tmp_path / "municipalities.xlsx"
    with xlsxwriter.Workbook(path) as book:
        excel = book.add_worksheet()
        for number, cells in enumerate([sheet.header, *rows]):
            excel.write_row(number, 0, cells)
            if number:
                excel.write_number(number, code, int(cells[code]))
    ours, theirs = (
        list(ListReader(each.header, None, each.name).read(each.rows))
        for each in (read_rows(REGISTER), read_rows(path))
    )

    assert ours == theirs
