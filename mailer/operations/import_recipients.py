"""Take a list of recipients from a file into the store, whole or not at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.errors import ListError, Problem, Severity, UsageError
from mailer.files.spreadsheets import read_rows
from mailer.operations.read_register import read_register
from mailer.recipients.read import ListReader, shrunk
from mailer.recipients.register import Register
from mailer.recipients.validate import shown
from mailer.store import arrivals, campaigns, recipients

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mailer.files.spreadsheets import Row
    from mailer.operations.office import Office


_LIST_NAME = re.compile(r"\w[\w.-]*")
_SHOWN = 5  #: cells whose letters a person looks at


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import took."""

    count: int
    organisations: int
    skipped: int  #: rows that were left out
    warnings: tuple[Problem, ...]
    ignored: tuple[str, ...]  #: headings that mean nothing to us


def import_recipients(
    office: Office,
    file: Path,
    list_name: str,
    *,
    skip_invalid: bool,
    may_shrink: Callable[[int, int], bool],
) -> ImportSummary:
    """
    Make the rows of `file` the list called `list_name`.

    Args:
        office: The office.
        file: csv, xlsx, xls or ods.
        list_name: Replaced if it is there already.
        skip_invalid: Take the good rows of a list with bad ones.
        may_shrink: Asked, with both counts, if over a fifth of the list is gone.

    Raises:
        UsageError: A list cannot be called that.
        ListError: With every problem of every row; nothing was taken.
    """
    if not _LIST_NAME.fullmatch(list_name):
        cause = "is no name for a list"
        hint = "use letters, digits, dots and hyphens"
        raise UsageError.at(f"'{list_name}'", cause, hint)
    sheet = read_rows(file)
    reader = ListReader(sheet.header, _register(office, file), file.name)
    letters = _Letters(sheet.encoding)
    # One transaction: whatever ends it before its end leaves all as it was.
    with office.database.write_late() as connection:
        arrivals.gather(connection, reader.read(letters.of(sheet.rows)))
        for row, address, first_row in arrivals.repeated(connection):
            reader.stands_already(row, address, first_row)
        arrivals.leave_out(connection, reader.bad_rows)
        after = arrivals.count(connection)
        if reader.problems and not (skip_invalid and after):
            raise ListError(*reader.problems)
        _ask_if_shrunk(office, file.name, list_name, after, may_shrink)
        now = office.clock.now()
        codes = arrivals.organisation_codes(connection)
        named = [one for one in reader.organisations if one.code in codes]
        arrivals.replace_list(connection, list_name, file.name, named, now)
        campaigns.note(
            connection, now, "staff", "import", list_name, f"{after} from {file.name}"
        )
    return ImportSummary(
        count=after,
        organisations=len(named) or after,  # each address its own, if none is named
        skipped=reader.rows - after,
        warnings=(*reader.problems, *reader.warnings, *letters.warnings(file.name)),
        ignored=reader.ignored,
    )


class _Letters:
    """
    Keeps some cells with letters that another encoding would spell otherwise.

    Any octets are some text in Windows-1250: whether it is the right one, only a
    person sees, who is shown these.
    """

    def __init__(self, encoding: str) -> None:
        self._is_doubtful = encoding == "cp1250"
        self._cells: list[str] = []

    def of(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Return the same rows, looked at on their way where there is a doubt."""
        return self._looked_at(rows) if self._is_doubtful else rows

    def warnings(self, name: str) -> Iterator[Problem]:
        """Yield what a person is to look at in the file of that name."""
        if self._cells:
            words = ", ".join(f"'{one}'" for one in self._cells)
            yield Problem(
                name,
                f"is not in UTF-8 and was read as Windows-1250: {words}",
                "if these letters are wrong, save it as 'CSV UTF-8', import it again",
                Severity.WARNS,
            )

    def _looked_at(self, rows: Iterator[Row]) -> Iterator[Row]:
        for number, cells in rows:
            if len(self._cells) < _SHOWN:
                odd = (cell for cell in cells if not cell.isascii())
                self._cells += [shown(cell) for cell in odd][:1]
            yield number, cells


def _ask_if_shrunk(
    office: Office,
    file_name: str,
    list_name: str,
    after: int,
    may_shrink: Callable[[int, int], bool],
) -> None:
    with office.database.read() as connection:
        before = recipients.row_count(connection, list_name) or 0
    if shrunk(before, after) and not may_shrink(before, after):
        raise ListError.at(
            file_name,
            f"has {after} recipients where list '{list_name}' had {before}",
            "if that is meant, add --accept-shrunk",
        )


def _register(office: Office, file: Path) -> Register | None:
    """Return the register of municipalities, if the office keeps one."""
    path = office.register_file
    if not path.is_file() or path.resolve() == file.resolve():
        return None
    return Register(read_register(office))
