"""
Write a plan as a calendar file (iCalendar, RFC 5545) for the office's own eyes.

Every date is an entry with its reasons; a step that was dropped is a cancelled
one, so that a calendar which read an earlier plan takes it out: of two entries
with one name the later stamp holds (RFC 5546, section 2.1.5).
The calendar that recipients get is written in `mailer.rendering.calendar`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from icalendar import Calendar, Event

from mailer.planning.windows import ONE_DAY, WorkCalendar
from mailer.planning.words import for_whom

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.model.campaign import Campaign
    from mailer.planning.schedule import StepTime

PRODUCT = "-//mailer//mailer//SL"


def plan_as_calendar(
    campaign: Campaign,
    times: Mapping[str, StepTime],
    *,
    domain: str,
    stamp: datetime,
) -> bytes:
    """
    Return all dates of a plan; equal arguments give equal bytes.

    Steps that follow a recipient's own response have no date in common, and are
    left out.  A step has no length (RFC 5545, section 3.6.1): nobody's time is
    taken.

    Args:
        campaign: Whose plan it is.
        times: `schedule(campaign)`.
        domain: The office's; makes the entries' names unique in the world.
        stamp: When the plan was made; aware.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")

    def add(name: str, summary: str, start: datetime | date) -> Event:
        entry = Event()
        entry.add("uid", f"{campaign.name}.{name}@{domain}")
        entry.add("dtstamp", stamp.astimezone(UTC))
        entry.add("dtstart", start)
        entry.add("summary", f"{campaign.name}: {summary}")
        entry.add("transp", "TRANSPARENT")
        calendar.add_component(entry)
        return entry

    for step in campaign.steps:
        time = times.get(step.name)
        if time is None:
            continue
        entry = add(f"step.{step.name}", f"{step.name} → {step.to}", time.due)
        whose = (for_whom(step),) if step.categories else ()
        said = (*whose, *time.reasons, f"until {time.until}")
        entry.add("description", "\n".join(said))
        entry.add("status", "CANCELLED" if time.dropped else "CONFIRMED")
    if campaign.answer_by:
        entry = add("answer-by", "answer by", campaign.answer_by)
        entry.add("dtend", campaign.answer_by + ONE_DAY)
    if campaign.event:
        start = WorkCalendar.of(campaign).instant(campaign.event.start)
        entry = add("event", campaign.event.title or campaign.title, start)
        if campaign.event.place:
            entry.add("location", campaign.event.place)
    return bytes(calendar.to_ical())
