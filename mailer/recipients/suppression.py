"""
Turn the rows of a file into suppressions, or into everything that is wrong.

A row is an address, and, if there are such columns, the reason, since when, and
how we know.  Addresses are told apart as those of recipients are.
What is written here is read here: to the letter, but for spaces in the evidence.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mailer.errors import Problem
from mailer.model.response import Suppression, SuppressionReason
from mailer.recipients import validate
from mailer.recipients.addresses import read_address
from mailer.recipients.columns import Field, folded, read_header
from mailer.recipients.deduplicate import address_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

HEADER = ("address", "reason", "since", "evidence")

_WORDS = {
    "reason": "reason, razlog",
    "since": "since, od, od kdaj, datum, date",
    "evidence": "evidence, dokazilo, opomba, note",
}
_COLUMNS = {
    folded(word): name for name, words in _WORDS.items() for word in words.split(",")
}
EVIDENCE = 1000  #: characters of it that are written

_DAY = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})")
#: a spreadsheet takes a cell that begins with one of these for a formula
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
#: which keeps it from that; so a cell that has one of its own gets another
_QUOTE = "'"


class SuppressionReader:
    """
    Reads a file's rows, and remembers what a person has to be told.

    Args:
        header: The file's headings.
        source_name: The file's name in problems: "suppressed.csv".
        zone: In which days without a time of day begin.
        now: Since when, if a row does not say it; aware.
    """

    def __init__(
        self, header: Sequence[str], source_name: str, zone: ZoneInfo, now: datetime
    ) -> None:
        columns = read_header(header, source_name)
        self._header, self._name = columns.header, source_name
        self._zone, self._now = zone, now
        self._places: dict[str, int] = {}
        self.problems = list(columns.problems)
        if Field.ADDRESS in columns.positions:
            self._places["address"] = columns.positions[Field.ADDRESS]
        for place, heading in enumerate(columns.header):
            if name := _COLUMNS.get(folded(heading)):
                self._take(name, place)

    def _take(self, name: str, place: int) -> None:
        if name in self._places:
            both = (self._header[self._places[name]], self._header[place])
            cause = f"2 columns hold the {name}: '{both[0]}', '{both[1]}'"
            hint = "keep one of them, or rename the other"
            self.problems.append(Problem(f"{self._name}, header", cause, hint))
        self._places[name] = place

    def read(self, rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Suppression]:
        """
        Yield the rows that are good, and note all that is wrong with the others.

        Args:
            rows: The number a person sees in the spreadsheet, and the cells.
        """
        if self.problems:  # of the header: nothing can be said about rows
            return
        for number, cells in rows:
            before = len(self.problems)
            read = {
                name: self._cell(number, name, place, cells)
                for name, place in self._places.items()
            }
            if len(self.problems) == before:
                yield Suppression(
                    address_key(read["address"]),
                    read.get("reason") or SuppressionReason.BY_HAND,
                    read.get("since") or self._now,
                    read.get("evidence") or "",
                )

    def _cell(self, number: int, name: str, place: int, cells: Sequence[str]) -> Any:  # noqa: ANN401 - each column has another type
        """Return what a cell means, `None` if it is empty or wrong."""
        content = " ".join(cells[place].split()) if place < len(cells) else ""
        content = content.removeprefix(_QUOTE)
        if not content and name != "address":
            return None
        meanings: dict[str, Callable[[str], Any]] = {
            "address": read_address,
            "reason": validate.reason,
            "since": self._since,
            "evidence": str,
        }
        try:
            return meanings[name](content)
        except validate.CellError as error:
            at = f"{self._name}, row {number}, column '{self._header[place]}'"
            self.problems.append(Problem(at, error.cause, error.next_step))
            return None

    def _since(self, cell: str) -> datetime:
        """Return an instant or a day, ISO 8601 or as people write it: 8. 4. 2019."""
        try:
            if found := _DAY.fullmatch(cell):
                day, month, year = map(int, found.groups())
                instant = datetime(year, month, day, tzinfo=self._zone)
            else:
                instant = datetime.fromisoformat(cell)
            if instant.tzinfo is None:
                instant = instant.replace(tzinfo=self._zone)
            instant = instant.astimezone(UTC)
        except (ValueError, OverflowError):
            cause = f"'{validate.shown(cell)}' is no day"
            hint = "write it as 2019-04-08 or 8. 4. 2019, or leave it empty"
            raise validate.CellError(cause, hint) from None
        if instant > self._now:
            cause = f"'{validate.shown(cell)}' is yet to come"
            raise validate.CellError(cause, "look for a slip in the year")
        return instant


def row_of(entry: Suppression) -> list[str]:
    """Return the cells of a suppression, as they stand under `HEADER`."""
    visible = "".join(one if one.isprintable() else " " for one in entry.evidence)
    evidence = " ".join(visible.split())[:EVIDENCE].rstrip()
    since = entry.since.astimezone(UTC).isoformat()
    return [
        _cell(one) for one in (entry.address_key, entry.reason.value, since, evidence)
    ]


def _cell(text: str) -> str:
    return f"{_QUOTE}{text}" if text.startswith((*_FORMULAS, _QUOTE)) else text
