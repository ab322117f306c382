"""
What people do in a campaign that we know nothing about but its definition.

Each kind of response comes in every way in which the campaign can be answered:
in its form, from a calendar, as a number, on its web page, in words.  The shares
are guesses of ours, as every office's people are others; what matters in a
rehearsal is that everything which can come does.
Who does what is then a matter of the seed (`cast`).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING, TypeVar

from mailer.model.campaign import (
    EVERYONE,
    MEANINGS,
    SILENT,
    CalendarMethod,
    Finality,
    FormFormat,
)
from mailer.model.form import FieldType
from mailer.sandbox.people import Habit, People, Reaction, Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mailer.model.campaign import Campaign, Step
    from mailer.model.form import Form, FormField
    from mailer.model.recipient import Recipient
    from mailer.planning.schedule import StepTime

_Shared = TypeVar("_Shared", str, Habit)

#: of all addresses: what their servers do; the others take the mail
SERVER_SHARES: Mapping[str, float] = {
    "greylist.1": 0.04,
    "gone": 0.015,
    "bounce.later": 0.015,
    "bounce.full": 0.01,
    "delayed": 0.01,
    "defer.dot.1": 0.01,
    "full": 0.005,
    "drop.dot": 0.005,
}

#: of all that are reached: who answers, asks, or has a machine that does
ANSWERING = 0.65
ASKING = 0.02
BY_MACHINE: Mapping[Reaction, float] = {
    Reaction.RECEIPT: 0.06,
    Reaction.ABSENCE: 0.05,
    Reaction.MOVED: 0.02,
}

#: how much more common one way to answer is than another
_IN_FORM, _ON_PAGE, _BY_NUMBER, _BY_CALENDAR, _IN_WORDS = 8.0, 6.0, 1.0, 1.0, 2.0
#: of a form with a choice left open, which they make when they are asked for it
_IN_HALF = 0.5
#: of a kind that leaves the reminders
_OPEN = 0.2

_VALUES = {
    FieldType.TEXT: "Živa Črnič",
    FieldType.MULTILINE: "",
    FieldType.EMAIL: "tajnistvo@{domain}",
    FieldType.TEL: "01 555 01 00",
    FieldType.DATE: "{at.day}. {at.month}. {at.year}",
}


@dataclass(frozen=True, slots=True)
class Weighted:
    """A habit, and how common it is among those who answer."""

    habit: Habit
    weight: float


def asking_steps(campaign: Campaign, times: Mapping[str, StepTime]) -> list[Step]:
    """Return the steps that the silent get, in the order of their letters."""
    asked = [
        step
        for step in campaign.steps
        if step.to in (EVERYONE, SILENT)
        and (time := times.get(step.name)) is not None
        and time.fits
    ]
    return sorted(asked, key=lambda step: times[step.name].due)


def habits(campaign: Campaign, times: Mapping[str, StepTime]) -> list[Weighted]:
    """Return every way in which the campaign can be answered, by its definition."""
    letters = asking_steps(campaign, times)
    found = []
    kinds = [k for k, f in campaign.responses.items() if f is not Finality.PAUSE]
    for place, kind in enumerate(kinds):
        is_open = campaign.responses[kind] is Finality.OPEN
        share = (_OPEN if is_open else 1.0) / (1 + place)
        ways = [
            (habit, weight / (1 + habit.step))
            for number, step in enumerate(letters)
            for habit, weight in _ways(campaign, kind, number, step)
        ]
        total = sum(weight for _, weight in ways) or 1.0
        found += [Weighted(habit, share * weight / total) for habit, weight in ways]
    return found


def _ways(
    campaign: Campaign, kind: str, number: int, step: Step
) -> Iterator[tuple[Habit, float]]:
    """Yield how a response of `kind` can come to the letter with this number."""
    if campaign.form and campaign.form.answer == kind and step.form:
        variants = list(_filled_in(campaign.form))
        for way, details in zip(cycle(_form_ways(step)), variants, strict=False):
            habit = Habit(Reaction.FILLED, number, details, way, kind)
            yield habit, _IN_FORM / len(variants)
        if half := _half_filled(campaign.form, kind, number, _form_ways(step)[0]):
            yield half, _IN_HALF
    if step.calendar is CalendarMethod.REQUEST:
        for word in MEANINGS:
            if word in campaign.meanings and campaign.meanings[word].kind == kind:
                yield (
                    Habit(Reaction.CALENDAR, number, (("answer", word),)),
                    (_BY_CALENDAR),
                )
    for typed, meaning in campaign.numbers.items():
        if meaning.kind == kind and number:
            details = (("number", str(typed)),)
            yield Habit(Reaction.NUMBER, number, details), _BY_NUMBER
    if campaign.links:
        yield Habit(Reaction.REGISTER, number, kind=kind), _ON_PAGE
    yield Habit(Reaction.WORDS, number, kind=kind), _IN_WORDS


def _form_ways(step: Step) -> list[Way]:
    ways = {FormFormat.PDF: Way.PDF, FormFormat.DOCX: Way.DOCX}
    return [ways[one] for one in step.form]


def _half_filled(form: Form, kind: str, number: int, way: Way) -> Habit | None:
    """Return who makes one choice, and the others with the next letter."""
    if len(form.decisive) < 2:  # noqa: PLR2004 - nothing is half then
        return None
    first, *others = form.decisive
    rest = tuple((one.label, [*one.options.values()][-1]) for one in others)
    then = Habit(Reaction.COMPLETE, number + 1, rest)
    details = ((first.id, [*first.options][-1]),)
    return Habit(Reaction.FILLED, number, details, way, kind, then)


def _filled_in(form: Form) -> Iterator[tuple[tuple[str, str], ...]]:
    """Yield forms, filled in so that each option of each choice occurs."""
    choices = [one for one in form.fields if one.type is FieldType.RADIO]
    most = max((len(one.options) for one in choices), default=1)
    for turn in range(most):
        values: dict[str, str] = {}
        for place, one in enumerate(form.fields):
            is_asked = all(values.get(k) == v for k, v in one.show_if.items())
            value = _value(one, turn + place) if is_asked else ""
            if value and one.prefilled is None:
                values[one.id] = value
        yield tuple(values.items())


def _value(one: FormField, turn: int) -> str:
    if one.type is FieldType.RADIO:
        return list(one.options)[turn % len(one.options)]
    if one.type is FieldType.INTEGER:
        return str(one.min if one.min is not None else one.max or 1)
    if one.type is FieldType.TEXT:
        return _VALUES[one.type][: one.max]
    return _VALUES[one.type]


def cast(
    campaign: Campaign,
    times: Mapping[str, StepTime],
    recipients: Iterable[Recipient],
    seed: int,
) -> People:
    """
    Return who does what, by the seed: the same seed, the same people.

    Every address is given a behaviour, so that none is read from its local part.
    """
    chance = random.Random(f"{seed} {campaign.name}")  # noqa: S311 - a simulation
    addresses = sorted({one.address for one in recipients})
    chance.shuffle(addresses)
    behaviours = dict.fromkeys(addresses, "")
    troubled = iter(addresses)
    for name, count in _shared_out(SERVER_SHARES, len(addresses)).items():
        behaviours.update(dict.fromkeys(islice(troubled, count), name))
    # Those whose mail arrives late still answer; the others cannot.
    reached = [a for a in addresses if behaviours[a] in ("", "greylist.1")]
    chance.shuffle(reached)
    return People(behaviours, _given(reached, _everything(campaign, times)))


def _everything(
    campaign: Campaign, times: Mapping[str, StepTime]
) -> dict[Habit, float]:
    """Return habit → its share of those who are reached."""
    answers = habits(campaign, times)
    total = sum(one.weight for one in answers)
    shares = {one.habit: ANSWERING * one.weight / total for one in answers}
    if campaign.pausing:
        shares[Habit(Reaction.QUESTION, kind=campaign.pausing)] = ASKING
    return shares | {Habit(reaction): part for reaction, part in BY_MACHINE.items()}


def _given(addresses: Sequence[str], shares: Mapping[Habit, float]) -> dict[str, Habit]:
    free = iter(addresses)
    return {
        address: habit
        for habit, count in _shared_out(shares, len(addresses)).items()
        for address in islice(free, count)
    }


def _shared_out(shares: Mapping[_Shared, float], whole: int) -> dict[_Shared, int]:
    """Share `whole` out, so that the sum is right: the largest rests get one more."""
    exact = {one: share * whole for one, share in shares.items()}
    counts = {one: int(part) for one, part in exact.items()}
    left = round(sum(exact.values())) - sum(counts.values())
    by_rest = sorted(exact, key=lambda one: counts[one] - exact[one])
    for one in by_rest[:left]:
        counts[one] += 1
    return counts
