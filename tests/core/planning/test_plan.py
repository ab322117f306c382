"""Who is due, for one recipient of the conference of 2019 at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import a_campaign, a_delivery, a_history, a_recipient, a_response

from mailer.model.campaign import EVERYONE, SILENT, At, Finality, Relative, Step
from mailer.model.delivery import DeliveryState
from mailer.model.response import Suppression, SuppressionReason
from mailer.planning.decision import PlanVerdict as V
from mailer.planning.plan import decide, plan
from mailer.planning.schedule import schedule

LJUBLJANA = ZoneInfo("Europe/Ljubljana")

CAMPAIGN = a_campaign(
    responses={
        "registered": Finality.FINAL,
        "declined": Finality.FINAL,
        "question": Finality.PAUSE,
        "remark": Finality.OPEN,
    }
)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LJUBLJANA)


REMINDER_DAY = at(2019, 4, 24, 9)
FEW_DAYS_LATER = at(2019, 4, 26, 9)


def opened(state=DeliveryState.ACCEPTED, **changes):
    """Return a history whose invitation is in `state`."""
    begun = changes.pop("first_begun_at", at(2019, 4, 8, 9))
    row = a_delivery(state=state, first_begun_at=begun)
    return a_history(deliveries={"invitation": row}, **changes)


def verdicts(history, now, campaign=CAMPAIGN):
    return {one.step: one.verdict for one in plan(campaign, [history], now)}


def decision(step, history, now, campaign=CAMPAIGN):
    return decide(campaign, schedule(campaign), campaign.step(step), history, now)


def responses(*kinds):
    """Return responses of these kinds, a day apart, from 10 April."""
    first = at(2019, 4, 10, 10)
    return tuple(
        a_response(kind=kind, at=first + timedelta(days=n))
        for n, kind in enumerate(kinds)
    )


def test_nothing_is_due_before_the_campaign_opens():
    """On the eve of the dispatch every date is still to come."""
    assert {
        "invitation": V.LATER,
        "reminder": V.LATER,
        "last-call": V.LATER,
        "confirmation": V.NOT_FOR_THEM,
        "eve": V.NOT_FOR_THEM,
    } == verdicts(a_history(), at(2019, 4, 7, 12))


def test_a_decision_says_since_when_and_why():
    """The ledger gets the time of the plan, a person its reason."""
    due = decision("reminder", opened(), REMINDER_DAY)

    assert (V.DUE, at(2019, 4, 24, 8)) == (due.verdict, due.at)
    assert due.reason.startswith("5 working days before the deadline")


@pytest.mark.parametrize("day", [(4, 22), (4, 27), (5, 1), (5, 2), (5, 4), (5, 5)])
def test_nothing_is_due_on_closed_days(day):
    """Easter Monday, the holidays around 1 May and weekends stay quiet."""
    history = opened(responses=responses("question"))
    quiet = [opened(), a_history(), history, opened(responses=responses("registered"))]

    for hour in range(24):
        now = at(2019, *day, hour)
        decisions = plan(CAMPAIGN, quiet, now)
        assert V.DUE not in {one.verdict for one in decisions}


def test_the_silent_get_two_reminders_on_their_days():
    """On 24 and on 30 April one reminder each is due, and nothing else."""
    assert [
        ("2019-04-24", "reminder"),
        ("2019-04-30", "last-call"),
    ] == _walk(opened(), at(2019, 4, 9, 8))


def test_the_registered_get_confirmation_and_eve():
    """Who registers on 10 April hears at once, and on the day before the event."""
    history = opened(responses=responses("registered"))

    assert [
        ("2019-04-10", "confirmation"),
        ("2019-05-07", "eve"),
    ] == _walk(history, at(2019, 4, 10, 10))


def _walk(history, now):
    """Plan hour by hour until the event, and record what is due as accepted."""
    seen = []
    while now < at(2019, 5, 9):
        for one in plan(CAMPAIGN, [history], now):
            if one.verdict is V.DUE:
                seen.append((f"{now:%Y-%m-%d}", one.step))
                row = a_delivery(step=one.step, due_at=one.at)
                history = replace(
                    history, deliveries={**history.deliveries, one.step: row}
                )
        now += timedelta(hours=1)
    return seen


@pytest.mark.parametrize("state", DeliveryState)
def test_never_twice(state):
    """A row in the ledger is the end of planning, whatever became of it."""
    history = a_history(deliveries={"invitation": a_delivery(state=state)})

    assert V.DONE is decision("invitation", history, REMINDER_DAY).verdict


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (DeliveryState.PLANNED, V.HELD),
        (DeliveryState.BEGUN, V.HELD),
        (DeliveryState.ON_THE_WIRE, V.HELD),
        (DeliveryState.ACCEPTED, V.DUE),
        (DeliveryState.REFUSED, V.NOT_FOR_THEM),
        (DeliveryState.IN_DOUBT, V.HELD),
        (DeliveryState.BOUNCED, V.DUE),  # a full mailbox has room again
        (DeliveryState.DELIVERED, V.DUE),
        (DeliveryState.DELAYED, V.DUE),
        (DeliveryState.HELD, V.HELD),
        (DeliveryState.CANCELLED, V.NOT_FOR_THEM),
        (DeliveryState.SUPPRESSED, V.SUPPRESSED),
        (DeliveryState.ANSWERED, V.NOT_FOR_THEM),
        (DeliveryState.MISSED, V.NOT_FOR_THEM),
        (DeliveryState.ABANDONED, V.NOT_FOR_THEM),
    ],
)
def test_reminder_depends_on_what_became_of_the_opening(state, expected):
    """Only those whom the invitation reached are reminded of it."""
    said = decision("reminder", opened(state), REMINDER_DAY)

    assert expected is said.verdict
    if expected is not V.DUE:
        assert '"invitation"' in said.reason


def test_every_state_of_the_opening_is_decided():
    """A state that joins the ledger must get a rule here."""
    for state in DeliveryState:
        decision("reminder", opened(state), REMINDER_DAY)


def test_a_doubtful_opening_is_held_even_before_the_reminder_is_due():
    """The plan shows early that a person is needed."""
    said = decision("reminder", opened(DeliveryState.IN_DOUBT), at(2019, 4, 10, 9))

    assert V.HELD is said.verdict
    assert "in doubt" in said.reason


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        pytest.param((), V.DUE, id="silence"),
        pytest.param(("remark",), V.DUE, id="a remark leaves the reminders"),
        pytest.param(("registered",), V.NOT_FOR_THEM, id="registered"),
        pytest.param(("declined",), V.NOT_FOR_THEM, id="declined"),
        pytest.param(("question",), V.HELD, id="an open question"),
        pytest.param(("question", "remark"), V.DUE, id="a question dealt with"),
        pytest.param(("question", "declined"), V.NOT_FOR_THEM, id="then an answer"),
        pytest.param(("registered", "question"), V.NOT_FOR_THEM, id="then a question"),
        pytest.param(("declined", "remark"), V.NOT_FOR_THEM, id="then a remark"),
        pytest.param(("unheard-of",), V.DUE, id="a kind that left the file"),
    ],
)
def test_reminder_depends_on_the_responses(kinds, expected):
    """A final answer ends the reminders for ever; a question holds them."""
    history = opened(responses=responses(*kinds))

    assert expected is decision("reminder", history, REMINDER_DAY).verdict


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        pytest.param((), V.NOT_FOR_THEM, id="silence"),
        pytest.param(("registered",), V.DUE, id="registered"),
        pytest.param(("registered", "declined"), V.NOT_FOR_THEM, id="then declined"),
        pytest.param(("declined", "registered"), V.DUE, id="changed their mind"),
        pytest.param(("registered", "question"), V.DUE, id="asked for the way"),
        pytest.param(("question",), V.NOT_FOR_THEM, id="only asked"),
    ],
)
def test_eve_is_for_those_whose_answer_stands(kinds, expected):
    """The latest answer counts; a question does not take it back."""
    history = opened(responses=responses(*kinds))

    assert expected is decision("eve", history, at(2019, 5, 7, 9)).verdict


def test_a_receipt_for_questions():
    """A step for an open kind goes while that is the latest response."""
    receipt = Step("receipt", "question", Relative(0, "response"))
    campaign = a_campaign(steps=(*CAMPAIGN.steps, receipt))
    now = at(2019, 4, 12, 10)

    asked = opened(responses=responses("question"))
    settled = opened(responses=responses("question", "declined"))

    assert V.DUE is decision("receipt", asked, now, campaign).verdict
    assert V.NOT_FOR_THEM is decision("receipt", settled, now, campaign).verdict


def test_a_step_for_everyone_that_follows_a_response():
    """Without a response it has no time, and is for nobody yet."""
    thanks = Step("thanks", EVERYONE, Relative(1, "response"))
    campaign = a_campaign(steps=(*CAMPAIGN.steps, thanks))
    now = at(2019, 4, 12, 10)

    answered = opened(responses=responses("declined"))

    assert V.NOT_FOR_THEM is decision("thanks", opened(), now, campaign).verdict
    assert V.DUE is decision("thanks", answered, now, campaign).verdict


def test_confirmation_of_a_weekend_waits_for_the_window():
    """Who registers on Saturday is confirmed on Tuesday after Easter."""
    saturday = at(2019, 4, 20, 12)
    history = opened(responses=(a_response(at=saturday),))

    said = decision("confirmation", history, saturday + timedelta(hours=1))

    assert (V.LATER, at(2019, 4, 23, 8)) == (said.verdict, said.at)


@pytest.mark.parametrize("reason", SuppressionReason)
def test_nothing_is_due_to_a_suppressed_address(reason):
    """Whoever objected or bounced gets no step at all."""
    suppression = Suppression("obcina@ljubljana.example", reason, at(2019, 4, 9))
    history = opened(suppression=suppression, responses=responses("registered"))

    said = decision("eve", history, at(2019, 5, 7, 9))

    assert V.SUPPRESSED is said.verdict
    assert reason.value.replace("_", " ") in said.reason


def test_nothing_more_goes_to_a_dead_address():
    """A bounce ends the later steps where the address is dead, and only there."""
    rows = {
        "invitation": a_delivery(),
        "reminder": a_delivery(step="reminder", state=DeliveryState.BOUNCED),
    }

    dead = Suppression("a@b.example", SuppressionReason.HARD_BOUNCE, at(2019, 4, 25, 9))
    history = a_history(deliveries=rows)
    when = at(2019, 4, 30, 9)

    assert V.DUE is decision("last-call", history, when).verdict
    said = decision("last-call", replace(history, suppression=dead), when)
    assert V.SUPPRESSED is said.verdict
    assert "suppressed: hard bounce" == said.reason


def test_a_due_step_waits_for_the_window():
    """In the evening of the reminder's day it is for the next morning."""
    said = decision("reminder", opened(), at(2019, 4, 24, 20))

    assert (V.LATER, at(2019, 4, 25, 8)) == (said.verdict, said.at)
    assert "waits for the sending window" in said.reason


