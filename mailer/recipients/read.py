"""
Turn the rows of a list into recipients, or into everything that is wrong.

A row is taken whole or not at all, and no row stops another one: whoever
mends a list sees all of its problems at once.
Rows are read one at a time and not kept, so whether an address came before is
found by whoever keeps them, and told to the reader.
What is done with a list that has problems is decided in `mailer.operations`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from mailer.errors import Problem, Severity
from mailer.model.recipient import Gender, Role
from mailer.recipients import validate
from mailer.recipients.addresses import foreign_letters, read_address
from mailer.recipients.columns import Field, read_header
from mailer.recipients.deduplicate import address_key
from mailer.recipients.organisations import NAMING, Organisations

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )

    from mailer.model.recipient import Arrival, Organisation
    from mailer.recipients.register import Register

#: how the cells of a column are read, by what it holds
_PERSON: dict[Field, Callable[[str], Any]] = {
    Field.ROLE: lambda cell: (validate.role(cell), validate.gender_of_role(cell)),
    Field.GENDER: validate.gender,
    Field.SURNAME: validate.text,
    Field.LANGUAGE: validate.language,
}
_ORGANISATION: dict[Field, Callable[[str], Any]] = {
    **dict.fromkeys(NAMING, validate.text),
    Field.REGION: validate.text,
    Field.CO_OFFICIAL_LANGUAGE: validate.text,
    Field.CO_OFFICIAL_NAME: validate.text,
    Field.ALIASES: validate.text,
    Field.IS_URBAN: validate.truth,
}
#: what a row says of whoever reads the mail: role, gender, surname, language
_Person: TypeAlias = tuple[str, str, str, str]
_ALIKE = 1 << 12  #: rows alike are mostly near each other


class _Wrong(NamedTuple):
    """What is wrong with a cell, wherever it stands."""

    field: Field
    error: validate.CellError


class _Columns:
    """
    Some columns of a list, and how their cells are read.

    Args:
        meanings: Field → what reads its cells.
        positions: Field → its column in this list.
    """

    def __init__(
        self,
        meanings: Mapping[Field, Callable[[str], Any]],
        positions: Mapping[Field, int],
    ) -> None:
        self._columns = [
            (field, positions[field], meaning)
            for field, meaning in meanings.items()
            if field in positions
        ]

    def __bool__(self) -> bool:
        """Return whether the list has any of them."""
        return bool(self._columns)

    def of(self, cells: Sequence[str]) -> tuple[str, ...]:
        """Return a row's cells in these columns."""
        return tuple([cells[position] for _, position, _ in self._columns])

    def read(self, cells: Sequence[str]) -> tuple[dict[Field, Any], list[_Wrong]]:
        """Return what cells mean, if they are not empty, and which mean nothing."""
        read, wrong = {}, []
        for (field, _, meaning), cell in zip(self._columns, cells, strict=True):
            if content := cell.strip():
                try:
                    validate.refuse_formula(content)
                    read[field] = meaning(content)
                except validate.CellError as error:
                    wrong.append(_Wrong(field, error))
        return read, wrong


def shrunk(before: int, after: int) -> bool:
    """Return whether a list lost more than a fifth of its recipients."""
    return 5 * after < 4 * before


