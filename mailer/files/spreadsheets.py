"""
Read a table from a file: CSV as offices save it, xlsx, xls and ods.

What comes out is text, row by row, each with the number a person sees in the
spreadsheet.
A file that could be read in two ways is refused rather than guessed at.
What the columns mean is decided in `mailer.recipients.columns`.
"""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from mailer.errors import ListError, Problem
from mailer.files import workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    Row = tuple[int, Sequence[str]]  #: its number in the spreadsheet, its cells

COLUMNS = 200  #: more is not a list of recipients
CELL = 10_000  #: characters in a cell
OCTETS = 500 << 20  #: of a text file; a million rows have about 100 MB
LINE = 4 << 20  #: octets without an end of line, as long as 200 full cells

_TEXT = frozenset({".csv", ".tsv", ".txt"})
_SUPPORTED = ", ".join(sorted(_TEXT | workbook.SUFFIXES))
_BLOCK = 1 << 20  #: octets

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MAGIC = {".xlsx": _ZIP, ".ods": _ZIP, ".xls": _OLE}

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# The two ways a file goes wrong that decoding as CP1250 would hide: some lines
# in UTF-8 (č š ž Č Š Ž as two octets), or Š Ž š ž where ISO 8859-2 has them.
_UTF8_LETTERS = re.compile(rb"\xc4[\x8c\x8d]|\xc5[\xa0\xa1\xbd\xbe]")
_LATIN2_LETTERS = re.compile(rb"[A-Za-z][\xa9\xae\xb9\xbe]|[\xa9\xae\xb9\xbe][A-Za-z]")

