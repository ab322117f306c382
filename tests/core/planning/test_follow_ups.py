"""Steps for answers of some categories: who gets them, when, and what is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from factories import a_delivery, a_history, a_response
from letters import a_bundled_campaign

from mailer.model.answers import answer_in
from mailer.model.campaign import EVERYONE, SILENT
from mailer.model.delivery import DeliveryState
from mailer.planning.decision import PlanVerdict
from mailer.planning.if_answered import if_answered
from mailer.planning.plan import decide, still_due
from mailer.planning.schedule import after_response, schedule
from mailer.planning.windows import WorkCalendar

CAMPAIGN = a_bundled_campaign("ministry-letter")
TIMES = schedule(CAMPAIGN)
CALENDAR = WorkCalendar.of(CAMPAIGN)
NAMES = [one.name for one in CAMPAIGN.categories]
FOLLOW_UPS = ("confirmation", "request", "workshop")
JOINS = {"OBA", "KAKOVOST", "ZADOVOLJSTVO"}


def at(month: int, day: int, hour: int = 9) -> datetime:
    """Return an hour of 2017 by the office's clocks."""
    return CALENDAR.instant(datetime(2017, month, day, hour))  # noqa: DTZ001


def answered(*answers: tuple[str, datetime], **rows: object):
    """Return a municipality with answers of these categories, at these times."""
    responses = tuple(
        a_response(
            kind="returned",
            at=when,
            details=answer_in(CAMPAIGN.categories, CAMPAIGN.form, name),
        )
        for name, when in answers
    )
    return a_history(responses=responses, deliveries=rows)


def decided(history, now, step):
    return decide(CAMPAIGN, TIMES, CAMPAIGN.step(step), history, now)


def due(history, now):
    """Return the follow-ups that go now."""
    return {
        step
        for step in FOLLOW_UPS
        if decided(history, now, step).verdict is PlanVerdict.DUE
    }


@pytest.mark.parametrize("name", NAMES)
def test_each_answer_has_its_follow_ups(name):
    """On a day on which all three may go."""
    history = answered((name, at(10, 19)))
    expected = {"request"} if name == "NEPOPOLN" else {"confirmation"}

    assert expected | ({"workshop"} if name in JOINS else set()) == due(
        history, at(10, 24)
    )


def test_the_reason_names_the_categories():
    said = decided(answered(("NE", at(10, 19))), at(10, 24), "workshop")

    assert PlanVerdict.NOT_FOR_THEM is said.verdict
    assert "for those whose answer is OBA, KAKOVOST or ZADOVOLJSTVO" == said.reason


def test_who_completes_the_form_in_time_is_not_asked():
    """The newest answer decides, also over a row that is planned already."""
    half, whole = ("NEPOPOLN", at(10, 9)), ("OBA", at(10, 11, 8))
    planned = a_delivery(step="request", state=DeliveryState.BEGUN)

    assert {"request"} == due(answered(half), at(10, 11))
    assert {"confirmation"} == due(answered(half, whole), at(10, 11))
    stopped = still_due(
        CAMPAIGN,
        TIMES,
        CAMPAIGN.step("request"),
        answered(half, whole, request=planned),
        at(10, 11),
    )
    assert PlanVerdict.NOT_FOR_THEM is stopped.verdict


def test_who_was_asked_and_completes_it_is_confirmed():
    """And not asked again, should a later answer be incomplete once more."""
    asked = a_delivery(step="request", first_begun_at=at(10, 11))
    half, whole = ("NEPOPOLN", at(10, 9)), ("NE", at(10, 12))
    again = ("NEPOPOLN", at(10, 16))

    assert {"confirmation"} == due(answered(half, whole, request=asked), at(10, 13))
    assert set() == due(answered(half, whole, again, request=asked), at(10, 19))


def test_a_change_of_mind_is_heeded_until_the_message_goes():
    joins, not_any_more = ("OBA", at(10, 5)), ("NE", at(10, 20))
    confirmed = a_delivery(step="confirmation", first_begun_at=at(10, 5))

    later = decided(answered(joins, confirmation=confirmed), at(10, 6), "workshop")
    assert (PlanVerdict.LATER, at(10, 23, 8)) == (later.verdict, later.at)
    assert set() == due(
        answered(joins, not_any_more, confirmation=confirmed), at(10, 23)
    )
    assert {"workshop"} == due(
        answered(not_any_more, ("OBA", at(10, 25)), confirmation=confirmed),
        at(10, 25, 10),
    )


