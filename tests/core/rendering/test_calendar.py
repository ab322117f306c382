from __future__ import annotations

from datetime import UTC, datetime

import pytest
from factories import a_campaign
from icalendar import Calendar

from mailer.model.campaign import Event
from mailer.rendering.calendar import event_calendar

STAMP = datetime(2019, 4, 8, 7, tzinfo=UTC)


def made(campaign, attendee=""):
    return event_calendar(
        campaign,
        attendee=attendee,
        uid="conference@posiljatelj.example",
        stamp=STAMP,
        organizer="pisarna@posiljatelj.example",
    )


def test_a_reader_finds_the_event_in_the_file():
    """Title, place and instant come back from the bytes."""
    attachment = made(a_campaign())
    calendar = Calendar.from_ical(attachment.content)
    (event,) = calendar.walk("VEVENT")

    assert attachment.name == "conference.ics"
    assert "text/calendar; charset=utf-8; method=PUBLISH" == attachment.media_type
    assert calendar["METHOD"] == "PUBLISH"
    assert datetime(2019, 5, 8, 8, tzinfo=UTC) == event["DTSTART"].dt
    assert event["DTSTAMP"].dt == STAMP
    assert event["SUMMARY"] == "Nacionalna konferenca"
    assert event["LOCATION"] == "dvorana B23"
    assert event["UID"] == "conference@posiljatelj.example"
    assert event["ORGANIZER"] == "mailto:pisarna@posiljatelj.example"


def test_an_event_may_have_a_title_of_its_own():
    """The workshop is not the letter."""
    named = Event(start=datetime(2017, 10, 30, 10), title="Delavnica")  # noqa: DTZ001 - wall clock
    (event,) = Calendar.from_ical(made(a_campaign(event=named)).content).walk("VEVENT")

    assert "Delavnica" == event["SUMMARY"]


def test_who_is_asked_can_answer():
    """A request names one attendee, whose calendar program answers (RFC 5546)."""
    attachment = made(a_campaign(), "obcina@koper.example")
    calendar = Calendar.from_ical(attachment.content)
    (event,) = calendar.walk("VEVENT")

    assert "text/calendar; charset=utf-8; method=REQUEST" == attachment.media_type
    assert "REQUEST" == calendar["METHOD"]
    assert "mailto:obcina@koper.example" == event["ATTENDEE"]
    assert {"PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"} == event["ATTENDEE"].params


def test_no_end_is_invented():
    """The invitation announces none."""
    assert b"DTEND" not in made(a_campaign()).content
    assert b"DURATION" not in made(a_campaign()).content


@pytest.mark.parametrize(
    ("month", "expected"),
    [(3, b"DTEND:20190308T120000Z"), (4, b"DTEND:20190408T110000Z")],
)
def test_an_announced_end_is_written_in_utc(month, expected):
    """The office's zone is an hour ahead in winter, two in summer."""
    start = datetime(2019, month, 8, 10)  # noqa: DTZ001 - wall clock
    event = Event(start=start, end=start.replace(hour=13))

    assert expected in made(a_campaign(event=event)).content


def test_the_same_event_is_the_same_bytes():
    """A retry must send what the first attempt sent."""
    assert made(a_campaign()).content == made(a_campaign()).content


def test_lines_are_as_rfc_5545_wants_them():
    """CRLF everywhere, no line over 75 octets (section 3.1)."""
    title = "Nacionalna konferenca o sodelovanju z občani, s šumniki; in še čem " * 3
    lines = made(a_campaign(title=title)).content.split(b"\r\n")

    assert lines[-1] == b""
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 75