_SEPARATOR_LINE = re.compile(r"\"?sep=([;,\t])\"?\s*", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its header and, read as they are asked for, its rows."""

    name: str  #: the file's, as errors name it
    header: tuple[str, ...]
    rows: Iterator[Row]  #: once only; blank rows are left out
    encoding: str = ""  #: of a text file: "utf-8", "utf-16", "cp1250"


def read_rows(path: Path) -> Sheet:
    """
    Open the table in `path`; a CSV file is read in constant memory.

    Raises:
        ListError: The file cannot be read as a table.  Going through the rows
            raises it too, where a later row is at fault.
    """
    _check_file(path)
    rows: Iterator[Row]
    if path.suffix.lower() in workbook.SUFFIXES:
        encoding, rows = "", workbook.rows(path)
    else:
        _check_size(path)
        encoding = _encoding(path)
        rows = _csv_rows(path, encoding)
    filled = _checked(rows, path.name)
    try:
        _, header = next(filled)
    except StopIteration:
        raise ListError.at(
            path.name, "there is nothing in it", "save the list again"
        ) from None
    return Sheet(path.name, tuple(header), filled, encoding.removesuffix("-sig"))


def _check_file(path: Path) -> None:
    """
    Do nothing if `path` is a file that may hold what its name promises.

    Raises:
        ListError: It is missing, not a file, of an unknown kind, or its first
            octets belong to another kind.
    """
    suffix = path.suffix.lower()
    if not path.exists():
        raise ListError.at(path.name, "no such file", f"looked for {path.absolute()}")
    if not path.is_file():
        raise ListError.at(path.name, "not a file", "name the list's file itself")
    if suffix not in _TEXT | workbook.SUFFIXES:
        cause = f"lists do not come as {suffix or 'files without an ending'}"
        raise ListError.at(path.name, cause, f"save it as one of {_SUPPORTED}")
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        cause = f"cannot be read: {error.strerror}"
        raise ListError.at(path.name, cause, "check its permissions") from error
    if not start:
        raise ListError.at(path.name, "the file is empty", "save the list again")
    found = start if start in (_ZIP, _OLE) else None
    if found != _MAGIC.get(suffix):
        _refuse_content(path, found)


def _refuse_content(path: Path, found: bytes | None) -> None:
    if found == _OLE and path.suffix.lower() == ".xlsx":
        cause = "protected by a password, or an old .xls under a new name"
        raise ListError.at(path.name, cause, "save it without a password")
    content = {_ZIP: "a newer spreadsheet (xlsx, ods)", _OLE: "an old spreadsheet"}
    kind = content.get(found or b"", "not a spreadsheet")
    raise ListError.at(
        path.name,
        f"the content is {kind}, the name ends in {path.suffix}",
        "open it in the program it comes from and save it again",
    )


def _check_size(path: Path) -> None:
    """
    Do nothing if a text file can be read in little memory and time.

    Raises:
        ListError: It is too long, or a line of it.
    """
    if (size := path.stat().st_size) > OCTETS:
        cause = f"{size >> 20} MB; at most {OCTETS >> 20} are read"
        raise ListError.at(path.name, cause, "divide it into several lists")
    length = 0
    for block in _blocks(path):
        ended = max(block.rfind(b"\n"), block.rfind(b"\r"))
        length = length + len(block) if ended < 0 else len(block) - ended
        if length > LINE:
            cause = f"a line of over {LINE >> 20} MB"
            raise ListError.at(path.name, cause, "save the list again as 'CSV UTF-8'")


def _encoding(path: Path) -> str:
    """
    Return in what a text file is written: what its mark says, UTF-8, or CP1250.

    CP1250 is what Slovenian Excel writes.  As any octets are some text in it,
    it is taken only for what is neither UTF-8 nor a mixture nor ISO 8859-2.
    """
    with path.open("rb") as file:
        start = file.read(4)
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            return encoding
    if b"\0" in start:
        raise _undecided(path, "looks like UTF-16 without a byte order mark")
    if _decodes(path, "utf-8"):
        return "utf-8"
    if _contains(path, _UTF8_LETTERS):
        raise _undecided(path, "some of it is in UTF-8, some is not")
    if _contains(path, _LATIN2_LETTERS):
        raise _undecided(path, "looks like ISO 8859-2")
    if _decodes(path, "cp1250"):
        return "cp1250"
    raise _undecided(path, "neither UTF-8 nor Windows-1250")


def _undecided(path: Path, cause: str) -> ListError:
    hint = "save it as 'CSV UTF-8', or as .xlsx"
    return ListError(Problem(path.name, f"its encoding is unclear: {cause}", hint))


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for block in _blocks(path):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _contains(path: Path, pattern: re.Pattern[bytes]) -> bool:
    last = b""  # a pair may lie across two blocks
    for block in _blocks(path):
        if pattern.search(last + block):
            return True
        last = block[-1:]
    return False


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _csv_rows(path: Path, encoding: str) -> Iterator[Row]:
    """
    Yield the records of a CSV file (RFC 4180, any of `;` `,` and tab).

    The header line alone decides the delimiter; a first line `sep=;` decides
    it before, and is no row, as Excel does not show it either.
    """
    number = 0
    with path.open(encoding=encoding, newline="") as file:
        try:
            begin = list(_until_filled(file))
            header = begin[-1] if begin else ""
            if given := _SEPARATOR_LINE.fullmatch(header):
                delimiter, begin = given[1], []
            else:
                delimiter = _delimiter(header)
            every = chain(begin, file)
            records = csv.reader(every, delimiter=delimiter, strict=True)
            for number, record in enumerate(records, start=1):
                yield number, record
        except csv.Error as error:
            raise ListError.at(
                f"{path.name}, row {number + 1}",
                f"not a CSV row: {error}",
                'look for a quotation mark that is not closed or not doubled ("")',
            ) from error
        except UnicodeDecodeError as error:  # UTF-16 cut off in the middle
            raise _undecided(path, f"not {encoding} to the end") from error


def _until_filled(lines: Iterable[str]) -> Iterator[str]:
    """Yield blank lines up to the header, and the header; they count as rows."""
    for line in lines:
        yield line
        if line.strip():
            return


def _delimiter(header: str) -> str:
    """Return the candidate that parts the header into most; `;` if none does."""
    bare = _QUOTED.sub("", header)
    return max(";,\t", key=bare.count)


def _checked(rows: Iterable[Row], name: str) -> Iterator[Row]:
    """Yield the rows that are not blank, within the limits."""
    for number, cells in rows:
        content = "".join(cells)  # looked at once, as most rows are good
        if "\0" in content:
            raise ListError.at(
                f"{name}, row {number}",
                "a NUL character: the file is damaged, or not a text file",
                "save the list again as 'CSV UTF-8', or as .xlsx",
            )
        if content and not content.isspace():
            if len(cells) > COLUMNS or len(content) > CELL:
                yield number, _within_limits(cells, f"{name}, row {number}")
            else:
                yield number, cells


def _within_limits(cells: Sequence[str], place: str) -> Sequence[str]:
    """
    Return the cells of a row without the empty ones beyond the last column.

    Raises:
        ListError: There are too many columns, or too much in one.
    """
    width = len(cells)
    if width > COLUMNS:
        while not cells[width - 1]:
            width -= 1
    if width > COLUMNS:
        cause = f"{width} columns; at most {COLUMNS} are read"
        raise ListError.at(place, cause, "keep only the columns of the list")
    longest = max(cells, key=len)
    if len(longest) > CELL:
        column = f"{place}, column {cells.index(longest) + 1}"
        cause = f"a cell of {len(longest)} characters; at most {CELL} are read"
        raise ListError.at(column, cause, "look for an unclosed quotation mark")
    return cells[:width]
