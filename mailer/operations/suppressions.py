"""
Keep the addresses that we write to no more: by hand, from a file, into a file.

What a bounce or a complaint adds is written down in `operations.conclude`, what
the relay's refusal adds in `operations.attempt`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mailer.errors import ListError, Problem, UsageError
from mailer.files.spreadsheets import read_rows
from mailer.model.response import Suppression
from mailer.recipients.addresses import read_address
from mailer.recipients.deduplicate import address_key
from mailer.recipients.suppression import HEADER, SuppressionReader, row_of
from mailer.recipients.validate import CellError
from mailer.store import campaigns, recipients

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from typing import TextIO

    from mailer.model.response import SuppressionReason
    from mailer.operations.office import Office


@dataclass(frozen=True, slots=True)
class Suppressed:
    """An address that somebody wants no mail to go to."""

    address: str  #: as we write to it
    before: Suppression | None  #: why none went already; that stays as it is
    is_listed: bool  #: some list has it; otherwise it may be a slip


def suppress(
    office: Office,
    addresses: Sequence[str],
    reason: SuppressionReason,
    *,
    by: str,
    note: str = "",
) -> list[Suppressed]:
    """
    Write to some addresses no more, in any campaign.

    Raises:
        UsageError: With each that is no address; then nothing is changed.
    """
    found, now = [], office.clock.now()
    evidence = f"{by}: {note}" if note else by
    good = _addresses(addresses)
    with office.database.write() as connection:
        for address in good:
            key = address_key(address)
            before = recipients.suppression_at(connection, key)
            entry = Suppression(key, reason, now, evidence)
            if recipients.suppress(connection, entry):
                campaigns.note(connection, now, by, "suppress", key, note)
            listed = bool(recipients.organisations_at(connection, key))
            found.append(Suppressed(address, before, listed))
    return found


def unsuppress(
    office: Office, addresses: Sequence[str], *, by: str
) -> list[tuple[str, Suppression | None]]:
    """
    Allow addresses again; return each with why none went, `None` if it was allowed.

    What was held back meanwhile stays held back.

    Raises:
        UsageError: With each that is no address; then nothing is changed.
    """
    found, now = [], office.clock.now()
    good = _addresses(addresses)
    with office.database.write() as connection:
        for address in good:
            key = address_key(address)
            before = recipients.suppression_at(connection, key)
            if recipients.unsuppress(connection, key):
                campaigns.note(connection, now, by, "allow again", key, "")
            found.append((address, before))
    return found


def _addresses(spelt: Iterable[str]) -> list[str]:
    good, problems = [], []
    for number, one in enumerate(spelt, start=1):
        try:
            good.append(read_address(one))
        except CellError as error:
            place = f"address {number}"
            problems.append(Problem(place, error.cause, error.next_step))
    if problems:
        raise UsageError(*problems)
    return good


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What a file of suppressions brought."""

    added: int
    known_already: int  #: also what stands in the file twice; the first reason stays


def import_suppressions(office: Office, file: Path, *, by: str) -> ImportSummary:
    """
    Write to the addresses in `file` no more; importing it again changes nothing.

    Raises:
        ListError: With every problem of every row; nothing was taken.
    """
    sheet = read_rows(file)
    now, zone = office.clock.now(), ZoneInfo(office.settings.office.timezone)
    reader = SuppressionReader(sheet.header, file.name, zone, now)
    entries = list(reader.read(sheet.rows))
    if reader.problems:
        raise ListError(*reader.problems)
    with office.database.write() as connection:
        added = sum(recipients.suppress(connection, entry) for entry in entries)
        if added:
            detail = f"{added} from {file.name}"
            campaigns.note(connection, now, by, "suppress", file.name, detail)
    return ImportSummary(added, len(entries) - added)


def export_suppressions(office: Office, file: TextIO) -> int:
    """Write all as CSV (RFC 4180) that can be imported again; return how many."""
    with office.database.read() as connection:
        entries = list(recipients.suppressions(connection).values())
    writer = csv.writer(file)
    writer.writerow(HEADER)
    writer.writerows(map(row_of, entries))
    return len(entries)
