"""Put the table of answers together, and write it as a file."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from mailer.report.answers import AnswerTable, answer_table
from mailer.report.as_csv import safe_cell
from mailer.store import histories, origins

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import TextIO

    from mailer.model.campaign import Campaign
    from mailer.operations.office import Office

COUNTS_HEADER = ("status", "label", "organisations")


def answers_of(office: Office, campaign: Campaign) -> AnswerTable:
    """Return the table of answers as it stands."""
    with office.database.read() as connection:
        return answer_table(
            campaign,
            histories.of_list(connection, campaign.name, campaign.list_name),
            senders=origins.senders(connection, campaign.name),
            in_review=origins.in_review(connection, campaign.name),
        )


def write_csv(table: AnswerTable, file: TextIO) -> None:
    """Write the rows as CSV (RFC 4180)."""
    _write(file, [table.header, *table.rows])


def files_of(path: Path) -> list[Path]:
    """
    Return the files that a table is written to.

    A workbook has the counts on its second sheet; beside a csv they are a
    second file.
    """
    if path.suffix.lower() == ".xlsx":
        return [path]
    return [path, path.with_name(f"{path.stem}-counts{path.suffix}")]


def write_files(office: Office, table: AnswerTable, path: Path) -> None:
    """Write the table to `path`, and to what else `files_of` it names."""
    if path.suffix.lower() == ".xlsx":
        # Loaded for workbooks alone.
        from mailer.files.write_workbook import write_workbook  # noqa: PLC0415

        sheets: dict[str, list[tuple[str | int, ...]]] = {
            "answers": [table.header, *table.rows],
            "counts": [COUNTS_HEADER, *table.counts],
        }
        write_workbook(path, sheets, office.clock.now())
        return
    _, counts = files_of(path)
    # Excel reads UTF-8 only with a byte order mark.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        write_csv(table, file)
    with counts.open("w", encoding="utf-8-sig", newline="") as file:
        _write(file, [COUNTS_HEADER, *table.counts])


def _write(file: TextIO, rows: Iterable[Iterable[str | int]]) -> None:
    writer = csv.writer(file)
    for row in rows:
        writer.writerow([safe_cell(str(cell)) for cell in row])
