"""
Make a restored, copied or moved office the one that sends.

What its ledger has as planned, or plans later although it was due before, may have
gone out after the copy was made: it is put in doubt, for a person to settle, unless
the folder was only moved.
Running campaigns are paused.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.errors import MailerError
from mailer.files.instance import read_anchor
from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState
from mailer.model.history import NEVER
from mailer.operations.instance import Difference, look, make_instance
from mailer.operations.lock import lock_folder
from mailer.operations.open_campaign import open_approved
from mailer.operations.plan_due import UNSEEN, plan_due
from mailer.store import campaigns, instance, ledger

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.operations.office import Office

_REASON = "the office was adopted after a restore, a copy or a move"


@dataclass(frozen=True, slots=True)
class Adopted:
    """What an adoption changed."""

    difference: Difference | None  #: `None`: nothing was wrong, nothing is changed
    paused: tuple[str, ...] = ()  #: campaigns
    in_doubt: int = 0  #: deliveries
    known_until: datetime | None = None  #: what came later the ledger may not know


def adopt(office: Office, by: str) -> Adopted:
    """
    Let this folder with this database send from now on; it is the only one then.

    Raises:
        LeaseError: Something is sending for this office at this moment.
    """
    with lock_folder(office), office.database.sole_sender():
        found = read_anchor(office.folder)
        row, difference = look(office, found)
        if difference is None:
            return Adopted(None)
        since, in_doubt, known_until = row.since if row else NEVER, 0, None
        if difference is not Difference.MOVED:
            since = office.clock.now()
            with office.database.read() as connection:
                known_until = instance.last_change(connection)
            in_doubt = _put_in_doubt(office)
        paused = _pause_all(office, by, difference)
        counter = max(found.count, row.counter if row else 0) + 1
        make_instance(office, counter, since)
    return Adopted(difference, paused, in_doubt, known_until)


def _put_in_doubt(office: Office) -> int:
    """Put what is planned in doubt, and what would be planned now."""
    now, count = office.clock.now(), 0
    with office.database.write() as connection:
        instance.doubt_before(connection, now)
        ledger.recover(connection, now)
        names = [row.name for row in campaigns.all_known(connection)]
    for name in names:
        with contextlib.suppress(MailerError):  # what was approved is gone
            count += plan_due(office, open_approved(office, name)).in_doubt
        with office.database.write() as connection:
            count += ledger.settle_all(
                connection,
                name,
                DeliveryState.PLANNED,
                DeliveryState.IN_DOUBT,
                UNSEEN,
                now,
            )
    return count


def _pause_all(office: Office, by: str, difference: Difference) -> tuple[str, ...]:
    now = office.clock.now()
    with office.database.write() as connection:
        names = [row.name for row in campaigns.all_known(connection)]
        campaigns.note(connection, now, by, "adopt", "office", difference.value)
        return tuple(
            name
            for name in names
            if campaigns.move(
                connection,
                name,
                [CampaignStatus.RUNNING],
                CampaignStatus.PAUSED,
                reason=_REASON,
            )
        )
