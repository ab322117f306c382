"""
C15: who objected gets no more reminders of that campaign; what answers them goes.

Field 6.10: asked again right before each message (`still_due`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import a_campaign, a_delivery, a_history, a_response, an_objection
from hypothesis import given
from hypothesis import strategies as st

from mailer.model.delivery import DeliveryState
from mailer.model.response import Suppression, SuppressionReason
from mailer.planning.decision import PlanVerdict as V
from mailer.planning.plan import plan, still_due
from mailer.planning.schedule import is_reminder, schedule

CAMPAIGN = a_campaign()
REMINDERS = [step.name for step in CAMPAIGN.steps if is_reminder(CAMPAIGN, step)]


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("Europe/Ljubljana"))


REMINDER_DAY = at(2019, 4, 24, 9)
INVITED = {"invitation": a_delivery(first_begun_at=at(2019, 4, 8, 9))}


def verdicts(history, now=REMINDER_DAY):
    return {one.step: one.verdict for one in plan(CAMPAIGN, [history], now)}


def test_no_reminder_goes_to_who_objected():
    """The plan says so, and since when."""
    history = a_history(deliveries=INVITED, objection=an_objection())
    [said] = [
        one for one in plan(CAMPAIGN, [history], REMINDER_DAY) if one.step == "reminder"
    ]

    assert V.OBJECTED is said.verdict
    assert "wants no more reminders (Wed 10 Apr 2019, 10:00)" == said.reason
    assert V.OBJECTED is verdicts(history)["last-call"]


def test_what_they_send_later_is_still_confirmed():
    """An objection is to reminders, not to official mail."""
    registered = a_response(at=at(2019, 4, 24, 8))
    history = a_history(
        deliveries=INVITED, objection=an_objection(), responses=(registered,)
    )
    found = verdicts(history)

    assert (V.DUE, V.LATER) == (found["confirmation"], found["eve"])
    assert V.NOT_FOR_THEM is found["reminder"]


def test_the_opening_is_no_reminder():
    """Who objected on the telephone before it left still gets the letter itself."""
    found = verdicts(a_history(objection=an_objection()), at(2019, 4, 8, 9, 30))

    assert V.DUE is found["invitation"]


def test_an_address_that_is_written_off_says_so_first():
    dead = Suppression("x", SuppressionReason.HARD_BOUNCE, REMINDER_DAY)
    history = a_history(deliveries=INVITED, objection=an_objection(), suppression=dead)

    assert V.SUPPRESSED is verdicts(history)["reminder"]


def test_asked_again_right_before_the_message():
    """The reminder's own row is there, and planned."""
    row = a_delivery(step="reminder", state=DeliveryState.BEGUN)
    before = a_history(deliveries=INVITED | {"reminder": row})
    after = replace(before, objection=an_objection())
    times = schedule(CAMPAIGN)

    def ask(history):
        step = CAMPAIGN.step("reminder")
        return still_due(CAMPAIGN, times, step, history, REMINDER_DAY).verdict

    assert (V.DUE, V.OBJECTED) == (ask(before), ask(after))


@given(
    st.integers(0, 40 * 24),
    st.lists(st.sampled_from(["registered", "declined", "question"]), max_size=3),
    st.sampled_from(DeliveryState),
)
def test_never_a_reminder_after_an_objection(hours, kinds, state):
    """Whenever it is asked, whatever they answered, wherever the opening stands."""
    now = at(2019, 4, 8, 9) + timedelta(hours=hours)
    opening = a_delivery(state=state, first_begun_at=at(2019, 4, 8, 9))
    history = a_history(
        deliveries={"invitation": opening},
        responses=tuple(a_response(kind=kind) for kind in kinds),
        objection=an_objection(),
    )
    found = verdicts(history, now)

    assert not {V.DUE, V.LATER, V.HELD} & {found[name] for name in REMINDERS}


@pytest.mark.parametrize("kind", ["registered", "declined"])
def test_an_objection_changes_nothing_else(kind):
    """All other steps are decided as without it."""
    answered = a_history(deliveries=INVITED, responses=(a_response(kind=kind),))
    without = verdicts(answered)
    found = verdicts(replace(answered, objection=an_objection()))

    assert without == found
