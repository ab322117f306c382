"""
Decide when each step of a campaign is due, until when, and say why.

A step ends before it could embarrass: at the deadline, at the event's start, or
when the next message for the same silent audience is due.
A message that nobody asked for keeps its distance from the one before it: it
moves on, and is dropped if there is no time left for it then.  What counts from
a step that moved so, still counts from the day that was meant.
When a step is due by its own rule is decided in `mailer.planning.start`; who is
due in `mailer.planning.plan`; that a campaign has what its
steps refer to (deadline, event, steps without a circle) in `mailer.campaign`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from mailer.model.campaign import EVERYONE, SILENT, At, Campaign, Relative, Step
from mailer.planning.start import ANSWER_BY, EVENT, RESPONSE, Start, start_of
from mailer.planning.windows import WorkCalendar
from mailer.planning.words import counted, full_day, moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

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

    @property
    def dropped(self) -> str:
        """Return why the step never goes out; "" if it does."""
        return "" if self.fits else self.reasons[-1]


class _End(NamedTuple):
    at: datetime
    name: str
    why_never: str = ""  #: why a step that meets it never goes out


def schedule(campaign: Campaign) -> dict[str, StepTime]:
    """
    Return the time of every step that is the same for all recipients.

    Steps that follow a recipient's own response are left out; ask
    `after_response` for those.
    """
    calendar = WorkCalendar.of(campaign)
    starts = {
        step.name: start_of(campaign, calendar, step, None)
        for step in campaign.steps
        if not follows_response(campaign, step)
    }
    ends: dict[str, list[_End]] = {}
    kept: list[Step] = []  # those that nobody asked for and that go out, by time
    # Sorting is stable: of two silent steps at one time the later in the file stays.
    for name in sorted(starts, key=lambda name: starts[name].due):
        step = campaign.step(name)
        if waits_its_turn(campaign, step) and kept:
            before = kept[-1].name
            starts[name] = _apart(campaign, calendar, starts[name], before, starts)
        ends[name] = list(_ends(campaign, calendar, step, starts[name].due))
        ends[name] += _without_opening(campaign, step, starts)
        if is_unasked(step) and all(end.at > starts[name].due for end in ends[name]):
            kept.append(step)

    reminders = [step.name for step in kept if step.to == SILENT]
    for name, follower in pairwise(reminders):
        ends[name].append(_End(starts[follower].due, f'the time of "{follower}"'))
    _say_the_limit(campaign, reminders, starts)
    return {
        name: _step_time(calendar, start, ends[name]) for name, start in starts.items()
    }


def is_unasked(step: Step) -> bool:
    """Return whether the step goes to people whatever, or because, they answered."""
    return step.to in (EVERYONE, SILENT)


def waits_its_turn(campaign: Campaign, step: Step) -> bool:
    """Return whether the step keeps apart from others; nothing delays the opening."""
    return is_unasked(step) and step.name != campaign.steps[0].name


def is_reminder(campaign: Campaign, step: Step) -> bool:
    """Return whether the step reminds of the campaign's opening."""
    return step.to == SILENT and step.name != campaign.steps[0].name


def after_response(campaign: Campaign, step: Step, responded_at: datetime) -> StepTime:
    """Return the time of a step that follows a response given at `responded_at`."""
    calendar = WorkCalendar.of(campaign)
    start = start_of(campaign, calendar, step, responded_at)
    return _step_time(calendar, start, list(_ends(campaign, calendar, step, start.due)))


def follows_response(campaign: Campaign, step: Step) -> bool:
    """Return whether the step's time hangs on a recipient's own response."""
    if isinstance(step.when, At) or step.when.of in (ANSWER_BY, EVENT):
        return False
    if step.when.of == RESPONSE:
        return True
    return follows_response(campaign, campaign.step(step.when.of))


def _step_time(calendar: WorkCalendar, start: Start, ends: list[_End]) -> StepTime:
    """Return the step's time, bounded by the earliest of `ends`."""
    day = calendar.add_working_days(calendar.local(start.due).date(), GRACE)
    late = f"the end of {full_day(day)}, {counted(GRACE, 'working day')} late"
    grace = _End(calendar.end_of(day), late)
    end = min(ends, key=lambda end: end.at, default=grace)
    reasons = start.reasons
    if end.at <= start.due:
        reasons += (f"never goes out: {end.why_never or f'{end.name} comes first'}",)
    return StepTime(start.due, end.at, reasons, start.moved_from, end.name)


def _apart(
    campaign: Campaign,
    calendar: WorkCalendar,
    start: Start,
    before: str,
    starts: Mapping[str, Start],
) -> Start:
    """Return the start of a step, moved on if it is too near to the one before."""
    free = calendar.free_again(starts[before].due, campaign.working_days_apart)
    if free <= start.due:
        return start
    days = counted(campaign.working_days_apart, "working day")
    moved = (
        f'less than {days} after "{before}": moved to {moment(calendar.local(free))}'
    )
    meant = start.moved_from or calendar.local(start.due).date()
    return Start(free, (*start.reasons, moved), meant)


def _without_opening(
    campaign: Campaign, step: Step, starts: Mapping[str, Start]
) -> Iterator[_End]:
    """Yield an end at once to a reminder of what has not been said yet."""
    name = campaign.steps[0].name
    opening, due = starts.get(name), starts[step.name].due
    if opening is None or not is_reminder(campaign, step) or due > opening.due:
        return
    why = f"it is before '{name}'" if due < opening.due else f"it goes with '{name}'"
    yield _End(due, why, why)


def _say_the_limit(
    campaign: Campaign, reminders: Sequence[str], starts: dict[str, Start]
) -> None:
    """Add to the reminders over the limit for whom they still are."""
    if campaign.max_reminders is None:
        return
    limit = counted(campaign.max_reminders, "reminder")
    said = f"nobody gets more than {limit}: for those who missed an earlier one"
    theirs = [name for name in reminders if name != campaign.steps[0].name]
    for name in theirs[campaign.max_reminders :]:
        start = starts[name]
        starts[name] = start._replace(reasons=(*start.reasons, said))


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
        # What answers may be of use after it, too, if the file says until when.
        answers = follows and not step.not_after
        if due < start or answers or _counts_back(step, EVENT):
            words = moment(campaign.event.start)
            yield _End(start, f"{words}, the start of the event")


def _counts_back(step: Step, of: str) -> bool:
    when = step.when
    return isinstance(when, Relative) and when.of == of and when.days <= 0
