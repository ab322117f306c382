"""
Decide whether enough is known of the answers to remind anybody.

Who is silent is only known as far as the mailbox was read.  While it cannot be
read, reminders wait: whoever has answered meanwhile must not get one.  The opening
and what somebody gets for their answer do not wait; nobody's silence is in them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from mailer.model.history import NEVER
from mailer.planning.audience import Case, Said
from mailer.planning.decision import PlanVerdict
from mailer.planning.words import moment

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.planning.windows import WorkCalendar

#: the mailbox is read each minute, and by cron perhaps once an hour right before
ENOUGH = timedelta(hours=1)


def is_deaf(heard_until: datetime | None, now: datetime) -> bool:
    """
    Return whether what came before `heard_until` is too little to remind anybody.

    A reading that is dated later than now was dated by a clock that was wrong.
    """
    return heard_until is not None and abs(now - heard_until) > ENOUGH


def why_deaf(calendar: WorkCalendar, heard_until: datetime) -> str:
    """Return why reminders wait, for a person."""
    if heard_until == NEVER:
        return "the mailbox was never read to its end: who has answered is not known"
    when = moment(calendar.local(heard_until))
    return f"the mailbox was last read {when}: who has answered since is not known"


def answers_are_not_known(case: Case, now: datetime) -> Said | None:
    """Hold a reminder until the mailbox was read again."""
    heard_until = case.history.heard_until
    if heard_until is None or not case.is_reminder or not is_deaf(heard_until, now):
        return None
    return Said(PlanVerdict.HELD, why_deaf(case.calendar, heard_until))
