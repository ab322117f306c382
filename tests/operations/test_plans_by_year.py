"""The plans of both bundled campaigns, in their own years and in the next ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories import a_delivery, a_history, a_response
from goldens import GOLDEN
from plans import ALL, OWN, campaign_in, plans_by_year

from mailer.model.campaign import EVERYONE, SILENT
from mailer.planning.as_text import plan_as_text
from mailer.planning.decision import PlanVerdict
from mailer.planning.plan import plan
from mailer.planning.schedule import after_response, follows_response, schedule
from mailer.planning.windows import WorkCalendar

pytestmark = pytest.mark.parametrize(("name", "year"), ALL)

#: how a municipality that never answers is reminded of each campaign
REMINDED = {
    ("conference", 2019): ["04-08", "04-24", "04-30"],
    ("conference", 2026): ["04-08", "04-23", "04-30"],
    ("conference", 2027): ["04-08", "04-23", "04-30"],
    ("conference", 2028): ["04-10", "04-21", "04-28"],
    ("ministry-letter", 2017): ["09-28", "10-12", "10-19"],
    ("ministry-letter", 2026): ["09-28", "10-12", "10-19"],
    ("ministry-letter", 2027): ["09-28", "10-12", "10-19"],
    ("ministry-letter", 2028): ["09-28", "10-12", "10-19"],
}


def test_the_plan_is_the_golden_one(name, year):
    """Every date and every reason, to the byte; `make golden` rewrites them."""
    campaign = campaign_in(name, year)
    file = f"{name}.txt" if year == OWN[name] else f"{name}-{year}.txt"

    said = plan_as_text(campaign, schedule(campaign))

    assert (GOLDEN / "plans" / file).read_text("utf-8") == said
    assert year == OWN[name] or f"plans/{file}" in plans_by_year()


def test_no_step_is_due_on_a_closed_day_or_too_late(name, year):
    """No holiday, no hour outside the window, nothing after the deadline."""
    campaign = campaign_in(name, year)
    calendar = WorkCalendar.of(campaign)

    for step, time in schedule(campaign).items():
        assert not calendar.why_closed(calendar.local(time.due).date()), step
        assert time.due == calendar.next_opening(time.due), step
        assert "" == time.dropped, step
        if campaign.answer_by and campaign.step(step).to in (EVERYONE, SILENT):
            assert time.expires <= calendar.end_of(campaign.answer_by), step


def test_each_moved_date_has_its_reason(name, year):
    """A time given that was moved says from which day and why; others have a rule."""
    campaign = campaign_in(name, year)
    calendar = WorkCalendar.of(campaign)

    for step, time in schedule(campaign).items():
        when = campaign.step(step).when
        given = getattr(when, "local", None)
        moved = given is not None and given.date() != calendar.local(time.due).date()
        assert moved == (time.moved_from is not None), step
        assert moved == ("moved to" in time.reasons[-1]), step
        if moved:
            assert given.date() == time.moved_from
            assert calendar.why_closed(given.date()) in time.reasons[-1]


def test_the_silent_are_reminded_on_these_days(name, year):
    """Played hour by hour for a municipality that never answers."""
    found = [f"{day:%m-%d}" for day, _ in _played(campaign_in(name, year))]

    assert REMINDED[name, year] == found


def test_who_answers_is_confirmed_and_not_reminded(name, year):
    """An answer two days after the opening ends the reminders."""
    campaign = campaign_in(name, year)
    kind = next(iter(campaign.responses))
    opening = schedule(campaign)[campaign.steps[0].name].due
    details = {"kakovost": "pridruzi", "zadovoljstvo": "ne"}
    answer = a_response(kind=kind, at=opening + timedelta(days=2), details=details)

    played = _played(campaign, answer)

    silent = {step.name for step in campaign.steps if step.to == SILENT}
    assert not silent & {step for _, step in played}
    assert "confirmation" in {step for _, step in played}


@pytest.mark.parametrize("hours", range(0, 24 * 40, 37))
def test_what_follows_an_answer_goes_on_a_working_day_before_its_end(name, year, hours):
    """Whenever somebody answers, to the week after the holidays of autumn."""
    campaign = campaign_in(name, year)
    calendar = WorkCalendar.of(campaign)
    answered = schedule(campaign)[campaign.steps[0].name].due + timedelta(hours=hours)

    for step in campaign.steps:
        if not follows_response(campaign, step):
            continue
        time = after_response(campaign, step, answered)
        assert time.due == calendar.next_opening(time.due)
        assert time.due >= answered
        assert time.dropped or time.due < calendar.instant(step.not_after)


def _played(campaign, answer=None) -> list[tuple[date, str]]:
    """Return what leaves to one municipality, and on which day."""
    calendar, left, history = WorkCalendar.of(campaign), [], a_history()
    now = schedule(campaign)[campaign.steps[0].name].due - timedelta(days=3)
    for _ in range(24 * 60):
        now += timedelta(hours=1)
        if answer and now >= answer.at:
            history = replace(history, responses=(answer,))
        for one in plan(campaign, [history], now):
            if one.verdict is PlanVerdict.DUE:
                left.append((calendar.local(now).date(), one.step))
                row = a_delivery(step=one.step, first_begun_at=now)
                rows = {**history.deliveries, one.step: row}
                history = replace(history, deliveries=rows)
    return left
