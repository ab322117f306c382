"""
Decide, for each recipient and step, whether the message is due now.

The plan is never stored: it is worked out anew from the campaign, the ledger
and `now`, and once more for a single recipient right before each message
(`still_due`).
When a step is due is decided in `mailer.planning.schedule`; whether the
campaign may run at all (approval, pause) by whoever asks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mailer.planning.audience import (
    Case,
    Said,
    already_in_the_ledger,
    enough_reminders,
    not_addressed,
    nothing_to_remind_of,
    objected,
    opening_has_not_left,
    opening_left_too_late,
    suppressed,
    waits_for_a_person,
)
from mailer.planning.decision import Decision, PlanVerdict
from mailer.planning.hearing import answers_are_not_known
from mailer.planning.schedule import StepTime, after_response, schedule
from mailer.planning.spacing import another_is_on_its_way, goes_first, lets, peace
from mailer.planning.windows import WorkCalendar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from mailer.model.campaign import Campaign, Step
    from mailer.model.history import History


def plan(
    campaign: Campaign, histories: Iterable[History], now: datetime
) -> Iterator[Decision]:
    """
    Yield the decision on every step for each of `histories`, in their order.

    Args:
        campaign: What we say and when.
        histories: One per recipient; read one at a time.
        now: Aware.
    """
    times = schedule(campaign)
    for history in histories:
        for step in campaign.steps:
            yield decide(campaign, times, step, history, now)


def decide(
    campaign: Campaign,
    times: Mapping[str, StepTime],
    step: Step,
    history: History,
    now: datetime,
) -> Decision:
    """
    Return whether `step` is due for one recipient.

    Args:
        campaign: What we say and when.
        times: `schedule(campaign)`, worked out once for all recipients.
        step: One of the campaign's.
        history: All that has happened with the recipient in this campaign.
        now: Aware.
    """
    case = Case(campaign, WorkCalendar.of(campaign), step, history)
    said = already_in_the_ledger(case) or _unless_in_the_ledger(case, times, now)
    return Decision(history.recipient, step.name, said.verdict, said.at, said.reason)


def still_due(
    campaign: Campaign,
    times: Mapping[str, StepTime],
    step: Step,
    history: History,
    now: datetime,
) -> Decision:
    """
    Return what `decide` would say if the step's own ledger row were not there.

    The sender asks this right before a message; it goes only if it is DUE.
    """
    case = Case(campaign, WorkCalendar.of(campaign), step, history)
    said = _unless_in_the_ledger(case, times, now)
    return Decision(history.recipient, step.name, said.verdict, said.at, said.reason)


def _unless_in_the_ledger(
    case: Case, times: Mapping[str, StepTime], now: datetime
) -> Said:
    """Return what is to be said if the step's own row is not there, or set aside."""
    return (
        not_addressed(case)
        or suppressed(case)
        or nothing_to_remind_of(case)
        or objected(case)
        or enough_reminders(case)
        or _by_time(case, times, now)
    )


def _time(case: Case, times: Mapping[str, StepTime]) -> StepTime:
    """Return the step's time; for this recipient, if it follows their response."""
    if time := times.get(case.step.name):
        return time
    if case.response is None:
        raise AssertionError("not_addressed() lets only those through who responded")
    return after_response(case.campaign, case.step, case.response.at)


def _by_time(case: Case, times: Mapping[str, StepTime], now: datetime) -> Said:
    """Return what is left to say of a message that is for this recipient."""
    time = _time(case, times)
    if time.dropped:
        reason = f"due {case.when(time.due)}; {time.dropped}"
        return Said(PlanVerdict.MISSED, reason, time.expires)
    due, reasons = _due(case, time)
    leaves = case.calendar.next_opening(max(now, due))
    if leaves >= time.expires:
        reason = f"due {case.when(time.due)}; no time left before {time.until}"
        if due > time.due:
            reason = f"{reason}: {reasons[-1]}"
        return Said(PlanVerdict.MISSED, reason, time.expires)
    if stopped := opening_left_too_late(case, time.due) or waits_for_a_person(case):
        return stopped

    reason = "; ".join(reasons)
    if now < due:
        return Said(PlanVerdict.LATER, reason, due)
    waiting = opening_has_not_left(case) or answers_are_not_known(case, now)
    if waiting := waiting or _lets_another_first(case, times, now):
        return waiting
    if now < leaves:
        reason = f"{reason}; waits for the sending window"
        return Said(PlanVerdict.LATER, reason, leaves)
    return Said(PlanVerdict.DUE, reason, due)


def _due(case: Case, time: StepTime) -> tuple[datetime, tuple[str, ...]]:
    """Return when the step is due for this recipient, and why then."""
    rest = peace(case, time.due)
    if rest is None:
        return time.due, time.reasons
    return rest.until, (*time.reasons, rest.reason)


def _lets_another_first(
    case: Case, times: Mapping[str, StepTime], now: datetime
) -> Said | None:
    """Hold a message while another to the same recipient is about to leave."""
    if waiting := another_is_on_its_way(case, times):
        return waiting
    for step in goes_first(case, times):
        other = replace(case, step=step)
        said = _unless_in_the_ledger(other, times, now)
        if said.verdict is PlanVerdict.DUE:
            return lets(step.name)
    return None
