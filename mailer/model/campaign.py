"""What we say and when: a campaign, its steps, their times."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mailer.model.form import Form
    from mailer.model.response import Response

EVERYONE = "everyone"  #: a step's audience: all recipients of the list
SILENT = "silent"  #: a step's audience: those without a final response


class Finality(Enum):
    """What a kind of response does to the reminders."""

    FINAL = "final"  #: ends them
    OPEN = "open"  #: leaves them
    PAUSE = "pause"  #: holds them until a person has dealt with it


class FormFormat(Enum):
    """As what a form travels."""

    PDF = "pdf"  #: with fields to fill in
    DOCX = "docx"  #: with content controls


class CampaignStatus(Enum):
    """How far the office has let a campaign go."""

    DRAFT = "draft"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class At:
    """A step's time given as a wall-clock time of the office's zone."""

    local: datetime  #: naive


@dataclass(frozen=True, slots=True)
class Relative:
    """
    A step's time given as a distance from something else.

    `of` is "answer_by", "event", "response" (the recipient's own), or the
    name of another step.
    """

    days: int  #: negative before, positive after, 0 on the same day
    of: str
    working: bool = True  #: count working days only


class CalendarMethod(Enum):
    """What a calendar file asks for (RFC 5546, section 1.4)."""

    PUBLISH = "publish"  #: to be put into the calendar; nothing comes back
    REQUEST = "request"  #: an answer, too, which the reader's calendar writes


@dataclass(frozen=True, slots=True)
class Step:
    """One message of a campaign."""

    name: str  #: also the templates' name: "reminder" → reminder.txt.j2
    to: str  #: EVERYONE, SILENT or a kind of response
    when: At | Relative
    attachments: tuple[str, ...] = ()  #: file names in the campaign's attachments/
    form: tuple[FormFormat, ...] = ()  #: carry the campaign's form, made out to each
    calendar: CalendarMethod | None = None  #: carry the event as a calendar file
    not_after: datetime | None = None  #: naive local; past it the step is missed
    categories: tuple[str, ...] = ()  #: of the answers it is for; () is any of them


@dataclass(frozen=True, slots=True)
class Event:
    """What the recipients are invited to."""

    start: datetime  #: naive, wall clock of the office's zone
    place: str = ""
    end: datetime | None = None  #: naive; absent in the real invitation
    title: str = ""  #: "": the campaign's own


@dataclass(frozen=True, slots=True)
class Category:
    """A row of the report: the name for a combination of answers."""

    name: str  #: "OBA"
    label: str  #: "v oba projekta"
    when: Mapping[str, tuple[str, ...]]  #: field → values; the first match wins


def category_of(categories: Iterable[Category], details: Mapping[str, str]) -> str:
    """Return the name of the first category that an answer fits; "" if none."""
    for one in categories:
        if all(details.get(name, "") in fits for name, fits in one.when.items()):
            return one.name
    return ""


@dataclass(frozen=True, slots=True)
class NumberedAnswer:
    """What a number typed into a reply means (the ministry's last call: 1 to 5)."""

    kind: str
    details: Mapping[str, str]


#: what `Campaign.meanings` may give a meaning to: a calendar program's answers
ACCEPTED, DECLINED, TENTATIVE = "accepted", "declined", "tentative"
MEANINGS = (ACCEPTED, DECLINED, TENTATIVE)


@dataclass(frozen=True, slots=True)
class SendingWindow:
    """When this office lets mail leave: working days, between two wall-clock times."""

    opens: time = time(8)
    closes: time = time(16)
    closed_days: frozenset[date] = frozenset()  #: the office's own, beside the holidays


@dataclass(frozen=True, slots=True)
class Campaign:
    """
    A whole mail-out, as its folder defines it.

    Times are wall-clock times in `timezone`; `planning` turns them into
    instants, late.
    """

    name: str  #: the folder's name: "conference"
    title: str
    list_name: str
    steps: tuple[Step, ...]  #: in the order of the file; the first opens the campaign
    responses: Mapping[str, Finality]
    answer_by: date | None = None  #: inclusive: until the end of that day
    event: Event | None = None
    links: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: free words for the templates, e.g. the letter's number
    categories: tuple[Category, ...] = ()
    numbers: Mapping[int, NumberedAnswer] = field(
        default_factory=lambda: MappingProxyType({})
    )
    #: one of MEANINGS → the response it is; DECLINED also for words that decline,
    #: which a person confirms
    meanings: Mapping[str, NumberedAnswer] = field(
        default_factory=lambda: MappingProxyType({})
    )
    form: Form | None = None  #: that is sent to be returned
    subjects: tuple[str, ...] = ()  #: of its letters, without what differs
    author: str = ""  #: who wrote it, and so cannot approve it
    purpose: str = ""
    legal_basis: str = ""
    retention_days: int | None = None
    max_reminders: int | None = None  #: to one recipient; `None`: as many as fit
    working_days_apart: int = 0  #: at least, before a message that nobody asked for
    timezone: str = "Europe/Ljubljana"  #: the office's, from mailer.toml
    window: SendingWindow = SendingWindow()  #: the office's, from mailer.toml

    def step(self, name: str) -> Step:
        """Return the step called `name`; a wrong name is our own bug."""
        return next(step for step in self.steps if step.name == name)

    def answer(self, responses: Sequence[Response]) -> Response | None:
        """Return the answer that stands: the latest final one of `responses`."""
        return next(
            (r for r in reversed(responses) if self._is(r, Finality.FINAL)), None
        )

    def category(self, response: Response) -> str:
        """Return the name of the first category that `response` fits; "" if none."""
        return category_of(self.categories, response.details)

    def answer_for(self, step: Step, responses: Sequence[Response]) -> Response | None:
        """
        Return the response that a step is about; `None` if it is not for them.

        A question or a remark after an answer does not take the answer back:
        who registered and then asked for the way still gets the last
        information.  Of several answers the newest counts, and nothing else: so
        of two steps for different categories at most one is anybody's.
        """
        last = responses[-1] if responses else None
        if step.to in (SILENT, EVERYONE):
            return last
        if self.responses.get(step.to) is Finality.FINAL:
            last = self.answer(responses)
        if last is None or last.kind != step.to:
            return None
        if step.categories and self.category(last) not in step.categories:
            return None
        return last

    def question(self, responses: Sequence[Response]) -> Response | None:
        """Return the latest response if it waits for a person to deal with it."""
        last = responses[-1] if responses else None
        return last if last and self._is(last, Finality.PAUSE) else None

    @property
    def pausing(self) -> str:
        """Return the kind of response that waits for a person; "" without one."""
        return next((k for k, f in self.responses.items() if f is Finality.PAUSE), "")

    def _is(self, response: Response, finality: Finality) -> bool:
        return self.responses.get(response.kind) is finality