def test_a_late_scheduler_catches_up():
    """After a few days off, the reminder still goes: there is time for it."""
    assert V.DUE is decision("reminder", opened(), FEW_DAYS_LATER).verdict


def test_a_scheduler_off_over_both_reminders_sends_only_the_second():
    """What was due twice is said once: the reminder is missed, the call goes."""
    now = at(2019, 4, 30, 9)

    found = verdicts(opened(), now)

    assert (V.MISSED, V.DUE) == (found["reminder"], found["last-call"])


def test_nothing_after_the_deadline_and_the_event():
    """A scheduler that wakes up in summer sends nothing."""
    history = opened(responses=responses("registered"))
    now = at(2019, 6, 3, 9)

    assert {V.DONE, V.MISSED, V.NOT_FOR_THEM} == set(verdicts(history, now).values())
    assert V.MISSED is decision("invitation", a_history(), now).verdict


def test_missed_as_soon_as_no_window_is_left():
    """After closing time on the last day there is nothing to wait for."""
    said = decision("last-call", opened(), at(2019, 5, 3, 16))

    assert V.MISSED is said.verdict
    assert (
        "due Tue 30 Apr 2019, 08:00;"
        " no time left before the end of Fri 3 May 2019, the deadline"
    ) == said.reason


def test_last_minute_of_the_deadline_is_in_time():
    """The deadline is inclusive; only the window may end earlier."""
    assert V.DUE is decision("last-call", opened(), at(2019, 5, 3, 15, 59)).verdict