class ListReader:
    """
    Reads a list row after row, and remembers what a person has to be told.

    Args:
        header: The list's headings.
        register: The municipalities that codes and names are checked against;
            not asked about a list with code, name and official name of its own.
        source_name: The list's name in problems: "recipients.csv".
    """

    def __init__(
        self, header: Sequence[str], register: Register | None, source_name: str
    ) -> None:
        columns = self._columns = read_header(header, source_name)
        self.rows = 0  #: read so far
        self.ignored = columns.ignored  #: headings that mean nothing to us
        self._problems = [(0, 0, problem) for problem in columns.problems]
        self._warnings = list(columns.warnings)
        self._bad_rows: set[int] = set()
        self._organisations = Organisations(columns, register)
        self._source_name = source_name
        self._of_person = _Columns(_PERSON, columns.positions)
        self._of_organisation = _Columns(_ORGANISATION, columns.positions)
        self._naming = [field for field in NAMING if field in columns.positions]
        self._person = lru_cache(_ALIKE)(self._read_person)
        self._organisation = lru_cache(_ALIKE)(self._read_organisation)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong, in the order of the rows."""
        in_order = sorted(self._problems, key=lambda noted: noted[:2])
        return tuple(problem for _row, _rank, problem in in_order)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Return what a person should look at."""
        return tuple(self._warnings)

    @property
    def bad_rows(self) -> Collection[int]:
        """Return the numbers of the rows that are not to be taken."""
        return self._bad_rows

    @property
    def organisations(self) -> Collection[Organisation]:
        """Return the organisations which the rows name, each once."""
        return self._organisations.found

    def read(self, rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Arrival]:
        """
        Yield the rows that have an address, and note all that is wrong.

        Rows among `bad_rows` are yielded too: their address may come again.

        Args:
            rows: The number a person sees in the spreadsheet, and the cells.
        """
        if self._problems:  # of the header: nothing can be said about rows
            return
        width = len(self._columns.header)
        address_at = self._columns.positions[Field.ADDRESS]
        # A list of bare addresses says the same of everybody.
        same = None if self._of_person or self._naming else self._about(0, ())
        for number, cells in rows:
            self.rows += 1
            if len(cells) != width and self._has_wrong_width(number, cells):
                continue
            address = self._address(number, cells[address_at])
            about = same or self._about(number, cells)
            if address:
                yield number, address_key(address), address, *about
        if not self.rows:
            cause = "there is nothing below the header"
            problem = Problem(self._source_name, cause, "add a row per recipient")
            self._problems.append((0, 0, problem))

    def stands_already(self, row: int, address: str, first_row: int) -> None:
        """Note that the address of a row stands in a row before it."""
        cause = f"'{address}' stands in row {first_row} already"
        error = validate.CellError(cause, "delete one of the two rows")
        self._note(row, _Wrong(Field.ADDRESS, error))

    def _address(self, number: int, content: str) -> str:
        """Return the row's address, "" if it is none."""
        try:
            validate.refuse_formula(content)
            address = read_address(content)
        except validate.CellError as error:
            self._note(number, _Wrong(Field.ADDRESS, error))
            return ""
        if not content.isascii() and (letters := foreign_letters(content)):
            place = self._place(number, Field.ADDRESS)
            cause = f"'{content}' has letters that are not Latin: {letters}"
            hint = "make sure that it is the domain it seems to be"
            self._warnings.append(Problem(place, cause, hint, Severity.WARNS))
        return address

    def _about(self, number: int, cells: Sequence[str]) -> tuple[str, *_Person]:
        """Return the code of the row's organisation, and whom it names."""
        person, wrong = self._person(self._of_person.of(cells))
        code = ""
        if self._naming:
            code, also = self._organisation(self._of_organisation.of(cells))
            wrong += also
        for each in wrong:
            self._note(number, each)
        return code, *person

    def _read_person(
        self, cells: tuple[str, ...]
    ) -> tuple[_Person, tuple[_Wrong, ...]]:
        read, wrong = self._of_person.read(cells)
        surname = read.get(Field.SURNAME, "")
        role, told_by_role = read.get(Field.ROLE, (None, Gender.UNKNOWN))
        role = role or (Role.PERSON if surname else Role.OFFICE)
        gender = read.get(Field.GENDER, told_by_role)
        language = read.get(Field.LANGUAGE, "sl")
        return (role.value, gender.value, surname, language), tuple(wrong)

    def _read_organisation(
        self, cells: tuple[str, ...]
    ) -> tuple[str, tuple[_Wrong, ...]]:
        read, wrong = self._of_organisation.read(cells)
        is_urban = read.pop(Field.IS_URBAN, False)
        try:
            code = self._organisations.of(read, is_urban=is_urban).code
        except validate.CellError as error:
            filled = [field for field in self._naming if field in read]
            wrong.append(_Wrong((filled or self._naming)[0], error))
            code = ""
        return code, tuple(wrong)

    def _has_wrong_width(self, number: int, cells: Sequence[str]) -> bool:
        """Note a row whose cells do not stand under the headings."""
        width = len(self._columns.header)
        if len(cells) > width and not any(cells[width:]):
            return False
        cause = f"{len(cells)} cells under {width} headings"
        hint = "look for a delimiter too many or too few, or a missing quotation mark"
        place = f"{self._source_name}, row {number}"
        self._problems.append((number, 0, Problem(place, cause, hint)))
        self._bad_rows.add(number)
        return True

    def _note(self, number: int, wrong: _Wrong) -> None:
        place = self._place(number, wrong.field)
        problem = Problem(place, wrong.error.cause, wrong.error.next_step)
        rank = wrong.field is not Field.ADDRESS  # found last, if it came before
        self._problems.append((number, rank, problem))
        self._bad_rows.add(number)

    def _place(self, number: int, field: Field) -> str:
        heading = self._columns.heading(field)
        return f"{self._source_name}, row {number}, column '{heading}'"
