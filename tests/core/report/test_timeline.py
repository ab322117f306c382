"""What happened with one municipality."""

from __future__ import annotations

from datetime import UTC, datetime

from mailer.report.timeline import TimelineEvent, timeline

EVENTS = (
    TimelineEvent(
        datetime(2019, 4, 10, 22, 30, tzinfo=UTC), "response: declined", by="referentka"
    ),
    TimelineEvent(
        datetime(2019, 4, 8, 7, 0, tzinfo=UTC),
        "invitation planned",
        "at the time given (Mon 8 Apr 2019, 09:00)",
        "planning",
    ),
    TimelineEvent(
        datetime(2019, 4, 8, 7, 0, 3, tzinfo=UTC),
        "invitation accepted",
        "end_of_data: 250 2.0.0 queued as 1",
        "relay",
    ),
)


def test_timeline():
    """By day, the oldest first, in the office's zone: who, what, and the details."""
    assert (
        "2019-04-08\n"
        "  09:00  invitation planned (planning)\n"
        "         at the time given (Mon 8 Apr 2019, 09:00)\n"
        "  09:00  invitation accepted (relay)\n"
        "         end_of_data: 250 2.0.0 queued as 1\n"
        "\n"
        "2019-04-11\n"
        "  00:30  response: declined (referentka)\n"
        "\n"
        "times in Europe/Ljubljana"
    ) == timeline(EVENTS, "Europe/Ljubljana")


def test_order_of_events_is_irrelevant():
    """The store may gather them table by table."""
    zone = "Europe/Ljubljana"

    assert timeline(EVENTS, zone) == timeline(reversed(EVENTS), zone)


def test_long_details_are_wrapped_under_their_event():
    """A narrow terminal keeps the column of the clock clear."""
    event = TimelineEvent(EVENTS[0].at, "note", "beseda " * 20)

    lines = timeline([event], "UTC", 40).splitlines()

    assert all(len(line) <= 40 for line in lines)
    assert lines[2].startswith("         beseda")


def test_nothing_has_happened():
    """An empty timeline says so."""
    assert "nothing has happened yet" == timeline([], "UTC")
