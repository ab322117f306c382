"""Reminders wait while nobody knows who has answered; nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import a_campaign, a_delivery, a_history, a_response
from hypothesis import given
from hypothesis import strategies as st

from mailer.model.delivery import DeliveryState as S
from mailer.model.history import NEVER
from mailer.planning.decision import PlanVerdict as V
from mailer.planning.hearing import ENOUGH
from mailer.planning.plan import decide, still_due
from mailer.planning.schedule import schedule

CAMPAIGN = a_campaign()
TIMES = schedule(CAMPAIGN)
ZONE = ZoneInfo("Europe/Ljubljana")
INVITED = a_delivery(
    state=S.ACCEPTED, first_begun_at=datetime(2019, 4, 8, 9, tzinfo=ZONE)
)
#: the reminder is due since eight
NOW = TIMES["reminder"].due + timedelta(minutes=5)
INSTANTS = st.datetimes(
    datetime(2018, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=st.just(UTC),
)


def decided(step, now=NOW, **known):
    """Return the decision on a step for somebody who was invited."""
    known.setdefault("deliveries", {"invitation": INVITED})
    history = a_history(**known)
    return decide(CAMPAIGN, TIMES, CAMPAIGN.step(step), history, now)


@pytest.mark.parametrize(
    ("heard_until", "verdict"),
    [
        (None, V.DUE),
        (NOW, V.DUE),
        (NOW - ENOUGH, V.DUE),
        (NOW - ENOUGH - timedelta(seconds=1), V.HELD),
        (NEVER, V.HELD),
        # Dated by a clock that was a year ahead.
        (NOW + timedelta(days=365), V.HELD),
    ],
)
def test_a_reminder_goes_if_the_mailbox_was_read_lately(heard_until, verdict):
    """An hour is enough; what was never read, or in the future, is not."""
    assert verdict is decided("reminder", heard_until=heard_until).verdict


def test_it_is_said_since_when_nobody_knows():
    """A person reads when the mailbox was read, by the office's clocks."""
    said = decided("reminder", heard_until=TIMES["reminder"].due - timedelta(days=1))
    never = decided("reminder", heard_until=NEVER)

    assert "the mailbox was last read Tue 23 Apr 2019, 08:00" in said.reason
    assert "never read" in never.reason


def test_before_its_time_a_reminder_waits_for_that():
    """The plan shows the date, whatever is wrong with the mailbox today."""
    early = TIMES["reminder"].due - timedelta(days=2)

    assert V.LATER is decided("reminder", early, heard_until=NEVER).verdict


def test_once_its_time_is_over_it_is_missed():
    """It is not held for ever."""
    late = TIMES["reminder"].expires

    assert V.MISSED is decided("reminder", late, heard_until=NEVER).verdict


@pytest.mark.parametrize(
    ("step", "known"),
    [
        ("invitation", {"deliveries": {}}),
        ("eve", {"responses": (a_response(kind="registered"),)}),
    ],
)
def test_other_letters_do_not_wait(step, known):
    """Nobody's silence is in them."""
    now = TIMES[step].due + timedelta(minutes=5)

    assert V.DUE is decided(step, now, heard_until=NEVER, **known).verdict


@given(now=INSTANTS, heard_until=INSTANTS)
def test_what_is_held_for_the_mailbox_would_be_due(now, heard_until):
    """It takes nothing from the other rules, also right before a message."""
    step = CAMPAIGN.step("reminder")
    known = a_history(deliveries={"invitation": INVITED})
    deaf = a_history(deliveries={"invitation": INVITED}, heard_until=heard_until)
    before = still_due(CAMPAIGN, TIMES, step, known, now)
    after = still_due(CAMPAIGN, TIMES, step, deaf, now)

    if abs(now - heard_until) <= ENOUGH or before.verdict not in (V.DUE, V.LATER):
        assert before == after
    elif before.verdict is V.DUE:
        assert V.HELD is after.verdict
    else:  # it waits for its day, or at night for the morning as well
        assert after == before or V.HELD is after.verdict
