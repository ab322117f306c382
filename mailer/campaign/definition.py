"""
From a campaign.toml's table to a Campaign, or to everything wrong with it.

The file's keys are in DESIGN, section 6.
When a step goes out is computed in `planning.schedule`; whether the texts are
fit to send is looked at in `campaign.preflight`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mailer.campaign.form_definition import FILE_NAME as FORM_FILE
from mailer.campaign.form_definition import parse_form
from mailer.campaign.step_categories import look_at_categories, look_at_table
from mailer.errors import DefinitionError, Problem, schema_problems
from mailer.model.campaign import (
    EVERYONE,
    MEANINGS,
    SILENT,
    At,
    CalendarMethod,
    Campaign,
    Category,
    Event,
    Finality,
    FormFormat,
    NumberedAnswer,
    Relative,
    SendingWindow,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from mailer.model.form import Form

FILE_NAME = "campaign.toml"
_YEARS = range(2000, 2100)  # others are typing mistakes, and no calendar has them
_ANCHORS = ("answer_by", "event", "response")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Distance(_Table):
    """`{ working_days = 5, of = "answer_by" }`, or `days`."""

    of: str
    working_days: int | None = Field(default=None, ge=0, le=250)
    days: int | None = Field(default=None, ge=0, le=366)

    @model_validator(mode="after")
    def _one_measure(self) -> _Distance:
        if (self.working_days is None) == (self.days is None):
            raise ValueError("give either working_days or days")
        return self

    def relative(self, sign: Literal[-1, 1]) -> Relative:
        working = self.working_days is not None
        count = self.working_days if self.working_days is not None else self.days
        return Relative(sign * (count or 0), self.of, working)


class _Step(_Table):
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    to: str
    at: datetime | None = None
    before: _Distance | None = None
    after: _Distance | None = None
    attachments: tuple[str, ...] = ()
    form: tuple[FormFormat, ...] = ()
    calendar: CalendarMethod | None = None
    not_after: datetime | None = None
    categories: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_time(self) -> _Step:
        if sum(x is not None for x in (self.at, self.before, self.after)) != 1:
            raise ValueError("give exactly one of at, before, after")
        for instant in (self.at, self.not_after):
            if instant is not None and instant.tzinfo is not None:
                raise ValueError("write wall-clock times of the office, without a zone")
        return self

    def when(self) -> At | Relative:
        if self.before is not None:
            return self.before.relative(-1)
        if self.after is not None:
            return self.after.relative(1)
        if self.at is None:  # the validator saw to it
            raise AssertionError(self.name)
        return At(self.at)


class _Event(_Table):
    title: str = ""
    start: datetime
    place: str = ""
    end: datetime | None = None


class _Category(_Table):
    name: str
    label: str = ""
    when: dict[str, str | list[str]] = {}


class _File(_Table):
    title: str
    list: str
    answer_by: date | None = None
    author: str = ""
    purpose: str = ""
    legal_basis: str = ""
    retention_days: int | None = Field(default=None, gt=0)
    max_reminders: int | None = Field(default=None, ge=1, le=20)
    working_days_apart: int = Field(default=0, ge=0, le=60)
    event: _Event | None = None
    links: dict[str, str] = {}
    texts: dict[str, str] = {}
    responses: dict[str, bool | str] = {}
    numbers: dict[str, dict[str, str]] = {}
    meanings: dict[str, dict[str, str]] = {}
    category: tuple[_Category, ...] = ()
    step: tuple[_Step, ...] = Field(min_length=1)


def parse(
    raw: Mapping[str, Any],
    *,
    name: str,
    templates: Collection[str],
    attachments: Collection[str],
    timezone: str,
    window: SendingWindow,
    form: Mapping[str, Any] | None = None,
) -> Campaign:
    """
    Return the campaign that `raw` defines.

    Args:
        raw: The parsed campaign.toml.
        name: The folder's name.
        templates: The file names of the folder's templates.
        attachments: The file names in its attachments/.
        timezone: The office's.
        window: When the office sends.
        form: The parsed form.toml, if the campaign has one.

    Raises:
        DefinitionError: With every problem in the file.
    """
    place = f"{name}/{FILE_NAME}"
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise DefinitionError(
            *schema_problems(place, error.errors(), _known_keys())
        ) from None
    problems = list(_problems(file, place, templates, attachments))
    printed = None
    if form is not None:
        try:
            printed = parse_form(form, campaign=name, responses=file.responses)
        except DefinitionError as error:
            problems += error.problems
    else:
        problems += _missing_form(file, place)
    if form is None or printed is not None:  # else it is not known what it asks
        fields = _answerable(file, printed)
        problems += look_at_table(place, _categories(file), fields)
    for where, step in _placed(file, place):
        problems += look_at_categories(
            where, step.to, step.categories, _categories(file), printed
        )
    if problems:
        raise DefinitionError(*problems)
    return _campaign(file, name, timezone, window, printed)


def _campaign(
    file: _File, name: str, timezone: str, window: SendingWindow, form: Form | None
) -> Campaign:
    return Campaign(
        name=name,
        title=file.title,
        list_name=file.list,
        steps=tuple(
            Step(
                name=step.name,
                to=step.to,
                when=step.when(),
                attachments=step.attachments,
                form=step.form,
                calendar=step.calendar,
                not_after=step.not_after,
                categories=step.categories,
            )
            for step in file.step
        ),
        responses={kind: _finality(value) for kind, value in file.responses.items()},
        answer_by=file.answer_by,
        event=_event(file.event),
        links=file.links,
        texts=file.texts,
        categories=_categories(file),
        numbers={
            int(number): _answer(answer) for number, answer in file.numbers.items()
        },
        meanings={word: _answer(answer) for word, answer in file.meanings.items()},
        form=form,
        author=file.author,
        purpose=file.purpose,
        legal_basis=file.legal_basis,
        retention_days=file.retention_days,
        max_reminders=file.max_reminders,
        working_days_apart=file.working_days_apart,
        timezone=timezone,
        window=window,
    )


def _event(table: _Event | None) -> Event | None:
    if table is None:
        return None
    return Event(table.start, table.place, table.end, table.title)


def _categories(file: _File) -> tuple[Category, ...]:
    return tuple(
        Category(
            one.name,
            one.label or one.name,
            {
                key: (value,) if isinstance(value, str) else tuple(value)
                for key, value in one.when.items()
            },
        )
        for one in file.category
    )


def _answerable(file: _File, form: Form | None) -> list[str]:
    """Return the fields that an answer can have without a person's typing them."""
    asked = [one.id for one in form.fields] if form else []
    typed = (*file.numbers.values(), *file.meanings.values())
    given = (key for answer in typed for key in _answer({"kind": "", **answer}).details)
    return list(dict.fromkeys((*asked, *given)))


