"""
Decide when each step of a campaign is due, until when, and say why.

A step that counts back from the deadline or the event and meets a closed day
moves further back, never nearer to it; every other step moves to the next
opening of the sending window.
A step ends before it could embarrass: at the deadline, at the event's start, or
when the next message for the same silent audience is due.
Who is due is decided in `mailer.planning.plan`; that a campaign has what its
steps refer to (deadline, event, steps without a circle) in `mailer.campaign`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from mailer.model.campaign import EVERYONE, SILENT, At, Campaign, Relative, Step
from mailer.planning.windows import ONE_DAY, WorkCalendar
from mailer.planning.words import counted, full_day, listed, moment, short_day

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWER_BY = "answer_by"
EVENT = "event"
RESPONSE = "response"

GRACE = 10  #: working days in which a step may be caught up if nothing else ends it


@dataclass(frozen=True, slots=True)
class StepTime:
    """When a step may go out: from `due`, inside the window, before `expires`."""

    due: datetime  #: aware, UTC, inside the sending window
    expires: datetime  #: aware, UTC; the first instant at which it is too late
    reasons: tuple[str, ...]  #: why then, in plain English
    moved_from: date | None = None  #: the day it would have been, were it not closed
    until: str = ""  #: what `expires` is: "the end of Fri 3 May 2019, the deadline"

    @property
    def fits(self) -> bool:
        """Return whether there is any time between due and expiry."""
        return self.due < self.expires


class _Start(NamedTuple):
    due: datetime
    reasons: tuple[str, ...]
    moved_from: date | None


class _Anchor(NamedTuple):
    """What a relative step counts from."""

    day: date
    name: str  #: "the deadline (Fri 3 May 2019)"
    at: datetime | None = None  #: a step that counts on from it is not earlier


class _End(NamedTuple):
    at: datetime
    name: str


def schedule(campaign: Campaign) -> dict[str, StepTime]:
    """
    Return the time of every step that is the same for all recipients.

    Steps that follow a recipient's own response are left out; ask
    `after_response` for those.
    """
    calendar = WorkCalendar.of(campaign)
    starts = {
        step.name: _start(campaign, calendar, step, None)
        for step in campaign.steps
        if not follows_response(campaign, step)
    }
    # Sorting is stable: of two silent steps at one time the later in the file stays.
    silent = sorted(
        (name for name in starts if campaign.step(name).to == SILENT),
        key=lambda name: starts[name].due,
    )
    followers = dict(pairwise(silent))

    times = {}
    for name, start in starts.items():
        ends = list(_ends(campaign, calendar, campaign.step(name), start.due))
        if follower := followers.get(name):
            ends.append(_End(starts[follower].due, f'the time of "{follower}"'))
        times[name] = _step_time(calendar, start, ends)
    return times


def after_response(campaign: Campaign, step: Step, responded_at: datetime) -> StepTime:
    """Return the time of a step that follows a response given at `responded_at`."""
    calendar = WorkCalendar.of(campaign)
    start = _start(campaign, calendar, step, responded_at)
    return _step_time(calendar, start, list(_ends(campaign, calendar, step, start.due)))


def follows_response(campaign: Campaign, step: Step) -> bool:
    """Return whether the step's time hangs on a recipient's own response."""
    if isinstance(step.when, At) or step.when.of in (ANSWER_BY, EVENT):
        return False
    if step.when.of == RESPONSE:
        return True
    return follows_response(campaign, campaign.step(step.when.of))


def _step_time(calendar: WorkCalendar, start: _Start, ends: list[_End]) -> StepTime:
    """Return the step's time, bounded by the earliest of `ends`."""
    day = calendar.add_working_days(calendar.local(start.due).date(), GRACE)
    late = f"the end of {full_day(day)}, {counted(GRACE, 'working day')} late"
    grace = _End(calendar.end_of(day), late)
    end = min(ends, key=lambda end: end.at, default=grace)
    reasons = start.reasons
    if end.at <= start.due:
        reasons += (f"never goes out: {end.name} comes first",)
    return StepTime(start.due, end.at, reasons, start.moved_from, end.name)


def _ends(
    campaign: Campaign, calendar: WorkCalendar, step: Step, due: datetime
) -> Iterator[_End]:
    """Yield what may end a step, other than the step after it."""
    follows = follows_response(campaign, step)
    if step.not_after:
        limit = moment(step.not_after)
        yield _End(calendar.instant(step.not_after), f"{limit}, the step's own limit")
    if campaign.answer_by:
        end = calendar.end_of(campaign.answer_by)
        asks = step.to == EVERYONE and not follows
        # Reminding after the deadline is never right, even if the file says so.
        if step.to == SILENT or (due < end and (asks or _counts_back(step, ANSWER_BY))):
            yield _End(end, f"the end of {full_day(campaign.answer_by)}, the deadline")
    if campaign.event:
        start = calendar.instant(campaign.event.start)
        if due < start or follows or _counts_back(step, EVENT):
            words = moment(campaign.event.start)
            yield _End(start, f"{words}, the start of the event")


def _counts_back(step: Step, of: str) -> bool:
    when = step.when
    return isinstance(when, Relative) and when.of == of and when.days <= 0


def _start(
    campaign: Campaign,
    calendar: WorkCalendar,
    step: Step,
    responded_at: datetime | None,
) -> _Start:
    """Return when the step is due and why, whatever may end it."""
    if isinstance(step.when, At):
        reason = f"at the time given ({moment(step.when.local)})"
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
            at = _start(campaign, calendar, step, responded_at).due
            name = f'"{other}"'
    day = calendar.local(at).date()
    return _Anchor(day, f"{name} ({full_day(day)})", at)


def _settle(
    calendar: WorkCalendar, wanted: datetime, reason: str, *, back: bool = False
) -> _Start:
    """Return the start at `wanted`, or where the sending window lets it be."""
    local = calendar.local(wanted)
    day = local.date()
    closed = calendar.why_closed(day)
    if closed and back:
        due = calendar.opening(calendar.add_working_days(day, -1))
    else:
        due = calendar.next_opening(wanted)
    if due == wanted:
        return _Start(due, (reason,), None)

    window = calendar.window
    why = (
        f"{full_day(day)} is closed ({closed})"
        if closed
        else f"{local:%H:%M} is outside the sending window"
        f" ({window.opens:%H:%M} to {window.closes:%H:%M})"
    )
    moved = f"{why}: moved to {moment(calendar.local(due))}"
    other_day = calendar.local(due).date() != day
    return _Start(due, (reason, moved), day if other_day else None)


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
