"""
Look again at the file that a list was read from, row by row.

What an import left out is said here with row and column, as often as somebody
checks; a file that is gone or was renamed says nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mailer.errors import ListError, Problem, Severity
from mailer.files.spreadsheets import read_rows
from mailer.operations.read_register import read_register
from mailer.recipients.read import ListReader
from mailer.recipients.register import Register
from mailer.store import recipients

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.operations.office import Office


def check_rows(office: Office, list_name: str) -> Iterator[Problem]:
    """Yield what is wrong in the file of a list; nothing of it stops a campaign."""
    with office.database.read() as connection:
        count = recipients.count(connection, list_name)
        lists = recipients.lists(connection)
    source = next((row.source for row in lists if row.name == list_name), "")
    path = office.folder / "recipients" / source
    if not source or not path.is_file():
        return
    try:
        is_register = path.resolve() == office.register_file.resolve()
        register = None if is_register else Register(read_register(office))
        sheet = read_rows(path)
        reader = ListReader(sheet.header, register, path.name)
        first_rows: dict[str, int] = {}
        for row, key, address, *_about in reader.read(sheet.rows):
            if first_rows.setdefault(key, row) != row:
                reader.stands_already(row, address, first_rows[key])
    except (ListError, OSError) as error:
        for problem in error.problems if isinstance(error, ListError) else ():
            yield replace(problem, severity=Severity.WARNS)
        return
    for problem in (*reader.problems, *reader.warnings):
        yield replace(problem, severity=Severity.WARNS)
    good = reader.rows - len(reader.bad_rows)
    if good != count:
        cause = f"has {good} good rows now, where list '{list_name}' has {count}"
        shown = path.relative_to(office.folder)
        hint = f"mailer recipients import {shown} --list {list_name}"
        yield Problem(path.name, cause, hint, Severity.WARNS)
