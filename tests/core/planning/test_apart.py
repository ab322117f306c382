"""Two messages to one recipient keep their distance, and reminders have a limit."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from factories import a_campaign, a_delivery, a_history, a_response

from mailer.model.campaign import EVERYONE, SILENT, At, Relative, Step
from mailer.model.delivery import DeliveryState
from mailer.planning.decision import PlanVerdict as V
from mailer.planning.plan import decide, plan, still_due
from mailer.planning.schedule import schedule

INVITATION = a_campaign().steps[0]


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001 - naive on purpose


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("Europe/Ljubljana"))


def apart(days, *steps, **changes):
    """Return a campaign whose messages keep `days` working days apart."""
    return a_campaign(
        steps=(INVITATION, *steps), working_days_apart=days, event=None, **changes
    )


def silent(name, day, **changes):
    """Return a reminder at nine on a day of April 2019."""
    return Step(name, SILENT, At(wall(2019, 4, day, 9)), **changes)


def got(*rows, **changes):
    """Return a history with deliveries (step, state, first begun)."""
    deliveries = {
        step: a_delivery(step=step, state=state, first_begun_at=begun)
        for step, state, begun in rows
    }
    return a_history(deliveries=deliveries, **changes)


def decision(campaign, step, history, now):
    return decide(campaign, schedule(campaign), campaign.step(step), history, now)


ACCEPTED = DeliveryState.ACCEPTED
INVITED = ("invitation", ACCEPTED, at(2019, 4, 8, 9))


def test_a_reminder_too_near_moves_on_and_says_so():
    """A day after the invitation becomes three working days after it."""
    campaign = apart(3, silent("reminder", 9))

    time = schedule(campaign)["reminder"]

    assert at(2019, 4, 11, 8) == time.due
    assert at(2019, 4, 9).date() == time.moved_from
    assert (
        'less than 3 working days after "invitation": moved to Thu 11 Apr 2019, 08:00'
        == time.reasons[-1]
    )


def test_days_without_work_are_no_distance():
    """From Thursday before Easter, two working days are Tuesday after it."""
    campaign = apart(2, silent("first", 18), silent("second", 19))

    assert at(2019, 4, 23, 8) == schedule(campaign)["second"].due


def test_each_keeps_apart_from_the_one_that_was_moved():
    """Three on following days spread out, and the next one ends each."""
    campaign = apart(2, silent("a", 9), silent("b", 10), silent("c", 11))

    times = schedule(campaign)

    assert [at(2019, 4, 10, 8), at(2019, 4, 12, 8), at(2019, 4, 16, 8)] == [
        times[name].due for name in "abc"
    ]
    assert [times["b"].due, times["c"].due] == [times[name].expires for name in "ab"]


def test_a_reminder_that_no_longer_fits_is_dropped_and_said():
    """Moved beyond its own limit, it does not go, and the next one takes its place."""
    campaign = apart(
        4, silent("reminder", 9, not_after=wall(2019, 4, 11)), silent("last", 12)
    )

    times = schedule(campaign)

    assert (
        "never goes out: Thu 11 Apr 2019, 00:00, the step's own limit comes first"
        == times["reminder"].dropped
    )
    assert ("", at(2019, 4, 12, 9)) == (times["last"].dropped, times["last"].due)
    said = decision(campaign, "reminder", got(INVITED), at(2019, 4, 10, 9))
    assert V.MISSED is said.verdict
    assert times["reminder"].dropped in said.reason


@pytest.mark.parametrize(
    ("when", "why"),
    [
        (Relative(-30, "answer_by"), "never goes out: it is before 'invitation'"),
        (Relative(0, "invitation"), "never goes out: it goes with 'invitation'"),
    ],
)
def test_a_reminder_not_after_the_invitation_is_dropped(when, why):
    """Nobody is reminded of what will only be said."""
    time = schedule(apart(0, Step("early", SILENT, when)))["early"]

    assert not time.fits
    assert why == time.dropped


def test_a_reminder_on_the_day_of_the_invitation_keeps_apart_from_it():
    """Where a distance is asked for, it moves instead."""
    time = schedule(apart(2, Step("soon", SILENT, Relative(0, "invitation"))))["soon"]

    assert ("", at(2019, 4, 10, 8)) == (time.dropped, time.due)


def test_no_distance_is_kept_if_the_campaign_asks_for_none():
    """Without the key nothing moves."""
    assert at(2019, 4, 9, 9) == schedule(apart(0, silent("r", 9)))["r"].due


def test_steps_for_those_who_answered_do_not_move():
    """Who registered gets the last information on its day."""
    news = Step("news", EVERYONE, At(wall(2019, 4, 16, 9)))
    eve = Step("eve", "registered", At(wall(2019, 4, 17, 9)))

    assert at(2019, 4, 17, 9) == schedule(apart(5, news, eve))["eve"].due


def test_a_late_invitation_pushes_the_reminder():
    """Caught up on the 23rd, it leaves the recipient in peace for three days."""
    campaign = apart(3, silent("reminder", 24))
    late = got(("invitation", ACCEPTED, at(2019, 4, 23, 11)))

    said = decision(campaign, "reminder", late, at(2019, 4, 24, 9))

    assert (V.LATER, at(2019, 4, 26, 8)) == (said.verdict, said.at)
    assert (
        'at least 3 working days after "invitation",'
        " which left Tue 23 Apr 2019, 11:00" in said.reason
    )
    assert V.DUE is decision(campaign, "reminder", late, at(2019, 4, 26, 8)).verdict


def test_missed_if_peace_lasts_until_the_end():
    """The reason says which message was in the way."""
    campaign = apart(5, silent("reminder", 30))
    late = got(("invitation", ACCEPTED, at(2019, 4, 29, 11)))

    said = decision(campaign, "reminder", late, at(2019, 4, 30, 9))

    assert V.MISSED is said.verdict
    assert 'after "invitation", which left Mon 29 Apr 2019' in said.reason


def test_a_confirmation_counts_but_does_not_wait():
    """Whose question was answered yesterday is not reminded today."""
    receipt = Step("receipt", "remark", Relative(0, "response"))
    campaign = apart(2, silent("reminder", 24), receipt)
    remark = a_response(kind="remark", at=at(2019, 4, 23, 9))
    asked = got(INVITED, responses=(remark,))
    thanked = got(
        INVITED, ("receipt", ACCEPTED, at(2019, 4, 23, 9)), responses=(remark,)
    )

    now = at(2019, 4, 24, 9)
    assert V.DUE is decision(campaign, "receipt", asked, at(2019, 4, 23, 9)).verdict
    assert at(2019, 4, 25, 8) == decision(campaign, "reminder", thanked, now).at


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (DeliveryState.PLANNED, V.HELD),
        (DeliveryState.BEGUN, V.HELD),
        (DeliveryState.ON_THE_WIRE, V.HELD),
        (DeliveryState.ACCEPTED, V.LATER),
        (DeliveryState.IN_DOUBT, V.LATER),
        (DeliveryState.BOUNCED, V.LATER),
        (DeliveryState.REFUSED, V.DUE),
        (DeliveryState.CANCELLED, V.DUE),
        (DeliveryState.MISSED, V.DUE),
    ],
)
def test_what_became_of_the_news_before(state, expected):
    """What is under way goes first; what never left is in nobody's way."""
    news = Step("news", EVERYONE, At(wall(2019, 4, 16, 9)))
    campaign = apart(2, news, silent("reminder", 18))
    history = got(INVITED, ("news", state, at(2019, 4, 18, 8)))

    assert (
        expected is decision(campaign, "reminder", history, at(2019, 4, 18, 9)).verdict
    )


