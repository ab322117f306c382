"""What a calendar program answers (RFC 5546), and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from incoming import TOWN, a_calendar_reply

from mailer.inbox.calendar_reply import (
    MAX_BYTES,
    CalendarReply,
    Participation,
    read_calendar_reply,
)
from mailer.model.incoming import Enclosure

UID = "conference@posiljatelj.example"


def read(content, media_type="text/calendar", name=""):
    """Return what is read of one calendar file."""
    return read_calendar_reply([Enclosure(name, media_type, content)])


@pytest.mark.parametrize("answer", Participation)
def test_an_answer_is_read(answer):
    """As Outlook and Exchange write it."""
    content = a_calendar_reply(UID, answer.value.upper())

    assert CalendarReply(UID, TOWN, answer) == read(content)


def test_an_answer_has_many_shapes():
    """LF line ends, a folded line, a file without a media type, a comment, words."""
    content = a_calendar_reply(UID, "Declined", extra="COMMENT:Žal ne\\, hvala.")
    folded = content.replace(b"PARTSTAT", b"\r\n PARTSTAT")
    expected = CalendarReply(UID, TOWN, Participation.DECLINED, "Žal ne, hvala.")

    assert expected == read(content)
    assert expected == read(content.replace(b"\r\n", b"\n"))
    assert expected == read(folded)
    assert expected == read(content, "application/octet-stream", "odgovor.ICS")


def test_another_time_is_proposed():
    """METHOD:COUNTER: a person reads it."""
    content = a_calendar_reply(UID, "TENTATIVE", method="COUNTER")
    found = read(content)

    assert found is not None
    assert found.is_counter


SECOND = "ATTENDEE;PARTSTAT=DECLINED:mailto:drugi@kamnica.example"

ANOTHER = f"END:VEVENT\nBEGIN:VEVENT\nUID:{UID}"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"BEGIN:VCALENDAR", id="cut off"),
        pytest.param(a_calendar_reply(UID, "ACCEPTED", method="PUBLISH"), id="ours"),
        pytest.param(a_calendar_reply(UID, "ACCEPTED", method="REQUEST"), id="theirs"),
        pytest.param(a_calendar_reply(UID, "NEEDS-ACTION"), id="no answer yet"),
        pytest.param(a_calendar_reply(UID, "DELEGATED"), id="somebody else comes"),
        pytest.param(a_calendar_reply("", "ACCEPTED"), id="no event"),
        pytest.param(a_calendar_reply(UID, "ACCEPTED", extra=SECOND), id="two answers"),
        pytest.param(a_calendar_reply(UID, "ACCEPTED") * 2, id="two calendars"),
        pytest.param(a_calendar_reply(UID, "ACCEPTED", extra=ANOTHER), id="two events"),
        pytest.param(
            a_calendar_reply(UID, "ACCEPTED") + b" " * MAX_BYTES, id="too big"
        ),
    ],
)
def test_whatever_is_no_answer_is_none(content):
    """A person looks at the message instead."""
    assert read(content) is None


def test_another_file_is_no_calendar():
    """Its type and its name say what it is."""
    content = a_calendar_reply(UID, "ACCEPTED")

    assert read(content, "application/pdf", "obrazec.pdf") is None


WHOLE = a_calendar_reply(UID, "ACCEPTED", extra="DTSTART:20190508T080000Z")
PIECES = st.sampled_from(WHOLE.splitlines(keepends=True)) | st.binary(max_size=20)


@settings(deadline=None, max_examples=200)
@given(st.lists(PIECES, max_size=20))
def test_any_bytes_are_read(pieces):
    """Total, whatever the library raises."""
    read(b"".join(pieces))
    read(b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n" + b"".join(pieces))
