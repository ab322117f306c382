"""
Import a registration list from elsewhere: a row per person who registered.

A row is tied to a municipality by its code, its exact name, or the domain of
the person's address, in this order; never by similarity.  A code that says
something else than the rest of its row is an error, and nothing is taken.
Who fits none is said by name: councillors and associations register, too.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.errors import ListError, Problem, Severity
from mailer.files.spreadsheets import read_rows
from mailer.model.response import Response, ResponseSource
from mailer.operations.record_response import check_kind, check_started
from mailer.recipients.columns import Field, read_header
from mailer.recipients.organisations import registered
from mailer.recipients.register import Register
from mailer.recipients.validate import CellError
from mailer.store import recipients, responses

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from mailer.model.campaign import Campaign
    from mailer.operations.office import Office

#: headings that say who registered, as registration forms call them
_PERSON = {"ime", "ime in priimek", "prijavljena oseba", "oseba", "person"}


@dataclass(frozen=True, slots=True)
class RegistrationSummary:
    """What a registration list brought."""

    recorded: int
    organisations: int
    known_already: int  #: imported before
    unmatched: tuple[Problem, ...]
    warnings: tuple[Problem, ...]  #: ignored columns that look like a slip
    ignored: tuple[str, ...]  #: headings of columns that were not read


def import_responses(
    office: Office, campaign: Campaign, file: Path, kind: str, *, by: str
) -> RegistrationSummary:
    """
    Record a response of `kind` for each row that can be tied to a municipality.

    Importing the same list again changes nothing.

    Raises:
        ListError: The file is no table, nothing in its header says who
            registered, or with every row whose code contradicts it; nothing was
            taken.
        UsageError: The campaign knows no such kind, or was never approved.
    """
    check_kind(campaign, kind)
    sheet = read_rows(file)
    reader = _Reader(sheet.header, file.name)
    now = office.clock.now()
    recorded, known, seen = 0, 0, set()
    with office.database.write() as connection:
        check_started(connection, campaign)
        matched, unmatched = _matched(file.name, sheet.rows, reader, connection)
        for number, row, code in matched:
            who = {name: row[name] for name in ("person", "address") if row[name]}
            response = Response(
                campaign=campaign.name,
                organisation=code,
                kind=kind,
                at=now,
                source=ResponseSource.IMPORT,
                recorded_by=by,
                details=who,
                note=f"{file.name}, row {number}",
            )
            key = "/".join((campaign.name, kind, code, *who.values())).casefold()
            if responses.record(connection, response, dedupe_key=key):
                recorded += 1
                seen.add(code)
            else:
                known += 1
    return RegistrationSummary(
        recorded,
        len(seen),
        known,
        tuple(unmatched),
        reader.warnings,
        reader.ignored,
    )


def _matched(
    file_name: str,
    rows: Iterable[tuple[int, Sequence[str]]],
    reader: _Reader,
    connection: Connection,
) -> tuple[list[tuple[int, Mapping[str, str], str]], list[Problem]]:
    """
    Return number, cells and municipality of the rows that have one; and the guests.

    Raises:
        ListError: With every row that contradicts itself.
    """
    places = _Places(connection)
    matched: list[tuple[int, Mapping[str, str], str]] = []
    unmatched: list[Problem] = []
    wrong: list[Problem] = []
    for number, cells in rows:
        row = reader.read(cells)
        try:
            code = places.code_of(row)
        except CellError as error:
            place = f"{file_name}, row {number}"
            wrong.append(Problem(place, error.cause, error.next_step))
            continue
        if code is None:
            unmatched.append(_unmatched(file_name, number, row))
        else:
            matched.append((number, row, code))
    if wrong:
        raise ListError(*wrong)
    return matched, unmatched


class _Reader:
    """Reads a row's cells by what their headings mean."""

    def __init__(self, header: Sequence[str], file_name: str) -> None:
        persons = [_plain(heading) in _PERSON for heading in header]
        columns = read_header(
            ["" if is_person else heading
             for heading, is_person in zip(header, persons, strict=True)],
            file_name,
        )  # fmt: skip
        wanted = {
            "code": Field.CODE,
            "name": Field.NAME,
            "address": Field.ADDRESS,
            "surname": Field.SURNAME,
        }
        self._positions = {
            name: columns.positions[field]
            for name, field in wanted.items()
            if field in columns.positions
        }
        if any(persons):
            self._positions["person"] = persons.index(True)
        read = set(self._positions.values())
        self.warnings = columns.warnings  #: ignored columns that look like a slip
        self.ignored = tuple(
            heading
            for position, heading in enumerate(header)
            if heading.strip() and position not in read
        )
        if not self._positions.keys() & {"code", "name", "address"}:
            raise ListError.at(
                f"{file_name}, header",
                "no column for the municipality's code or name, or an e-mail address",
                "name one šifra, občina or e-pošta",
            )

    def read(self, cells: Sequence[str]) -> Mapping[str, str]:
        row = dict.fromkeys(("code", "name", "address", "surname", "person"), "")
        for name, position in self._positions.items():
            if position < len(cells):
                row[name] = " ".join(cells[position].split())
        if row["surname"] and row["surname"] not in row["person"]:
            row["person"] = f"{row['person']} {row['surname']}".strip()
        return row


class _Places:
    """The municipalities of all lists, by what a registration may say of them."""

    def __init__(self, connection: Connection) -> None:
        self._register = Register(recipients.organisations(connection))
        self._domains = recipients.organisations_by_domain(connection)

    def code_of(self, row: Mapping[str, str]) -> str | None:
        """
        Return the code of the row's municipality; `None` if it is a guest's.

        Raises:
            CellError: Its code is unknown though the row is a municipality's, or
                is not that of its name.
        """
        by_rest = self._code_without(row)
        if row["code"] and (self._register.with_code(row["code"]) or by_rest):
            return registered(self._register, row["code"], row["name"]).code
        return by_rest

    def _code_without(self, row: Mapping[str, str]) -> str | None:
        """Return what the name says, or else the domain."""
        if row["name"] and (found := self._register.named(row["name"])):
            return found.code
        domain = row["address"].rpartition("@")[2].casefold()
        codes = self._domains.get(domain, set())
        return next(iter(codes)) if len(codes) == 1 else None


def _unmatched(file_name: str, number: int, row: Mapping[str, str]) -> Problem:
    who = ", ".join(row[name] for name in ("name", "person", "address") if row[name])
    return Problem(
        f"{file_name}, row {number}",
        f"{who or 'an empty row'}: no municipality on our lists",
        "add its code to the row, or leave it if it is another guest",
        Severity.WARNS,
    )


def _plain(heading: str) -> str:
    return unicodedata.normalize("NFC", " ".join(heading.split())).casefold()
