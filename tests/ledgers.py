"""A ledger for tests: a real database, a running campaign, a few recipients."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from factories import an_arrival, an_organisation

from mailer.model.campaign import CampaignStatus
from mailer.model.smtp import Exchange, Silence, SmtpReply, Stage
from mailer.store import arrivals, campaigns, deliveries, ledger, marks
from mailer.store.database import Database

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.model.delivery import Delivery, Outcome

NOW = datetime(2019, 4, 8, 7, 5, tzinfo=UTC)
LEASE = timedelta(minutes=45)
CAMPAIGN = "conference"
LIST = "municipalities"
FILE = "sqlite:///mailer.db"

TAKEN = Exchange(Stage.END_OF_DATA, SmtpReply(250, "queued"))
BUSY = Exchange(Stage.RCPT, SmtpReply(450, "later", "4.7.1"))
GONE = Exchange(Stage.RCPT, SmtpReply(550, "user unknown", "5.1.1"))
LOST = Exchange(Stage.END_OF_DATA, silence=Silence.LOST)


def a_database(folder: Path, size: int = 3, url: str = FILE) -> Database:
    """Open an empty database; let its campaign run for `size` recipients."""
    database = Database(url, folder)
    with database.write() as connection:
        numbers = range(1, size + 1)
        arrivals.gather(connection, map(an_arrival, numbers))
        arrivals.replace_list(
            connection,
            LIST,
            "list.csv",
            [an_organisation(code=f"{number:03}") for number in numbers],
            NOW,
        )
        campaigns.approve(
            connection, CAMPAIGN, "f" * 64, size, "načelnica", NOW, content="c" * 64
        )
        campaigns.move(
            connection, CAMPAIGN, [CampaignStatus.APPROVED], CampaignStatus.RUNNING
        )
    return database


def a_row(number: int, step: str = "invitation") -> ledger.Planned:
    """Return the row that planning wants for recipient `number`."""
    return ledger.Planned(step, number, f"{step}/{number}", NOW)


def plan(database: Database, *numbers: int, step: str = "invitation") -> int:
    """Plan a step for some recipients; return how many rows are new."""
    rows = [a_row(number, step) for number in numbers]
    with database.write() as connection:
        return ledger.plan(connection, CAMPAIGN, rows, NOW)


def lease(
    database: Database, owner: str = "one", now: datetime = NOW, limit: int = 10
) -> list[Delivery]:
    """Set the first mark on what is due."""
    with database.write() as connection:
        ids = ledger.lease(connection, CAMPAIGN, owner, now, now + LEASE, limit)
        rows = [deliveries.by_id(connection, id_) for id_ in ids]
    return [row for row in rows if row is not None]


def mark(
    database: Database,
    leased: Delivery,
    owner: str = "one",
    *,
    now: datetime = NOW,
    last_response_id: int = 0,
) -> bool:
    """Set the second mark, or learn that it may not be."""
    asked = marks.OnTheWire(leased, "d" * 64, last_response_id, now)
    with database.write() as connection:
        [may_go] = marks.put_on_the_wire(connection, owner, [asked])
    return may_go


def finish(
    database: Database,
    leased: Delivery,
    outcome: Outcome,
    exchange: Exchange,
    owner: str = "one",
    *,
    now: datetime = NOW,
    again: datetime | None = None,
) -> None:
    """Set the third mark."""
    ended = marks.Finished(leased, outcome, exchange, now, again)
    with database.write() as connection:
        marks.finish(connection, owner, [ended])


def set_status(database: Database, status: CampaignStatus) -> None:
    """Pause the campaign, or let it go on."""
    with database.write() as connection:
        campaigns.move(connection, CAMPAIGN, list(CampaignStatus), status)
