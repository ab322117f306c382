"""Read the register of municipalities, if the office keeps one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import ListError
from mailer.files.spreadsheets import read_rows
from mailer.recipients.read import ListReader

if TYPE_CHECKING:
    from mailer.model.recipient import Organisation
    from mailer.operations.office import Office


def read_register(office: Office) -> tuple[Organisation, ...]:
    """
    Return all municipalities; none if there is no such file.

    Raises:
        ListError: With every problem of the file.
    """
    path = office.register_file
    if not path.is_file():
        return ()
    sheet = read_rows(path)
    reader = ListReader(sheet.header, None, path.name)
    for _row in reader.read(sheet.rows):
        pass
    if reader.problems:
        raise ListError(*reader.problems)
    return tuple(reader.organisations)
