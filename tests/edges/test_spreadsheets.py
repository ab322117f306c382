"""C04, C05, C06, C07, C08, M06: spreadsheets as offices save them, and worse."""

from __future__ import annotations

import codecs
import datetime as dt
import os
import tempfile
import tracemalloc
import zipfile
from itertools import islice
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbooks import ods, ods_row, refusal, table

from mailer.errors import ListError
from mailer.files.spreadsheets import LINE, OCTETS, read_rows

NOBODY = 65534  # the user and its rights: none
HEADER = ("občina", "e-pošta")
ROWS = [
    (2, ("Žužemberk", "obcina@zuzemberk.example")),
    (3, ("Škofja Loka, Č", "obcina@skofja-loka.example")),
]


@pytest.fixture
def save(tmp_path):
    def write(content: str | bytes, name="l.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(
            content if isinstance(content, bytes) else content.encode(encoding)
        )
        return path

    return write


@pytest.fixture
def workbook(tmp_path):
    def write(*sheets, name="l.xlsx"):
        path = tmp_path / name
        with xlsxwriter.Workbook(path) as book:
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            for rows in sheets:
                sheet = book.add_worksheet()
                for number, row in enumerate(rows):
                    for column, cell in enumerate(row):
                        if isinstance(cell, dt.date):
                            sheet.write_datetime(number, column, cell, day)
                        else:
                            sheet.write(number, column, cell)
        return path

    return write


def csv(delimiter=";", end="\r\n", before=""):
    lines = [
        delimiter.join(HEADER),
        delimiter.join(["Žužemberk", "obcina@zuzemberk.example"]),
        delimiter.join(['"Škofja Loka, Č"', "obcina@skofja-loka.example"]),
    ]
    return before + "".join(line + end for line in lines)


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1250", "cp1250"),
        ("utf-16", "utf-16"),
    ],
)
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_csv_in_every_form_an_office_saves(save, encoding, expected, delimiter, end):
    """C04: encodings, delimiters, line ends of Excel, LibreOffice and editors."""
    path = save(csv(delimiter, end), encoding=encoding)

    assert (HEADER, ROWS) == table(path)
    assert expected == read_rows(path).encoding


def test_utf16_of_the_other_end(save):
    """The byte order mark decides, whichever it is."""
    assert (HEADER, ROWS) == table(save("\ufeff" + csv("\t"), encoding="utf-16-be"))


def test_excels_first_line_names_the_delimiter(save):
    """C04: `sep=;` is no row; Excel does not count it either."""
    assert (HEADER, ROWS) == table(save(csv(before="sep=;\r\n")))


def test_only_the_header_decides_the_delimiter(save):
    """C05: commas in the rows below say nothing."""
    path = save("email;name\na@b.example;one, two, three\n")

    assert ("email", "name") == read_rows(path).header


def test_a_single_column_is_a_list(save):
    """C05: nothing needs to be delimited."""
    assert (("email",), [(2, ("a@b.example",))]) == table(save("email\na@b.example\n"))


def test_rows_are_numbered_as_the_spreadsheet_shows_them(save):
    """Blank rows count, a cell of two lines is one row, and neither is lost."""
    path = save('\n\nemail;name\n\n;\na@b.example;"two\nlines"\nc@d.example;x\n')

    assert (
        ("email", "name"),
        [(6, ("a@b.example", "two\nlines")), (7, ("c@d.example", "x"))],
    ) == table(path)


