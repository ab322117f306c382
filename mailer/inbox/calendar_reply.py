"""
Read what a calendar program answers to our event (iTIP, RFC 5546; iMIP, RFC 6047).

Accepted, declined and tentative are answers; a proposal of another time
(METHOD:COUNTER) is something that a person reads.
Whether the event is ours, and what the answer means in a campaign, is decided in
`mailer.inbox.match` and `mailer.inbox.consequence`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from icalendar import Calendar

from mailer.inbox.fate import address_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailer.model.incoming import Enclosure

#: an answer has one event and one attendee; ours has under 1 kB
MAX_BYTES = 64 * 1024
MAX_CHARACTERS = 1000

_MEDIA_TYPES = ("text/calendar", "application/ics")
_METHODS = ("REPLY", "COUNTER")


class Participation(Enum):
    """What an attendee answers (PARTSTAT, RFC 5545, section 3.2.12)."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"


_ANSWERS = frozenset(one.value for one in Participation)


@dataclass(frozen=True, slots=True)
class CalendarReply:
    """A calendar program's answer to an event."""

    uid: str  #: of the event
    attendee: str  #: the address that answers, lower case; "" if none is named
    participation: Participation
    comment: str = ""
    is_counter: bool = False  #: proposes another time


def read_calendar_reply(enclosures: Iterable[Enclosure]) -> CalendarReply | None:
    """Return the first answer to an event among `enclosures`; total."""
    for one in enclosures:
        is_calendar = one.media_type in _MEDIA_TYPES or one.name.lower().endswith(
            ".ics"
        )
        if is_calendar and len(one.content) <= MAX_BYTES:
            reply = _read(one.content)
            if reply is not None:
                return reply
    return None


def _read(content: bytes) -> CalendarReply | None:
    """Return the answer in a calendar file; `None` if it is none."""
    try:
        calendar = Calendar.from_ical(content)
        method = str(calendar.get("method", "")).upper()
        events = calendar.walk("VEVENT")
    except Exception:  # noqa: BLE001 - icalendar raises what its parts raise
        return None
    if method not in _METHODS or len(events) != 1:
        return None
    event = events[0]
    said = [
        (address_in(str(one)), Participation(answer))
        for one in _every(event, "attendee")
        if (answer := _answer(one)) in _ANSWERS
    ]
    uid = _text(event, "uid")
    if not uid or len(said) != 1:
        return None  # one attendee answers (RFC 5546, section 3.2.3)
    [(attendee, participation)] = said
    comment = _text(event, "comment")
    return CalendarReply(uid, attendee, participation, comment, method == "COUNTER")


def _answer(attendee: Any) -> str:  # noqa: ANN401 - icalendar's value
    return str(getattr(attendee, "params", {}).get("PARTSTAT", "")).lower()


def _every(event: Any, name: str) -> list[Any]:  # noqa: ANN401 - icalendar's component
    """Return the values of a property that may be repeated."""
    value = event.get(name)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(event: Any, name: str) -> str:  # noqa: ANN401 - icalendar's component
    """Return the first value of a property as one line."""
    text = "".join(map(str, _every(event, name)[:1]))[:MAX_CHARACTERS]
    return " ".join(filter(str.isprintable, text.split()))
