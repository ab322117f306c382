"""
The calendar of a campaign that was played: day by day what went, came, and was left.

Kept while the campaign runs, because who is skipped at a step, and why, is known
only then; written as text at the end.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from mailer.model.incoming import IncomingKind
from mailer.operations.plan_due import decide_all
from mailer.planning.decision import PlanVerdict
from mailer.planning.windows import WorkCalendar
from mailer.planning.words import full_day
from mailer.store import happened, responses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign
    from mailer.planning.decision import Decision

NARROWEST = 40
#: verdicts that leave somebody out at the moment when a step goes
_LEFT_OUT = (
    PlanVerdict.NOT_FOR_THEM,
    PlanVerdict.SUPPRESSED,
    PlanVerdict.OBJECTED,
    PlanVerdict.HELD,
    PlanVerdict.MISSED,
)
#: moments and commands in a reason: they are each person's own, and we count
_OWN = re.compile(
    r" \((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [^)]*\)"
    r"| of (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d+ \w+ \d{4}, \d\d:\d\d"
    r"|: mailer .*"
)
#: what came in, one of it and many
_CAME = {
    IncomingKind.BOUNCE_HARD: ("bounce: no such address", "bounces: no such address"),
    IncomingKind.BOUNCE_SOFT: ("bounce", "bounces"),
    IncomingKind.DELAYED: ("report of a delay", "reports of a delay"),
    IncomingKind.DELIVERED: ("report of a delivery", "reports of a delivery"),
    IncomingKind.COMPLAINT: ("complaint", "complaints"),
    IncomingKind.AUTO_REPLY: ("automatic response", "automatic responses"),
    IncomingKind.REPLY: ("reply", "replies"),
    IncomingKind.OTHER: ("message not understood", "messages not understood"),
}


@dataclass(slots=True)
class _Day:
    """What happened on one day."""

    #: step → whoever was left out when it was due: reason → how many
    left_out: dict[str, Counter[str]] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)  #: step → how many
    attempts: defaultdict[str, Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )  #: step → outcome → how many
    came: Counter[IncomingKind] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Diary:
    """What happens in one campaign, noted at every moment of it."""

    office: Office
    opened: OpenCampaign
    _days: defaultdict[date, _Day] = field(default_factory=lambda: defaultdict(_Day))
    _noted: set[str] = field(default_factory=set)

    def note(self, now: datetime) -> None:
        """Note who gets each step that has become due, and who is left out."""
        new = [
            name
            for name, time in self.opened.times.items()
            if name not in self._noted and time.fits and time.due <= now
        ]
        if not new:
            return
        self._noted.update(new)
        decisions = decide_all(self.office, self.opened, now)
        for name in new:
            mine = [one for one in decisions if one.step == name]
            day = self._day(now)
            day.due[name] = sum(one.verdict is PlanVerdict.DUE for one in mine)
            day.left_out[name] = Counter(map(_reason, filter(_is_left_out, mine)))

    def written(self, width: int) -> str:
        """Return the whole calendar as text, in lines of `width` if that is enough."""
        self._gather()
        width = max(width, NARROWEST)
        lines: list[str] = []
        said = ((day, tuple(self._of(self._days[day]))) for day in sorted(self._days))
        for texts, same in groupby(said, key=itemgetter(1)):
            first, *others = [day for day, _ in same]
            last = f" to {full_day(others[-1])}, each working day" if others else ""
            lines.append(full_day(first) + last)
            for text in texts:
                lines += _wrapped(text, width)
        for name, time in self.opened.times.items():
            if not time.fits:
                lines.append(f"Never: {name}")
                lines += _wrapped(f"no time left before {time.until}", width)
        return "\n".join(lines)

    def _gather(self) -> None:
        name = self.opened.campaign.name
        with self.office.database.read() as connection:
            for at, step, outcome in happened.attempts(connection, name):
                self._day(at).attempts[step][outcome] += 1
            for at, kind in happened.came_in(connection):
                self._day(at).came[IncomingKind(kind)] += 1
            for _, answer in responses.of_campaign(connection, name):
                self._day(answer.at).answers[answer.kind] += 1

    def _day(self, instant: datetime) -> _Day:
        calendar = WorkCalendar.of(self.opened.campaign)
        return self._days[calendar.local(instant).date()]

    def _of(self, day: _Day) -> Iterator[str]:
        if day.came:
            yield "came in: " + ", ".join(
                f"{count} {_CAME[kind][count > 1]}"
                for kind, count in day.came.most_common()
            )
        if day.answers:
            yield f"answers: {_counts(day.answers)}"
        for step in self.opened.campaign.steps:
            name = step.name
            if name not in day.due and name not in day.attempts:
                continue
            due = f"{day.due[name]} due; " if name in day.due else ""
            went = _counts(day.attempts[name]) if name in day.attempts else "none"
            yield f"{name} → {step.to}: {due}{went}"
            if left_out := day.left_out.get(name):
                yield f"  skipped: {_counts(left_out)}"


def _is_left_out(decision: Decision) -> bool:
    return decision.verdict in _LEFT_OUT


def _reason(decision: Decision) -> str:
    """Return why somebody is left out, without what is theirs alone."""
    return _OWN.sub("", decision.reason)


def _counts(counted: Counter[str]) -> str:
    return ", ".join(
        f"{count} {what.replace('_', ' ')}" for what, count in counted.most_common()
    )


def _wrapped(text: str, width: int) -> Sequence[str]:
    indent = "  " + " " * (len(text) - len(text.lstrip()))
    return textwrap.wrap(
        text.lstrip(),
        width,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
