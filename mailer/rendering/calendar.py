"""
Write the campaign's event as a calendar file (iCalendar, RFC 5545).

It informs (METHOD:PUBLISH, RFC 5546, section 3.2.1), or it asks somebody to come
(METHOD:REQUEST, section 3.2.2), and their calendar program answers by mail.
Which steps carry it, the campaign says; how it travels, `mailer.rendering.mime`;
what an answer means, `mailer.inbox.calendar_reply`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress

from mailer.model.message import Attachment

if TYPE_CHECKING:
    from mailer.model.campaign import Campaign

PRODUCT = "-//mailer//mailer//SL"


def event_calendar(
    campaign: Campaign,
    *,
    uid: str,
    stamp: datetime,
    organizer: str,
    attendee: str = "",
) -> Attachment:
    """
    Return the event of `campaign` as a file; equal arguments give equal bytes.

    Times are written in UTC, so no reader needs our zone's rules.  An event
    whose end nobody announced has none here either: then it ends when it starts
    (RFC 5545, section 3.6.1), and nobody's afternoon is blocked by a guess.

    Args:
        campaign: One with an event; without one is our own bug.
        uid: Unique in the world and the same in every message about the event.
        stamp: When this description was made; aware.
        organizer: An e-mail address; answers go there.
        attendee: The address that is asked to come; "" asks nobody.
    """
    if campaign.event is None:
        raise AssertionError(f"{campaign.name} has no event to write down")
    zone = ZoneInfo(campaign.timezone)
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", _in_utc(campaign.event.start, zone))
    if campaign.event.end is not None:
        event.add("dtend", _in_utc(campaign.event.end, zone))
    event.add("summary", campaign.event.title or campaign.title)
    if campaign.event.place:
        event.add("location", campaign.event.place)
    event.add("organizer", vCalAddress(f"mailto:{organizer}"))
    event.add("sequence", 0)
    if attendee:
        event.add("attendee", _asked(attendee))

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    method = "REQUEST" if attendee else "PUBLISH"
    calendar.add("method", method)
    calendar.add_component(event)
    return Attachment(
        name=f"{campaign.name}.ics",
        content=calendar.to_ical(),
        media_type=f"text/calendar; charset=utf-8; method={method}",
    )


def _asked(address: str) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{address}")
    attendee.params.update({"PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"})
    return attendee


def _in_utc(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)
