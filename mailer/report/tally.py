"""
Count what became of a campaign: who got what, who answered, who is silent.

Everything is counted in one pass over the histories and is plain data;
`as_table` and `as_json` only write it down.
That the numbers add up is checked in `mailer.report.sums`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mailer.model.response import ResponseSource
from mailer.report.alphabet import alphabetical
from mailer.report.standing import Standing, standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from mailer.model.campaign import Campaign
    from mailer.model.history import History
    from mailer.model.recipient import Organisation
    from mailer.model.response import Objection, Response


@dataclass(frozen=True, slots=True)
class StepTally:
    """How many deliveries of a step stand where; only what there is."""

    name: str
    counts: Mapping[Standing, int]
    categories: tuple[str, ...] = ()  #: of the answers it is for; () is any of them

    @property
    def total(self) -> int:
        """Return how many deliveries were counted."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class AnswerTally:
    """How some organisations stand; each is in exactly one of the three counts."""

    organisations: int = 0
    answered: int = 0  #: gave a final answer
    asking: int = 0  #: no final answer, and the latest response waits for staff
    silent: int = 0

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Return the counts with the words of the report."""
        return (
            ("answered", self.answered),
            ("question waiting", self.asking),
            ("silent", self.silent),
        )


@dataclass(frozen=True, slots=True)
class CategoryTally:
    """A row of the table of answers."""

    name: str  #: "OBA"; "" for answers that fit no category
    label: str
    organisations: int


@dataclass(frozen=True, slots=True)
class OrganisationLine:
    """An organisation in a list of the report."""

    code: str
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """An organisation whose latest response waits for a person."""

    organisation: OrganisationLine
    kind: str
    since: datetime  #: aware, in the office's zone
    answered: bool  #: they have given a final answer before


@dataclass(frozen=True, slots=True)
class ObjectionLine:
    """An organisation that wants no more reminders."""

    organisation: OrganisationLine
    since: datetime  #: aware, in the office's zone
    by: str  #: who, or which part of the program, recorded it
    evidence: str


@dataclass(frozen=True, slots=True)
class Tally:
    """A campaign in numbers; organisations are counted once, whatever addresses."""

    campaign: str
    title: str
    listed: int  #: recipients of the list
    opening: StepTally  #: where they stand with the first step; all of `listed`
    steps: tuple[StepTally, ...]  #: rows of the ledger, in the order of the file
    answers: AnswerTally
    kinds: Mapping[str, int]  #: kind of final answer → organisations
    sources: Mapping[ResponseSource, int]  #: how that answer came → organisations
    regions: Mapping[str, AnswerTally]  #: in alphabetical order
    hints: Mapping[str, int]  #: kind of their latest response → silent organisations
    categories: tuple[CategoryTally, ...]  #: empty if the campaign has none
    silent: tuple[OrganisationLine, ...]  #: by name
    questions: tuple[QuestionLine, ...]  #: the oldest first
    objections: tuple[ObjectionLine, ...]  #: the oldest first; whatever they answered


def tally(campaign: Campaign, histories: Iterable[History]) -> Tally:
    """
    Return the campaign's numbers, in one pass over `histories`.

    Memory grows with the organisations (their codes, and the lines of those
    that are silent or asking), not with messages or responses.
    """
    count = _Count(campaign, ZoneInfo(campaign.timezone))
    for history in histories:
        count.add(history)
    return count.result()


def _ordered(counter: Mapping[Standing, int]) -> dict[Standing, int]:
    """Return the counts in the order of the enum, without zeros."""
    return {place: counter[place] for place in Standing if counter.get(place)}


def _line(organisation: Organisation) -> OrganisationLine:
    return OrganisationLine(organisation.code, organisation.name, organisation.region)


@dataclass(slots=True)
class _Count:
    """The counters while they run."""

    campaign: Campaign
    zone: ZoneInfo
    listed: int = 0
    opening: Counter[Standing] = field(default_factory=Counter)
    steps: dict[str, Counter[Standing]] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    hints: Counter[str] = field(default_factory=Counter)
    sources: Counter[ResponseSource] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    regions: dict[str, Counter[str]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    silent: list[OrganisationLine] = field(default_factory=list)
    questions: list[QuestionLine] = field(default_factory=list)
    objections: list[ObjectionLine] = field(default_factory=list)

    def add(self, history: History) -> None:
        """Count one recipient, and the organisation when it is met first."""
        self.listed += 1
        self._add_deliveries(history)
        organisation = history.recipient.organisation
        if organisation.code not in self.seen:
            self.seen.add(organisation.code)
            self._add_answer(organisation, history.responses)
            if history.objection:
                self._add_objection(organisation, history.objection)

    def _add_deliveries(self, history: History) -> None:
        for name, row in history.deliveries.items():
            self.steps.setdefault(name, Counter())[standing(row)] += 1
        opening = history.deliveries.get(self.campaign.steps[0].name)
        if opening:
            self.opening[standing(opening)] += 1
        elif history.suppression:
            self.opening[Standing.SUPPRESSED] += 1
        else:
            self.opening[Standing.NOT_PLANNED] += 1

    def _add_objection(self, organisation: Organisation, said: Objection) -> None:
        since = said.at.astimezone(self.zone)
        line = _line(organisation)
        self.objections.append(
            ObjectionLine(line, since, said.recorded_by, said.evidence)
        )

    def _add_answer(
        self, organisation: Organisation, responses: tuple[Response, ...]
    ) -> None:
        line = _line(organisation)
        region = self.regions.setdefault(organisation.region, Counter())
        answer = self.campaign.answer(responses)
        question = self.campaign.question(responses)
        if question:
            since = question.at.astimezone(self.zone)
            self.questions.append(
                QuestionLine(line, question.kind, since, answered=bool(answer))
            )
        if answer:
            region["answered"] += 1
            self.kinds[answer.kind] += 1
            self.sources[answer.source] += 1
            self.categories[self.campaign.category(answer)] += 1
        elif question:
            region["asking"] += 1
        else:
            region["silent"] += 1
            self.silent.append(line)
            self.hints.update(one.kind for one in responses[-1:])

    def result(self) -> Tally:
        """Return the counts as plain data."""
        names = [step.name for step in self.campaign.steps]
        whose = {step.name: step.categories for step in self.campaign.steps}
        # A step that left the file still has its rows; they are shown last.
        names += [name for name in self.steps if name not in names]
        regions = {
            name: AnswerTally(counts.total(), **counts)
            for name, counts in sorted(
                self.regions.items(), key=lambda item: alphabetical(item[0])
            )
        }
        return Tally(
            campaign=self.campaign.name,
            title=self.campaign.title,
            listed=self.listed,
            opening=StepTally(names[0], _ordered(self.opening)),
            steps=tuple(
                StepTally(
                    name,
                    _ordered(self.steps.get(name, Counter())),
                    whose.get(name, ()),
                )
                for name in names
            ),
            answers=AnswerTally(
                organisations=len(self.seen),
                answered=self.kinds.total(),
                asking=sum(not one.answered for one in self.questions),
                silent=len(self.silent),
            ),
            kinds={
                kind: self.kinds[kind]
                for kind in self.campaign.responses
                if self.kinds[kind]
            },
            sources={
                one: self.sources[one] for one in ResponseSource if self.sources[one]
            },
            regions=regions,
            hints=dict(sorted(self.hints.items())),
            categories=self._categories(),
            silent=tuple(sorted(self.silent, key=lambda one: alphabetical(one.name))),
            questions=tuple(sorted(self.questions, key=lambda one: one.since)),
            objections=tuple(sorted(self.objections, key=lambda one: one.since)),
        )

    def _categories(self) -> tuple[CategoryTally, ...]:
        """Return the table in the order of the file, zeros too; leftovers last."""
        table = [
            CategoryTally(one.name, one.label, self.categories[one.name])
            for one in self.campaign.categories
        ]
        if table and self.categories[""]:
            table.append(CategoryTally("", "uncategorised", self.categories[""]))
        return tuple(table)