def test_no_reminder_on_the_heels_of_a_late_invitation():
    """An invitation caught up on 26 April is not followed by the one of the 24th."""
    history = opened(first_begun_at=FEW_DAYS_LATER)

    said = decision("reminder", history, FEW_DAYS_LATER + timedelta(minutes=5))

    assert V.MISSED is said.verdict
    assert "itself left only Fri 26 Apr 2019, 09:00" in said.reason
    assert V.LATER is decision("last-call", history, FEW_DAYS_LATER).verdict


def test_reminder_waits_for_an_invitation_that_was_not_planned():
    """Someone who joined the list late is invited before being reminded."""
    found = verdicts(a_history(), FEW_DAYS_LATER)

    assert (V.DUE, V.HELD) == (found["invitation"], found["reminder"])


def test_confirmation_goes_even_if_the_invitation_was_refused():
    """Who answers has been reached somehow; a confirmation reminds of nothing."""
    history = opened(DeliveryState.REFUSED, responses=responses("registered"))

    assert V.DUE is decision("confirmation", history, at(2019, 4, 10, 11)).verdict


def test_plan_streams():
    """A million histories are read one at a time."""

    def endless():
        while True:
            yield opened()

    first = next(plan(CAMPAIGN, endless(), REMINDER_DAY))

    assert a_recipient() == first.recipient


def test_now_may_be_in_any_zone():
    """The same instant gives the same plan wherever the machine stands."""
    local = decision("reminder", opened(), REMINDER_DAY)

    assert local == decision("reminder", opened(), REMINDER_DAY.astimezone(UTC))


def test_silent_opening_is_not_its_own_reminder():
    """A campaign may open with a step for the silent; it waits for nothing."""
    moment = datetime(2019, 4, 8, 9)  # noqa: DTZ001 - wall clock
    campaign = a_campaign(steps=(Step("call", SILENT, At(moment)),))

    found = decision("call", a_history(), at(2019, 4, 8, 10), campaign)

    assert V.DUE is found.verdict