def _placed(file: _File, place: str) -> Iterator[tuple[str, _Step]]:
    """Yield each step with its place in the file."""
    for position, step in enumerate(file.step, start=1):
        yield f"{place}, step {position} '{step.name}'", step


def _answer(table: Mapping[str, str]) -> NumberedAnswer:
    details = {key: value for key, value in table.items() if key != "kind"}
    return NumberedAnswer(table["kind"], details)


def _finality(value: bool | str) -> Finality:  # noqa: FBT001 - as the file has it
    if value == "pause":
        return Finality.PAUSE
    return Finality.FINAL if value else Finality.OPEN


def _problems(
    file: _File,
    place: str,
    templates: Collection[str],
    attachments: Collection[str],
) -> Iterator[Problem]:
    """Yield what the schema cannot see: names and dates that do not fit together."""
    for where, moment in _moments(file):
        if moment.year not in _YEARS:
            yield Problem(f"{place}, {where}", f"the year {moment.year}", "correct it")
    names = [step.name for step in file.step]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(place, f"two steps are called '{name}'", "rename one")
    for where, step in _placed(file, place):
        yield from _step_problems(file, step, where)
        yield from _missing_files(step, where, templates, attachments)
    yield from _response_problems(file, place)


def _missing_files(
    step: _Step, where: str, templates: Collection[str], attachments: Collection[str]
) -> Iterator[Problem]:
    for part in ("subject", "txt"):
        if f"{step.name}.{part}.j2" not in templates:
            cause = f"no template {step.name}.{part}.j2"
            yield Problem(where, cause, "write the file")
    for attachment in step.attachments:
        if attachment not in attachments:
            cause = f"no file attachments/{attachment}"
            yield Problem(where, cause, "put it there, or correct its name")


