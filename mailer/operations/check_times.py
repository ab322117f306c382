"""Look at when the steps would go: too late, too early, when nobody is there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mailer.errors import Problem, Severity
from mailer.model.campaign import EVERYONE, SILENT
from mailer.planning.leave import lands_in_leave
from mailer.planning.windows import WorkCalendar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from mailer.model.campaign import Campaign, Event
    from mailer.operations.open_campaign import OpenCampaign
    from mailer.planning.schedule import StepTime

#: an opening that was due longer ago than this is more likely a wrong date
LATE = timedelta(days=1)


def check_times(
    opened: OpenCampaign, now: datetime, *, has_started: bool
) -> Iterator[Problem]:
    """Yield what is wrong with the times of a campaign's steps."""
    campaign, times = opened.campaign, opened.times
    opening = times.get(campaign.steps[0].name)
    for step in campaign.steps:
        time = times.get(step.name)
        if time is None:
            continue
        place = f"{campaign.name}, step '{step.name}'"
        is_opening = time is opening
        due = f"{time.due.astimezone(ZoneInfo(campaign.timezone)):%a %-d %b %Y}"
        if not time.fits:
            cause = f"due {due}, but it may not go then: {time.until}"
            yield Problem(place, cause, "change its time, or remove it")
        elif step.to in (EVERYONE, SILENT) and _is_after_deadline(campaign, time):
            cause = f"due {due}, after the deadline"
            yield Problem(place, cause, "change its time, or answer_by")
        elif opening is not None and time.due < opening.due:
            cause = f"due {due}, before '{campaign.steps[0].name}'"
            yield Problem(place, cause, "change its time, or remove it")
        elif time.expires <= now:
            blocks = is_opening and not has_started
            severity = Severity.BLOCKS if blocks else Severity.WARNS
            cause = f"its time is over: {time.until}"
            yield Problem(place, cause, "change the dates", severity)
        elif is_opening and not has_started and now - time.due > LATE:
            cause = f"was due {due}; it would go as soon as the campaign is started"
            yield Problem(place, cause, "change its time", Severity.WARNS)
        elif away := lands_in_leave(campaign, step, time):
            cause = f"due {due}; many are away {away}"
            hint = "move it or the deadline, if it can wait"
            yield Problem(place, cause, hint, Severity.WARNS)
    yield from _deadline_problems(campaign)
    if campaign.event and campaign.answer_by:
        yield from _event_problems(campaign, campaign.event, campaign.answer_by)


def _is_after_deadline(campaign: Campaign, time: StepTime) -> bool:
    local = time.due.astimezone(ZoneInfo(campaign.timezone)).date()
    return campaign.answer_by is not None and local > campaign.answer_by


def _deadline_problems(campaign: Campaign) -> Iterator[Problem]:
    if campaign.answer_by is None:
        return
    closed = WorkCalendar.of(campaign).why_closed(campaign.answer_by)
    if closed:
        cause = f"{campaign.answer_by:%a %-d %b %Y} is no working day ({closed})"
        hint = "name a day on which somebody can answer"
        place = f"{campaign.name}, answer_by"
        yield Problem(place, cause, hint, Severity.WARNS)


def _event_problems(
    campaign: Campaign, event: Event, answer_by: date
) -> Iterator[Problem]:
    if event.start.date() <= answer_by:
        yield Problem(
            f"{campaign.name}, [event]",
            f"begins on {event.start:%a %-d %b %Y}, not after the deadline",
            "correct its start, or answer_by",
            Severity.WARNS,
        )
