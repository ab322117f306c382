"""
Understand a message: what it is, and what it brings back.

A plain function; but what it reads was written by strangers, so the intake lets
a limited process call it (`mailer.isolation`).  A message that this process
does not survive is kept like any other, and waits for a person.
To whom a message belongs is decided later, from what is given here.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mailer.forms.read import read_returned_all
from mailer.forms.words import read_lines
from mailer.inbox.absence import changed_address
from mailer.inbox.calendar_reply import read_calendar_reply
from mailer.inbox.classify import classify
from mailer.isolation.worker import Failure, Worker
from mailer.model.form import FieldType, FormSource, ReturnedForm
from mailer.model.incoming import (
    READ_RECEIPT,
    Classification,
    Confidence,
    IncomingKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mailer.inbox.calendar_reply import CalendarReply
    from mailer.inbox.phrases import Phrases
    from mailer.isolation.worker import Limits
    from mailer.model.form import Form


@dataclass(frozen=True, slots=True)
class Understood:
    """What was read out of a message."""

    classification: Classification  #: its enclosures without their content
    returned: tuple[ReturnedForm, ...] = ()  #: the forms in it, the best first
    calendar: CalendarReply | None = None  #: the calendar program's answer in it


_BY_HAND = (IncomingKind.REPLY, IncomingKind.OTHER)
_LONGEST = 60_000  #: characters in which a choice is looked for

#: whose classes an `Understood` consists of
_MODULES = (
    __name__,
    "mailer.inbox.calendar_reply",
    "mailer.model.incoming",
    "mailer.model.form",
)


def understand(raw: bytes, phrases: Phrases, forms: Sequence[Form]) -> Understood:
    """
    Return what the message in `raw` is.

    Args:
        raw: The message (RFC 5322, any line ends).
        phrases: By which mail is recognised.
        forms: Those that may have come back.
    """
    found = classify(raw, phrases)
    text = f"{found.subject}\n{found.text}"
    returned = read_returned_all(found.enclosures, text, forms)
    if found.kind in _BY_HAND and not returned:
        returned = tuple(_typed_in_vain(text, forms))
    calendar = read_calendar_reply(found.enclosures)
    if found.kind is IncomingKind.OTHER and found.reason != READ_RECEIPT:
        brings = any(one.identifier or one.values for one in returned) or calendar
        if brings or _is_change_of_address(found, phrases):
            found = replace(found, kind=IncomingKind.REPLY)
    # What is in a file is read here; the message as a whole is kept anyway.
    names = tuple(replace(one, content=b"") for one in found.enclosures)
    return Understood(replace(found, enclosures=names), returned, calendar)


def _typed_in_vain(text: str, forms: Sequence[Form]) -> Iterator[ReturnedForm]:
    """Yield the form of which a choice was typed that is none, or two at once."""
    for form in forms:
        values = read_lines(text[:_LONGEST].splitlines(), form)
        if any(one.type is FieldType.RADIO and one.id in values for one in form.fields):
            yield ReturnedForm("", values, FormSource.TYPED, tag=form.tag)
            return


def _is_change_of_address(found: Classification, phrases: Phrases) -> bool:
    """Tell whether a person, not a list or a program, announces a new address."""
    by_hand = found.confidence is Confidence.WEAK
    return by_hand and changed_address(found.text, phrases=phrases) is not None


class Reader:
    """Understands many messages, each within limits."""

    def __init__(self, worker: Worker[Understood]) -> None:
        self._worker = worker

    def read(self, raw: bytes) -> Understood:
        """Return what a message is, also if nobody can read it."""
        found = self._worker.call(raw)
        if isinstance(found, Failure):
            evidence = f"could not be read: {found.why}"
            return Understood(Classification(IncomingKind.OTHER, evidence=evidence))
        return found


@contextlib.contextmanager
def a_reader(
    phrases: Phrases, forms: Sequence[Form], limits: Limits | None = None
) -> Iterator[Reader]:
    """Give a reader; its process is started by the first message."""
    worker = Worker(understand, phrases, forms, modules=_MODULES, limits=limits)
    with contextlib.closing(worker):
        yield Reader(worker)