def test_a_question_does_not_take_the_answer_back():
    """Who joins and then asks for the way is invited all the same."""
    history = answered(("KAKOVOST", at(10, 19)))
    asks = a_response(kind="question", at=at(10, 20))
    history = replace(history, responses=(*history.responses, asks))

    assert "workshop" in due(history, at(10, 24))


def test_no_request_over_an_open_question():
    """They wait for our answer; we do not ask for theirs meanwhile."""
    history = answered(("NEPOPOLN", at(10, 9)))
    asks = a_response(kind="question", at=at(10, 10))
    asking = replace(history, responses=(*history.responses, asks))

    held = decided(asking, at(10, 12), "request")

    assert PlanVerdict.HELD is held.verdict
    assert 'a person has to deal with the "question"' in held.reason
    assert {"request"} == due(history, at(10, 12))


def test_what_answers_them_does_not_wait_for_a_question():
    history = answered(("OBA", at(10, 24)))
    asks = a_response(kind="question", at=at(10, 24))
    asking = replace(history, responses=(*history.responses, asks))

    assert {"confirmation", "workshop"} == due(asking, at(10, 24))


def test_a_later_joiner_is_invited_until_the_steps_own_limit():
    """On Friday at noon still, on Friday at four no more."""
    assert "workshop" in due(answered(("OBA", at(10, 27, 12))), at(10, 27, 12))
    missed = decided(answered(("OBA", at(10, 27, 17))), at(10, 27, 17), "workshop")
    assert PlanVerdict.MISSED is missed.verdict
    assert "Fri 27 Oct 2017, 16:00, the step's own limit" in missed.reason


def test_the_request_leaves_out_the_two_holidays():
    """31 October and 1 November are no working days: Monday and two are Friday."""
    step = replace(CAMPAIGN.step("request"), not_after=None)

    time = after_response(CAMPAIGN, step, at(10, 30))

    assert at(11, 3, 8) == time.due
    assert (
        "31 Oct (dan reformacije) and 1 Nov (dan spomina na mrtve) do not count"
        in time.reasons[0]
    )


@pytest.mark.parametrize("step", ["confirmation", "request"])
def test_no_follow_up_is_due_on_a_closed_day_or_after_its_end(step):
    """Whenever they answer, from the letter to Christmas."""
    follow_up = CAMPAIGN.step(step)
    for hours in range(0, 24 * 92, 5):
        time = after_response(CAMPAIGN, follow_up, at(9, 28) + timedelta(hours=hours))

        assert time.due == CALENDAR.next_opening(time.due)
        assert time.expires <= CALENDAR.instant(follow_up.not_after)
        assert bool(time.dropped) == (time.due >= time.expires)


def test_what_follows_an_answer_may_end_after_the_event_only_if_it_says_so():
    """Who returns the form in November is thanked; the conference is over then."""
    confirmation = CAMPAIGN.step("confirmation")
    late = at(11, 6)

    assert "" == after_response(CAMPAIGN, confirmation, late).dropped
    assert "the start of the event" in (
        after_response(CAMPAIGN, replace(confirmation, not_after=None), late).dropped
    )


def test_the_silent_are_told_what_would_follow():
    """Each step with the answer it is for; what is for all has nothing to add."""
    now = datetime(2017, 10, 24, 7, tzinfo=UTC)
    found = {
        step.name: if_answered(CAMPAIGN, TIMES, step, a_history(), now)
        for step in CAMPAIGN.steps
    }

    for step in CAMPAIGN.steps:
        assert (found[step.name] is None) == (step.to in (EVERYONE, SILENT))
    assert (PlanVerdict.DUE, at(10, 23, 8)) == (
        found["workshop"].verdict,
        found["workshop"].at,
    )
    # Two working days later its limit is over.
    assert PlanVerdict.MISSED is found["request"].verdict


def test_before_the_opening_nobody_answers():
    """What would follow is told as of the day on which the letter goes."""
    said = if_answered(
        CAMPAIGN, TIMES, CAMPAIGN.step("confirmation"), a_history(), at(9, 1)
    )

    assert (PlanVerdict.LATER, TIMES["letter"].due) == (said.verdict, said.at)


def test_what_is_theirs_or_will_never_be_is_not_told_again():
    joined = answered(("OBA", at(10, 19)))
    gone = a_history(
        deliveries=MappingProxyType({"request": a_delivery(step="request")})
    )

    def told(history, step):
        return if_answered(CAMPAIGN, TIMES, CAMPAIGN.step(step), history, at(10, 20))

    assert None is told(joined, "workshop")
    assert None is told(gone, "request")
    assert told(joined, "request") is not None
