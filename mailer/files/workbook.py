"""
Read xlsx, xls and ods in a child process that may use only so much.

A file of a few kilobytes can ask its reader for half a terabyte (one cell in
the last corner of the sheet is enough), and python-calamine then ends the whole
process.  So a child reads, within limits of memory and processor time, and
hands the rows over as JSON lines.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import python_calamine

from mailer.errors import ListError
from mailer.files.unseen import Unseen, look_behind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta

SUFFIXES = frozenset({".xlsx", ".xls", ".ods"})

_UNPACKED = 500 << 20  #: octets all members of the archive may have together
_RATIO = 250  #: octets unpacked per octet packed; text in XML has 10 to 50
_SMALL = 10 << 20  #: octets below which the ratio does not matter
_MEMBERS = 2_000  #: files in the archive
_MEMORY = 2 << 30  #: octets of address space
_SECONDS = 60  #: of processor time

_COPY = "copy the list's cells into a new file, or save it as 'CSV UTF-8'"
_FINISHED = None  #: what the child says after the last row
_GAVE_UP = {  #: what its silence means
    "cause": "reading it takes more memory or time than a list needs",
    "next_step": _COPY,
}
_VISIBLE = python_calamine.SheetVisibleEnum.Visible
_WORKSHEET = python_calamine.SheetTypeEnum.WorkSheet


def rows(path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """
    Yield the rows of the workbook's only sheet, numbered from 1, blank ones too.

    Numbers come as people type them ("1", not "1.0"), dates as ISO 8601, and
    truth values as "1" and "0".  A formula comes as itself, "=B2&C2": its result
    may be old.  Hidden sheets are not read.

    Raises:
        ListError: The file is damaged, too big once unpacked, has several sheets
            that could be meant, or rows that nobody sees.
    """
    if path.suffix.lower() != ".xls":
        _check_archive(path)
    # -P: no module from the folder in which somebody happens to stand.
    command = [sys.executable, "-P", "-m", __name__, str(path.absolute())]
    with subprocess.Popen(  # noqa: S603 - our own module, no shell
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    ) as child:
        try:
            for number, line in enumerate(child.stdout or (), start=1):
                said = json.loads(line) if line.endswith("\n") else _GAVE_UP
                if said == _FINISHED:
                    return
                if isinstance(said, dict):
                    raise ListError.at(path.name, said["cause"], said["next_step"])
                yield number, tuple(said)
        finally:
            child.kill()  # it may still be writing when nobody reads on
    raise ListError.at(path.name, _GAVE_UP["cause"], _GAVE_UP["next_step"])


def _check_archive(path: Path) -> None:
    """
    Do nothing if the archive's directory promises a reasonable size.

    Raises:
        ListError: It does not, or there is no directory.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        cause = "the file is damaged or was cut off"
        raise ListError.at(path.name, cause, "save it again") from error
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    limit = min(_UNPACKED, max(_SMALL, packed * _RATIO))
    if len(members) > _MEMBERS or unpacked > limit:
        cause = f"unpacks to {unpacked >> 20} MB in {len(members)} files"
        raise ListError.at(path.name, f"{cause}; no list does", _COPY)


def _tell(path: str) -> None:
    """Write the rows as JSON lines, then `null`; or an object that says why not."""
    _limit(resource.RLIMIT_AS, _MEMORY)
    _limit(resource.RLIMIT_CPU, _SECONDS)
    _limit(resource.RLIMIT_CORE, 0)
    try:
        with python_calamine.load_workbook(path) as book:
            if sheet := _only_sheet(book):
                _tell_rows(sheet, look_behind(path, sheet.name))
            _say(_FINISHED)
    except _NotOneListError as error:
        _say({"cause": error.cause, "next_step": error.next_step})
    except python_calamine.PasswordError:
        cause = "protected by a password"
        _say({"cause": cause, "next_step": "save it without one"})
    except (
        python_calamine.CalamineError,
        ET.ParseError,
        KeyError,
        ValueError,
        zipfile.BadZipFile,
    ) as error:
        cause = f"cannot be read as a spreadsheet: {error}"
        _say({"cause": cause, "next_step": "save it again, or as 'CSV UTF-8'"})


def _limit(what: int, most: int) -> None:
    """Lower a limit of this process to `most`, or leave it where it is lower."""
    _, hard = resource.getrlimit(what)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(what, (most, hard))


class _NotOneListError(Exception):
    """It is not clear what of the workbook is the list."""

    def __init__(self, cause: str, next_step: str) -> None:
        super().__init__(cause)
        self.cause, self.next_step = cause, next_step


def _tell_rows(sheet: python_calamine.CalamineSheet, unseen: Unseen) -> None:
    numbered = [
        (number, [_as_typed(cell) for cell in row])
        for number, row in enumerate(sheet.iter_rows(), start=1)
        if number in unseen.hidden
    ]
    if filled := [number for number, row in numbered if any(map(str.strip, row))]:
        more = f", and {len(filled) - 1} more" if len(filled) > 1 else ""
        raise _NotOneListError(
            f"row {filled[0]} is hidden{more}",
            "show what belongs to the list, delete what does not",
        )
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_as_typed(cell) for cell in row]
        for column, formula in unseen.formulas.get(number, {}).items():
            if column <= len(cells):
                cells[column - 1] = f"={formula}"
        _say(cells)


def _only_sheet(
    book: python_calamine.CalamineWorkbook,
) -> python_calamine.CalamineSheet | None:
    """Return the only visible sheet that has something in it."""
    filled: list[python_calamine.CalamineSheet] = []
    for about in book.sheets_metadata:
        if about.typ != _WORKSHEET or about.visible != _VISIBLE:
            continue
        sheet = book.get_sheet_by_name(about.name)
        if sheet.height:
            filled.append(sheet)
    if len(filled) > 1:
        names = ", ".join(sheet.name for sheet in filled)
        raise _NotOneListError(
            f"more than one sheet has something in it: {names}",
            "keep only the list's sheet, or hide others",
        )
    return filled[0] if filled else None


def _as_typed(cell: Cell) -> str:
    """Return a cell as a person would type it."""
    match cell:
        case bool():
            return str(int(cell))
        case float() if cell.is_integer():
            return str(int(cell))
        case dt.datetime() if cell.time() == dt.time():
            return cell.date().isoformat()
        case dt.date() | dt.time():
            return cell.isoformat()
        case _:
            return str(cell)


def _say(said: object) -> None:
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    _tell(sys.argv[1])
