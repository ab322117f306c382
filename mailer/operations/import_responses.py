"""
Import a registration list from elsewhere: a row per person who registered.

A row is tied to a municipality by its code, its exact name, or the domain of
the person's address, in this order; never by similarity.
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
from mailer.recipients.register import Register
from mailer.store import recipients, responses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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


def import_responses(
    office: Office, campaign: Campaign, file: Path, kind: str, *, by: str
) -> RegistrationSummary:
    """
    Record a response of `kind` for each row that can be tied to a municipality.

    Importing the same list again changes nothing.

    Raises:
        ListError: The file is no table, or nothing in its header says who
            registered.
        UsageError: The campaign knows no such kind, or was never approved.
    """
    check_kind(campaign, kind)
    sheet = read_rows(file)
    reader = _Reader(sheet.header, file.name)
    now = office.clock.now()
    recorded, known, seen = 0, 0, set()
    unmatched: list[Problem] = []
    with office.database.write() as connection:
        check_started(connection, campaign)
        places = _Places(connection)
        for number, cells in sheet.rows:
            row = reader.read(cells)
            code = places.code_of(row)
            if code is None:
                unmatched.append(_unmatched(file.name, number, row))
                continue
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
    return RegistrationSummary(recorded, len(seen), known, tuple(unmatched))


class _Reader:
    """Reads a row's cells by what their headings mean."""

    def __init__(self, header: Sequence[str], file_name: str) -> None:
        columns = read_header(header, file_name)
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
        for position, heading in enumerate(header):
            if _plain(heading) in _PERSON:
                self._positions.setdefault("person", position)
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
        if row["code"] and (found := self._register.with_code(row["code"])):
            return found.code
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
