"""
Decide when a step is due by its own rule, and say why.

A step that counts back from the deadline or the event and meets a closed day
moves further back, never nearer to it; every other step moves to the next
opening of the sending window.
What ends a step, and what keeps two of them apart, is decided in
`mailer.planning.schedule`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from mailer.model.campaign import At, Campaign, Relative, Step
from mailer.planning.windows import ONE_DAY, WorkCalendar
from mailer.planning.words import counted, full_day, listed, moment, short_day

if TYPE_CHECKING:
    from datetime import date, datetime

ANSWER_BY = "answer_by"
EVENT = "event"
RESPONSE = "response"


class Start(NamedTuple):
    """When a step is due, whatever may end it."""

    due: datetime  #: aware, UTC, inside the sending window
    reasons: tuple[str, ...]  #: why then, in plain English
    moved_from: date | None  #: the day it would have been, were it not moved


class _Anchor(NamedTuple):
    """What a relative step counts from."""

    day: date
    name: str  #: "the deadline (Fri 3 May 2019)"
    at: datetime | None = None  #: a step that counts on from it is not earlier


def start_of(
    campaign: Campaign,
    calendar: WorkCalendar,
    step: Step,
    responded_at: datetime | None,
) -> Start:
    """
    Return when `step` is due and why, whatever may end it.

    Args:
        campaign: The step's.
        calendar: The office's.
        step: What it counts from, `mailer.campaign` made sure of.
        responded_at: When the recipient did; for a step that follows a response.
    """
    if isinstance(step.when, At):
        reason = f"at the time given ({moment(step.when.local)})"
        if change := calendar.clock_change(step.when.local):
            reason = f"{reason}; {change}"
        return _settle(calendar, calendar.instant(step.when.local), reason)

    when = step.when
    anchor = _anchor(campaign, calendar, when.of, responded_at)
    if when.working:
        day = calendar.add_working_days(anchor.day, when.days)
    else:
        day = anchor.day + timedelta(days=when.days)
    wanted = calendar.opening(day)
    if anchor.at and when.days >= 0:
        wanted = max(wanted, anchor.at)
    # "On the day of the deadline" must not slide past the deadline either.
    back = when.days < 0 or (when.days == 0 and when.of in (ANSWER_BY, EVENT))
    reason = _counting(calendar, when, anchor, day)
    return _settle(calendar, wanted, reason, back=back)


def _anchor(
    campaign: Campaign,
    calendar: WorkCalendar,
    of: str,
    responded_at: datetime | None,
) -> _Anchor:
    """Return what "of" means; `mailer.campaign` made sure that it means something."""
    match of:
        case "answer_by":
            if campaign.answer_by is None:
                raise AssertionError("a step counts from answer_by, and there is none")
            day = campaign.answer_by
            return _Anchor(day, f"the deadline ({full_day(day)})")
        case "event":
            if campaign.event is None:
                raise AssertionError("a step counts from the event, and there is none")
            day = campaign.event.start.date()
            return _Anchor(day, f"the event ({full_day(day)})")
        case "response":
            if responded_at is None:
                raise AssertionError("a step follows a response, and there is none")
            at, name = responded_at, "the response"
        case other:
            step = campaign.step(other)
            at = start_of(campaign, calendar, step, responded_at).due
            name = f'"{other}"'
    day = calendar.local(at).date()
    return _Anchor(day, f"{name} ({full_day(day)})", at)


def _settle(
    calendar: WorkCalendar, wanted: datetime, reason: str, *, back: bool = False
) -> Start:
    """Return the start at `wanted`, or where the sending window lets it be."""
    local = calendar.local(wanted)
    day = local.date()
    closed = calendar.why_closed(day)
    if closed and back:
        due = calendar.opening(calendar.add_working_days(day, -1))
    else:
        due = calendar.next_opening(wanted)
    if due == wanted:
        return Start(due, (reason,), None)

    window = calendar.window
    why = (
        f"{full_day(day)} is closed ({closed})"
        if closed
        else f"{local:%H:%M} is outside the sending window"
        f" ({window.opens:%H:%M} to {window.closes:%H:%M})"
    )
    moved = f"{why}: moved to {moment(calendar.local(due))}"
    other_day = calendar.local(due).date() != day
    return Start(due, (reason, moved), day if other_day else None)


def _counting(
    calendar: WorkCalendar, when: Relative, anchor: _Anchor, day: date
) -> str:
    """Return the reason of a relative step, with the days that did not count."""
    if when.days == 0:
        return (
            f"on the day of {anchor.name}" if not anchor.at else f"after {anchor.name}"
        )
    distance = counted(abs(when.days), "working day" if when.working else "day")
    side = "before" if when.days < 0 else "after"
    reason = f"{distance} {side} {anchor.name}"
    skipped = _skipped(calendar, *sorted((anchor.day, day))) if when.working else []
    if not skipped:
        return reason
    verb = "does" if len(skipped) == 1 else "do"
    return f"{reason}; {listed(skipped)} {verb} not count"


def _skipped(calendar: WorkCalendar, first: date, last: date) -> list[str]:
    """Return the closed days between the two; weekends go without saying."""
    days = (first + ONE_DAY * n for n in range(1, (last - first).days))
    return [
        f"{short_day(day)} ({why})"
        for day in days
        if day.weekday() < 5 and (why := calendar.why_closed(day))  # noqa: PLR2004 - Saturday
    ]
