"""
Turn the rows of a list into recipients, or into everything that is wrong.

A row is taken whole or not at all, and no row stops another one: whoever
mends a list sees all of its problems at once.
What is done with a list that has problems is decided in `mailer.operations`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from mailer.errors import Problem, Severity
from mailer.model.recipient import Gender, Recipient, Role
from mailer.recipients import validate
from mailer.recipients.addresses import foreign_letters, read_address
from mailer.recipients.columns import Field, read_header
from mailer.recipients.deduplicate import address_key
from mailer.recipients.organisations import NAMING, Organisations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mailer.recipients.columns import Columns
    from mailer.recipients.register import Register

T = TypeVar("T")

#: the columns read as plain text
_TEXTS = (
    *NAMING,
    Field.REGION,
    Field.CO_OFFICIAL_LANGUAGE,
    Field.CO_OFFICIAL_NAME,
    Field.ALIASES,
    Field.SURNAME,
)


@dataclass(frozen=True, slots=True)
class ListDraft:
    """What a list holds, before anything is stored."""

    recipients: tuple[Recipient, ...]  #: of the rows without problems; id 0
    problems: tuple[Problem, ...]  #: in the order of the rows
    warnings: tuple[Problem, ...]  #: what a person should look at
    ignored: tuple[str, ...]  #: headings that mean nothing to us
    skipped: int = 0  #: rows with problems; one row may have several


def read_list(
    header: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str]]],
    register: Register | None,
    source_name: str,
) -> ListDraft:
    """
    Return the recipients in `rows`, and every problem with its place.

    Args:
        header: The list's headings.
        rows: The number a person sees in the spreadsheet, and the cells.
        register: The municipalities that codes and names are checked against;
            not asked about a list with code, name and official name of its own.
        source_name: The list's name in problems: "recipients.csv".
    """
    columns = read_header(header, source_name)
    if columns.problems:
        return ListDraft((), columns.problems, columns.warnings, columns.ignored)
    reader = _Reader(columns, register, source_name)
    for number, cells in rows:
        reader.read(number, cells)
    if not reader.rows:
        cause = "there is nothing below the header"
        reader.problems.append(Problem(source_name, cause, "add a row per recipient"))
    return ListDraft(
        recipients=tuple(reader.recipients),
        problems=tuple(reader.problems),
        warnings=(*columns.warnings, *reader.warnings),
        ignored=columns.ignored,
        skipped=reader.rows - len(reader.recipients),
    )


def shrunk(before: int, after: int) -> bool:
    """Return whether a list lost more than a fifth of its recipients."""
    return 5 * after < 4 * before


class _Reader:
    """Reads row after row, and remembers what rows must not share."""

    def __init__(
        self, columns: Columns, register: Register | None, source_name: str
    ) -> None:
        self.recipients: list[Recipient] = []
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.rows = 0
        self._columns = columns
        self._texts = [field for field in _TEXTS if field in columns.positions]
        self._organisations = Organisations(columns, register)
        self._source_name = source_name
        self._first_row: dict[str, int] = {}  # of each address key

    def read(self, number: int, cells: Sequence[str]) -> None:
        """Take the row as a recipient, or note all that is wrong with it."""
        self.rows += 1
        before = len(self.problems)
        if self._wrong_width(number, cells):
            return
        recipient = self._recipient(number, cells)
        if recipient is not None and len(self.problems) == before:
            self.recipients.append(recipient)

    def _recipient(self, number: int, cells: Sequence[str]) -> Recipient | None:
        """Return the row's recipient, worth something if no problem was noted."""

        def cell(field: Field, meaning: Callable[[str], T], default: T) -> T:
            position = self._columns.positions.get(field)
            if position is None or not (content := cells[position].strip()):
                return default
            try:
                return meaning(content)
            except validate.CellError as error:
                self._note(number, field, error)
                return default

        address = self._address(number, cells[self._columns.positions[Field.ADDRESS]])
        texts = {field: cell(field, validate.text, "") for field in self._texts}
        told_by_role = cell(Field.ROLE, validate.gender_of_role, Gender.UNKNOWN)
        surname = texts.get(Field.SURNAME, "")
        unnamed = Role.PERSON if surname else Role.OFFICE
        role = cell(Field.ROLE, validate.role, unnamed)
        gender = cell(Field.GENDER, validate.gender, told_by_role)
        language = cell(Field.LANGUAGE, validate.language, "sl")
        is_urban = cell(Field.IS_URBAN, validate.truth, default=False)
        key = address_key(address)
        try:
            organisation = self._organisations.of(texts, key, is_urban=is_urban)
        except validate.CellError as error:
            named = [field for field in NAMING if texts.get(field)]
            given = [field for field in NAMING if field in texts]
            self._note(number, (named or given)[0], error)
            return None
        return Recipient(
            id=0,
            address=address,
            address_key=key,
            organisation=organisation,
            role=role,
            gender=gender,
            surname=surname,
            language=language,
        )

    def _address(self, number: int, content: str) -> str:
        """Return the row's address, "" if it is none; note if it came before."""
        try:
            address = read_address(content)
        except validate.CellError as error:
            self._note(number, Field.ADDRESS, error)
            return ""
        first = self._first_row.setdefault(address_key(address), number)
        if first != number:
            cause = f"'{address}' stands in row {first} already"
            twice = validate.CellError(cause, "delete one of the two rows")
            self._note(number, Field.ADDRESS, twice)
        if letters := foreign_letters(content):
            place = self._place(number, Field.ADDRESS)
            cause = f"'{content}' has letters that are not Latin: {letters}"
            hint = "make sure that it is the domain it seems to be"
            self.warnings.append(Problem(place, cause, hint, Severity.WARNS))
        return address

    def _wrong_width(self, number: int, cells: Sequence[str]) -> bool:
        """Note a row whose cells do not stand under the headings."""
        width = len(self._columns.header)
        if len(cells) == width or (len(cells) > width and not any(cells[width:])):
            return False
        cause = f"{len(cells)} cells under {width} headings"
        hint = "look for a delimiter too many or too few, or a missing quotation mark"
        place = f"{self._source_name}, row {number}"
        self.problems.append(Problem(place, cause, hint))
        return True

    def _note(self, number: int, field: Field, error: validate.CellError) -> None:
        place = self._place(number, field)
        self.problems.append(Problem(place, error.cause, error.next_step))

    def _place(self, number: int, field: Field) -> str:
        heading = self._columns.heading(field)
        return f"{self._source_name}, row {number}, column '{heading}'"