def test_of_two_that_were_missed_for_days_one_goes_first():
    """After days without a scheduler the earlier goes, and the other waits."""
    news = Step("news", EVERYONE, At(wall(2019, 4, 16, 9)))
    campaign = apart(2, news, silent("reminder", 18))

    found = {
        one.step: one.verdict
        for one in plan(campaign, [got(INVITED)], at(2019, 4, 19, 9))
    }

    assert (V.DUE, V.HELD) == (found["news"], found["reminder"])


def test_two_rows_under_way_do_not_wait_for_each_other():
    """The earlier step goes, whatever else is planned."""
    news = Step("news", EVERYONE, At(wall(2019, 4, 16, 9)))
    campaign = apart(2, news, silent("reminder", 18))
    begun = DeliveryState.BEGUN
    both = got(INVITED, ("news", begun, None), ("reminder", begun, None))
    times, now = schedule(campaign), at(2019, 4, 19, 9)

    assert V.DUE is still_due(campaign, times, news, both, now).verdict
    later = still_due(campaign, times, campaign.step("reminder"), both, now)
    assert (V.HELD, '"news" to the same recipient goes first') == (
        later.verdict,
        later.reason,
    )


def test_what_answers_the_recipient_goes_before_news():
    """Who has just registered is told so first."""
    news = Step("news", EVERYONE, At(wall(2019, 4, 16, 9)))
    campaign = apart(2, news, a_campaign().step("confirmation"))
    history = got(INVITED, responses=(a_response(at=at(2019, 4, 16, 8, 30)),))

    found = {
        one.step: one.verdict for one in plan(campaign, [history], at(2019, 4, 16, 9))
    }

    assert (V.DUE, V.HELD) == (found["confirmation"], found["news"])


