"""
Write a campaign down as CSV (RFC 4180): one row per recipient.

For Excel the file wants a byte order mark (`utf-8-sig`); the encoding is
chosen by whoever writes it.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mailer.model.delivery import DeliveryState
from mailer.report.standing import standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mailer.model.campaign import Campaign
    from mailer.model.delivery import Delivery
    from mailer.model.history import History

#: a spreadsheet takes a cell that begins with one of these for a formula
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(campaign: Campaign, histories: Iterable[History]) -> Iterator[str]:
    """
    Yield the header and a line per recipient, each ending with CRLF.

    `to_resolve` has what `mailer resolve` wants of what is in doubt, or missed.
    Times are ISO 8601 in the office's zone.  Of an organisation's responses the
    final answer counts, else the latest.
    """
    writer = csv.writer(_Line())
    details = _detail_names(campaign)
    yield writer.writerow(_row(_header(campaign, details)))
    for history in histories:
        yield writer.writerow(_row(_cells(campaign, details, history)))


class _Line:
    """A "file" that hands each line back, so that rows can be streamed."""

    def write(self, line: str) -> str:
        return line


def safe_cell(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _row(cells: Iterable[str]) -> list[str]:
    return [safe_cell(cell) for cell in cells]


def _detail_names(campaign: Campaign) -> list[str]:
    """Return the fields that the campaign's categories look at, in their order."""
    names = (name for one in campaign.categories for name in one.when)
    return list(dict.fromkeys(names))


def _header(campaign: Campaign, details: list[str]) -> Iterator[str]:
    yield from ("code", "name", "address", "region")
    for step in campaign.steps:
        yield f"step {step.name}"
    yield from ("to_resolve", "last_change", "last_reply", "suppression", "objection")
    yield from ("response", "response_at", "response_source", "category")
    yield from details


def _cells(campaign: Campaign, details: list[str], history: History) -> Iterator[str]:
    zone = ZoneInfo(campaign.timezone)
    recipient = history.recipient
    organisation = recipient.organisation
    yield from (organisation.code, organisation.name)
    yield from (recipient.address, organisation.region)

    for step in campaign.steps:
        row = history.deliveries.get(step.name)
        yield standing(row).value if row else ""
    yield _to_resolve(history)
    last = _last_changed(history.deliveries.values())
    changed_at = last.changed_at if last else None
    yield changed_at.astimezone(zone).isoformat() if changed_at else ""
    yield last.last_exchange if last else ""
    yield history.suppression.reason.value if history.suppression else ""
    objection = history.objection
    yield objection.at.astimezone(zone).isoformat() if objection else ""

    answer = campaign.answer(history.responses)
    response = answer or history.last_response
    yield response.kind if response else ""
    yield response.at.astimezone(zone).isoformat() if response else ""
    yield response.source.value if response else ""
    yield campaign.category(answer) if answer else ""
    for name in details:
        yield response.details.get(name, "") if response else ""


def _to_resolve(history: History) -> str:
    """Return the numbers of the deliveries that only a person can settle."""
    waiting = (DeliveryState.IN_DOUBT, DeliveryState.MISSED)
    rows = history.deliveries.values()
    return " ".join(str(row.id) for row in rows if row.state in waiting)


def _last_changed(rows: Iterable[Delivery]) -> Delivery | None:
    """Return the row to which something happened last."""
    changed = [row for row in rows if row.changed_at]
    return max(changed, key=lambda row: (row.changed_at, row.id), default=None)