def test_quotes_keep_delimiters_and_quotes(save):
    """RFC 4180."""
    path = save('email;name\na@b.example;"a ""b""; c"\n')

    assert [(2, ("a@b.example", 'a "b"; c'))] == table(path)[1]


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "the file is empty"),
        (b"\n \n;;\n", "there is nothing in it"),
        (b"\xef\xbb\xbf", "there is nothing in it"),
        (b'email;name\na@b.example;"open\nx;y\n', "row 2: not a CSV row"),
        (b'email;name\na@b.example;"a"b\n', "row 2: not a CSV row"),
        (b"email;name\na@b\0.example;x\n", "row 2: a NUL character"),
        ("email;naziv".encode("utf-16-le"), "UTF-16 without"),
        (b"email;naziv\n\xc5\xa0;x\n\x8a;x\n", "some of it is in UTF-8"),
        ("email\nKranjska Šiška\n".encode("iso-8859-2"), "ISO 8859-2"),
        (b"email\n\x81\x90\n", "neither UTF-8 nor Windows-1250"),
        ("email;naziv\nč".encode("utf-16")[:-1], "not utf-16 to the end"),
        (b"PK\x03\x04 zip", "the content is a newer spreadsheet"),
        (b"\xd0\xcf\x11\xe0 ole", "the content is an old spreadsheet"),
        (b"a;" * 200 + b"a\n", "row 1: 201 columns; at most 200"),
        (b"a;b\nx;" + b"y" * 10_001, "row 2, column 2: a cell of 10001 characters"),
    ],
)
def test_text_that_cannot_be_read_without_guessing(save, content, cause):
    """C04, C06, C07: each refusal names the file and what to do about it."""
    said = refusal(save(content))

    assert said.startswith("l.csv")
    assert cause in said
    assert " — " in said