def _missing_form(file: _File, place: str) -> Iterator[Problem]:
    for step in file.step:
        if step.form:
            where = f"{place}, step '{step.name}'"
            yield Problem(where, f"form without a {FORM_FILE}", "write the file")


def _response_problems(file: _File, place: str) -> Iterator[Problem]:
    for kind, value in file.responses.items():
        if value not in (True, False, "pause"):
            hint = 'write true (ends the reminders), false or "pause"'
            where = f"{place}, responses, {kind}"
            yield Problem(where, f"'{value}' says nothing", hint)
    for number, answer in file.numbers.items():
        where = f"{place}, numbers, {number}"
        if not number.isdecimal():
            yield Problem(where, "is no number", "write e.g. 1 = { kind = … }")
        yield from _kind_problems(file, where, answer)
    for word, answer in file.meanings.items():
        where = f"{place}, meanings, {word}"
        if word not in MEANINGS:
            yield Problem(where, "is no answer", f"one of {', '.join(MEANINGS)}")
        yield from _kind_problems(file, where, answer)


def _kind_problems(
    file: _File, where: str, answer: Mapping[str, str]
) -> Iterator[Problem]:
    if answer.get("kind") not in file.responses:
        yield Problem(where, "its kind is not in [responses]", "correct the kind")


def _moments(file: _File) -> Iterator[tuple[str, date]]:
    """Yield every date of the file with its place."""
    if file.answer_by:
        yield "answer_by", file.answer_by
    if file.event:
        yield "event, start", file.event.start
    for step in file.step:
        for key, moment in (("at", step.at), ("not_after", step.not_after)):
            if moment:
                yield f"step '{step.name}', {key}", moment


def _step_problems(file: _File, step: _Step, where: str) -> Iterator[Problem]:
    audiences = (EVERYONE, SILENT, *file.responses)
    if step.to not in audiences:
        yield Problem(
            where, f"to = '{step.to}' is nobody", f"one of {', '.join(audiences)}"
        )
    distance = step.before or step.after
    if step.calendar and file.event is None:
        yield Problem(where, "calendar without an [event]", "add the event")
    if distance is None:
        return
    earlier = [other.name for other in file.step[: file.step.index(step)]]
    if distance.of == "answer_by" and file.answer_by is None:
        yield Problem(where, "of = 'answer_by', but there is none", "add answer_by")
    elif distance.of == "event" and file.event is None:
        yield Problem(where, "of = 'event', but there is none", "add [event]")
    elif distance.of == "response" and step.to in (EVERYONE, SILENT):
        yield Problem(
            where, f"'{step.to}' have given no response", "name a kind in `to`"
        )
    elif distance.of not in (*_ANCHORS, *earlier):
        choices = ", ".join((*_ANCHORS, *earlier))
        yield Problem(where, f"of = '{distance.of}' is unknown", f"one of {choices}")
    if step.before is not None and distance.of == "response":
        yield Problem(where, "nothing goes out before a response", "write `after`")


def _known_keys() -> list[str]:
    tables = (_File, _Step, _Distance, _Event, _Category)
    return [key for table in tables for key in table.model_fields]
