"""
Find what a workbook holds and a person does not see: hidden rows, formulas.

Who filters a list and saves it means what is shown; what python-calamine reads
is all of it.  And of a formula it reads the last result, which may be old, or
nought where no program has computed it yet.  It tells neither, so the sheet's
own XML is asked.
It runs in the limited child of `mailer.files.workbook`, which decides what
follows.  An old .xls says nothing here.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_CONTENT = "content.xml"

#: without any of these there is nothing to find; most sheets have none
_SIGNS = re.compile(
    rb"[<:]f[ />]|hidden=.(?:1|true)|:formula=|:visibility=.(?:collapse|filter)"
)
_BLOCK = 1 << 20  #: octets
_COLUMN = re.compile(r"[A-Z]+")
_MOST_REPEATED = 1 << 20  #: rows that a sheet can have


@dataclass(slots=True)
class Unseen:
    """What is not seen in a sheet; rows and columns are numbered from 1."""

    hidden: set[int] = field(default_factory=set)  #: rows
    #: row → column → the formula, without its equals sign
    formulas: dict[int, dict[int, str]] = field(default_factory=dict)


def look_behind(path: str, sheet: str) -> Unseen:
    """
    Return what the sheet of that name holds and does not show.

    Raises:
        ParseError: The file is no XML where it should be.
        KeyError: It has not the parts that a workbook has.
    """
    if not zipfile.is_zipfile(path):
        return Unseen()
    with zipfile.ZipFile(path) as archive:
        is_open_document = _CONTENT in archive.namelist()
        part = _CONTENT if is_open_document else _part_of(archive, sheet)
        with archive.open(part) as file:
            if not _has_signs(file):
                return Unseen()
        with archive.open(part) as file:
            return _in_ods(file, sheet) if is_open_document else _in_xlsx(file)


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return in which part of an .xlsx a sheet is."""
    identity = ""
    for one in ET.fromstring(archive.read(_WORKBOOK)).iter():  # noqa: S314 - in a child
        if _bare(one.tag) == "sheet" and one.get("name") == sheet:
            identity = next(one.attrib[key] for key in one.keys() if _bare(key) == "id")  # noqa: SIM118
    for one in ET.fromstring(archive.read(_RELATIONS)):  # noqa: S314 - in a child
        if one.get("Id") == identity:
            target = posixpath.join("/xl", one.attrib["Target"])
            return posixpath.normpath(target).lstrip("/")
    raise KeyError(sheet)


def _has_signs(file: IO[bytes]) -> bool:
    last = b""
    while block := file.read(_BLOCK):
        if _SIGNS.search(last + block):
            return True
        last = block[-32:]
    return False


def _in_xlsx(file: IO[bytes]) -> Unseen:
    """Return what a sheet's part says (ECMA-376, part 1, 18.3.1.73 and .40)."""
    unseen, number = Unseen(), 0
    for _event, row in ET.iterparse(file):  # noqa: S314 - in a child
        if _bare(row.tag) != "row":
            continue
        number = int(row.get("r") or number + 1)
        if row.get("hidden") in ("1", "true"):
            unseen.hidden.add(number)
        column = 0
        for cell in row:
            column = _column(cell.get("r", "")) or column + 1
            for one in cell:
                if _bare(one.tag) == "f":
                    unseen.formulas.setdefault(number, {})[column] = one.text or ""
        row.clear()
    return unseen


def _column(reference: str) -> int:
    """Return 28 for "AB7", 0 for nothing."""
    found, number = _COLUMN.match(reference), 0
    for letter in found.group() if found else "":
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _in_ods(file: IO[bytes], sheet: str) -> Unseen:
    """Return what a sheet's table says (OpenDocument 1.3, part 3, 9.1.3 and .4)."""
    unseen, number, is_meant = Unseen(), 0, False
    for event, one in ET.iterparse(file, ("start", "end")):  # noqa: S314 - in a child
        kind, said = _bare(one.tag), _bare_keys(one)
        if kind == "table" and event == "start":
            number, is_meant = 0, said.get("name") == sheet
        if kind != "table-row" or event == "start":
            continue
        count = int(said.get("number-rows-repeated", 1))
        if is_meant and said.get("visibility", "visible") != "visible":
            most = min(number + count, _MOST_REPEATED)
            unseen.hidden.update(range(number + 1, most + 1))
        for column, formula in _formulas(one) if is_meant else ():
            unseen.formulas.setdefault(number + 1, {})[column] = formula
        number += count
        one.clear()
    return unseen


def _formulas(row: ET.Element) -> Iterator[tuple[int, str]]:
    column = 1
    for cell in row:
        said = _bare_keys(cell)
        if "formula" in said:
            yield column, said["formula"].partition("=")[2]
        column += int(said.get("number-columns-repeated", 1))


def _bare(name: str) -> str:
    """Return "row" for "{urn:…}row"."""
    return name.rpartition("}")[2]


def _bare_keys(element: ET.Element) -> dict[str, str]:
    return {_bare(key): value for key, value in element.attrib.items()}