def test_a_file_that_is_too_long_is_not_read(tmp_path):
    """C07: a gigabyte, or a line without an end; in every encoding."""
    path = tmp_path / "l.csv"
    with path.open("wb") as file:
        file.truncate(OCTETS + (1 << 20))  # it takes no room
    assert "501 MB; at most 500 are read" in refusal(path)

    for start in (b"", codecs.BOM_UTF16_LE):
        path.write_bytes(start + b"email\r\n" + b"x;" * LINE)
        assert "a line of over 4 MB" in refusal(path)
    path.write_bytes(b"email\r\n" + b"a@b.example\r" * (LINE // 6))
    assert "email" in read_rows(path).header


def test_two_hundred_columns_are_allowed(save):
    """C07: empty columns that Excel adds behind them do not count."""
    path = save(";".join(["a"] * 200) + ";" * 500 + "\n")

    assert 200 == len(read_rows(path).header)


def test_what_is_no_list_file(save, tmp_path):
    """A missing file, a folder, an unknown ending, a pipe, a wrong ending."""
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")

    assert "no such file" in refusal(tmp_path / "missing.csv")
    assert "not a file" in refusal(tmp_path / "folder.csv")
    assert "not a file" in refusal(tmp_path / "pipe.csv")
    assert "lists do not come as .docx" in refusal(save("x", "l.docx"))
    assert "lists do not come as .xlsm" in refusal(save("PK", "l.xlsm"))
    assert "files without an ending" in refusal(save("x", "list"))
    assert "not a spreadsheet" in refusal(save("a;b", "l.xlsx"))
    assert "protected by a password" in refusal(save(b"\xd0\xcf\x11\xe0", "l.xlsx"))
    assert "a newer spreadsheet" in refusal(save(b"PK\x03\x04", "l.xls"))


@pytest.fixture
def as_nobody():
    """Be somebody whom permissions bind: root may read every file."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    yield
    if is_root:
        os.seteuid(0)


@pytest.mark.usefixtures("as_nobody")
def test_a_file_we_may_not_read():
    """Permissions are told, not traced."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_text("email\n")
        path.chmod(0)

        assert "cannot be read" in refusal(path)


def test_a_workbook_reads_as_people_type(workbook):
    """C08: codes without ".0", days as ISO 8601, truths as 1 and 0."""
    path = workbook(
        [
            [],
            ["šifra", "e-pošta", "dan", "mestna", "delež"],
            [1.0, "a@b.example", dt.date(2019, 5, 8), True, 0.5],
            [],
            ["002", "č@d.example", "", False, 10**15],
        ],
        [],
    )

    assert (
        ("šifra", "e-pošta", "dan", "mestna", "delež"),
        [
            (3, ("1", "a@b.example", "2019-05-08", "1", "0.5")),
            (5, ("002", "č@d.example", "", "0", "1000000000000000")),
        ],
    ) == table(path)


def test_which_sheet_is_the_list_is_not_guessed(workbook):
    """C08: two sheets with something in them are refused by name."""
    said = refusal(workbook([["email"]], [["notes"]]))

    assert "more than one sheet has something in it: Sheet1, Sheet2" in said


def test_a_hidden_sheet_is_not_read(tmp_path):
    """C08: what nobody sees is not the list."""
    path = tmp_path / "l.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write(0, 0, "email")
        hidden = book.add_worksheet()
        hidden.write(0, 0, "old")
        hidden.hide()

    assert ("email",) == read_rows(path).header


def test_an_empty_workbook(workbook):
    """There is a sheet, but nothing in it."""
    assert "there is nothing in it" in refusal(workbook([]))


def test_an_open_document_sheet(tmp_path):
    """LibreOffice's own format."""
    rows = "".join(ods_row(*row) for row in (HEADER, ROWS[0][1], ROWS[1][1]))

    assert (HEADER, ROWS) == table(ods(tmp_path / "l.ods", rows))


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    """C08: the archive's directory promises too much."""
    path = tmp_path / "l.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (20 << 20))

    assert "unpacks to 20 MB in 1 files" in refusal(path)


def test_an_archive_of_thousands_of_files_is_not_unpacked(tmp_path):
    """C08: no spreadsheet has so many parts."""
    path = tmp_path / "l.ods"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(2_001):
            archive.writestr(str(number), b"")

    assert "in 2001 files" in refusal(path)


def test_a_cell_in_the_last_corner_does_not_end_the_program(tmp_path):
    """C08: a few kilobytes that ask for half a terabyte are refused like any."""
    path = tmp_path / "l.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "email")
        sheet.write(1_048_575, 16_383, "x")

    assert "more memory or time than a list needs" in refusal(path)


@pytest.mark.parametrize("keep", [0.3, 0.9])
@pytest.mark.parametrize("name", ["l.xlsx", "l.ods"])
def test_a_damaged_workbook(workbook, save, keep, name):
    """What was cut off says so."""
    whole = workbook([["email"], ["a@b.example"]], name="whole.xlsx").read_bytes()

    assert "damaged" in refusal(save(whole[: int(len(whole) * keep)], name))


def test_an_archive_that_is_no_workbook(tmp_path):
    """A zip under the name of a spreadsheet."""
    path = tmp_path / "l.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("letter.txt", "hello")

    assert "cannot be read as a spreadsheet" in refusal(path)


def test_an_old_workbook_that_is_damaged(save):
    """An .xls that begins well and goes on with nothing."""
    said = refusal(save(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "l.xls"))

    assert "l.xls: " in said


def test_leaving_a_workbook_early_leaves_no_child(workbook):
    """Whoever stops reading waits for nothing."""
    sheet = read_rows(
        workbook([["email"], *([f"a{n}@b.example"] for n in range(9_999))])
    )

    assert [(2, ("a0@b.example",))] == list(islice(sheet.rows, 1))
    sheet.rows.close()  # an unfinished child would be a ResourceWarning


def test_csv_is_read_in_constant_memory(save):
    """C07: a list of any length takes the memory of its longest row."""
    path = save("email\n" + "".join(f"user{n}@b.example\n" for n in range(200_000)))
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_rows(path).rows)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert 200_000 == count
    assert peak < 4 << 20


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_refusal(save, content):
    """No file raises anything but the refusal."""
    path = save(content)
    try:
        header, rows = table(path)
    except ListError:
        return

    assert any(cell.strip() for cell in header)
    assert all(number > 1 for number, _ in rows)