def test_nothing_delays_the_opening():
    """Who answered before the invitation went still gets it on its day."""
    campaign = apart(2, a_campaign().step("confirmation"))
    history = a_history(responses=(a_response(at=at(2019, 4, 8, 8, 30)),))

    found = {
        one.step: one.verdict for one in plan(campaign, [history], at(2019, 4, 8, 9))
    }

    assert {"invitation": V.DUE, "confirmation": V.DUE} == found


def test_no_more_reminders_than_allowed():
    """Who had two, gets no third; the plan says so before and after."""
    steps = silent("a", 15), silent("b", 23), silent("c", 29)
    campaign = apart(0, *steps, max_reminders=2)
    had = [("a", ACCEPTED, at(2019, 4, 15, 9)), ("b", ACCEPTED, at(2019, 4, 23, 9))]

    said = decision(campaign, "c", got(INVITED, *had), at(2019, 4, 29, 9))

    assert (V.NOT_FOR_THEM, "has had 2 reminders, and at most 2 may go") == (
        said.verdict,
        said.reason,
    )
    reasons = schedule(campaign)["c"].reasons
    assert "nobody gets more than 2 reminders" in reasons[-1]
    assert 1 == len(schedule(campaign)["b"].reasons)


@pytest.mark.parametrize("state", DeliveryState)
def test_a_reminder_that_never_left_does_not_count(state):
    """Whom the first one missed, gets the last one."""
    campaign = apart(0, silent("a", 15), silent("b", 23), max_reminders=1)
    history = got(INVITED, ("a", state, at(2019, 4, 15, 9)))
    never = {"refused", "cancelled", "suppressed", "answered", "missed", "abandoned"}
    never |= {"objected"}

    verdict = decision(campaign, "b", history, at(2019, 4, 23, 9)).verdict

    assert (V.DUE if state.value in never else V.NOT_FOR_THEM) is verdict


def test_a_silent_opening_is_no_reminder():
    """The call that opens a campaign is not counted against its reminders."""
    call = Step("call", SILENT, At(wall(2019, 4, 8, 9)))
    campaign = a_campaign(steps=(call, silent("r", 23)), max_reminders=1, event=None)
    history = got(("call", ACCEPTED, at(2019, 4, 8, 9)))

    assert V.DUE is decision(campaign, "r", history, at(2019, 4, 23, 9)).verdict
    assert 1 == len(schedule(campaign)["r"].reasons)


def test_a_step_that_left_the_file_is_no_obstacle():
    """A row of a step that was removed since is only one message more."""
    campaign = apart(2, silent("r", 23), max_reminders=1)
    history = got(INVITED, ("gone", ACCEPTED, at(2019, 4, 22, 9)))

    said = decision(campaign, "r", history, at(2019, 4, 23, 9))

    assert (V.LATER, at(2019, 4, 24, 8)) == (said.verdict, said.at)
