"""Right before a message planning is asked once more, for one recipient."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from factories import a_campaign, a_delivery, a_history, a_response

from mailer.model.delivery import DeliveryState
from mailer.planning.decision import PlanVerdict as V
from mailer.planning.plan import still_due
from mailer.planning.schedule import schedule

CAMPAIGN = a_campaign()


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("Europe/Ljubljana"))


BEGUN = at(2019, 4, 8, 9)
REMINDER_DAY = at(2019, 4, 24, 9)
OPENED = a_history(
    deliveries={
        "invitation": a_delivery(state=DeliveryState.ACCEPTED, first_begun_at=BEGUN)
    }
)


def test_still_due_sets_the_row_itself_aside():
    """Right before the message the same rules are asked again."""
    times = schedule(CAMPAIGN)
    step = CAMPAIGN.step("reminder")
    row = a_delivery(step="reminder", state=DeliveryState.BEGUN)
    history = OPENED
    history = replace(history, deliveries={**history.deliveries, "reminder": row})
    answered = replace(history, responses=(a_response(kind="declined", at=BEGUN),))

    def ask(case, now):
        return still_due(CAMPAIGN, times, step, case, now).verdict

    assert V.DUE is ask(history, REMINDER_DAY)
    assert V.NOT_FOR_THEM is ask(answered, REMINDER_DAY)
    assert V.LATER is ask(history, at(2019, 4, 24, 17))
    assert V.MISSED is ask(history, at(2019, 4, 30, 9))


def test_still_due_does_not_ask_what_became_of_the_row_itself():
    """Only the other messages' bounces speak against this one."""
    row = a_delivery(step="reminder", state=DeliveryState.BOUNCED)
    history = OPENED
    history = replace(history, deliveries={**history.deliveries, "reminder": row})

    said = still_due(
        CAMPAIGN, schedule(CAMPAIGN), CAMPAIGN.step("reminder"), history, REMINDER_DAY
    )

    assert V.DUE is said.verdict
