"""
Write a tally down as plain text, for a terminal or a letter.

What is counted is decided in `mailer.report.tally`; nothing is computed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.model.response import ResponseSource
from mailer.report.layout import (
    NO_BREAK_SPACE,
    columns,
    counts,
    heading,
    table,
    wrapped,
)
from mailer.report.standing import Standing
from mailer.report.sums import Sum, reconcile, sums

if TYPE_CHECKING:
    from mailer.report.tally import StepTally, Tally

NARROWEST = 40

ACCEPTED_MEANS = (
    "accepted: the relay took responsibility for the message (RFC 5321, section 6.1)."
    " It does not say that the message arrived, or that anyone has read it."
)
MARK = "¹"

_CAME_AS = {
    ResponseSource.REPLY: "in words, read by a person",
    ResponseSource.NUMBER: "as a typed number",
    ResponseSource.FORM: "in our form",
    ResponseSource.CALENDAR: "from a calendar",
    ResponseSource.IMPORT: "in an imported list",
    ResponseSource.STAFF: "by hand",
}


def as_table(tally: Tally, width: int = 80) -> str:
    """
    Return the report as text, without a newline at its end.

    Args:
        tally: The numbers.
        width: How many characters a line may have; at least 40 are used.
    """
    width = max(width, NARROWEST)
    sections = (
        _title(tally, width),
        _does_not_add_up(tally, width),
        _opening(tally, width),
        _answers(tally, width),
        _categories(tally, width),
        _sources(tally, width),
        _steps(tally, width),
        _regions(tally),
        _questions(tally, width),
        _objections(tally, width),
        _silent(tally, width),
        _footnote(width),
    )
    return "\n".join(line for section in sections for line in section)


def _title(tally: Tally, width: int) -> list[str]:
    lines = wrapped(tally.title, width, indent="") or [tally.campaign]
    return [*lines, "═" * max(map(len, lines))]


def _does_not_add_up(tally: Tally, width: int) -> list[str]:
    wrong = reconcile(tally)
    if not wrong:
        return []
    lines = heading("THESE NUMBERS DO NOT ADD UP; do not hand the report on")
    for sentence in wrong:
        lines += wrapped(sentence, width, hang=2)
    return lines


def _opening(tally: Tally, width: int) -> list[str]:
    rows = [(_word(place), count) for place, count in tally.opening.counts.items()]
    return [
        *heading(f"{tally.opening.name}: {tally.listed} listed"),
        *counts(rows, tally.listed, width),
        *_sum(tally, "listed", width),
    ]


def _answers(tally: Tally, width: int) -> list[str]:
    answers = tally.answers
    rows = [
        *tally.kinds.items(),
        *(part for part in answers.parts if part[0] != "answered"),
    ]
    return [
        *heading(f"answers: {answers.organisations} organisations"),
        *counts(rows, answers.organisations, width),
        *_sum(tally, "organisations", width),
        *_sum(tally, "answered", width),
        *_hints(tally, width),
    ]


def _hints(tally: Tally, width: int) -> list[str]:
    """Return what some of the silent have said, though it was no answer."""
    if not tally.hints:
        return []
    said = ", ".join(f"{count} {kind}" for kind, count in tally.hints.items())
    return wrapped(f"among the silent: {said}", width, hang=2)


def _categories(tally: Tally, width: int) -> list[str]:
    if not tally.categories:
        return []
    rows = [
        (f"{one.name}  {one.label}".strip(), one.organisations)
        for one in tally.categories
    ]
    return [
        *heading(f"what they answered: {tally.answers.answered} answered"),
        *counts(rows, tally.answers.answered, width),
        *_sum(tally, "answered, by category", width),
    ]


def _sources(tally: Tally, width: int) -> list[str]:
    if not tally.sources:
        return []
    rows = [(_CAME_AS[source], count) for source, count in tally.sources.items()]
    return [
        *heading(f"how the answers came: {tally.answers.answered} answered"),
        *counts(rows, tally.answers.answered, width),
        *_sum(tally, "answered, by way", width),
    ]


def _steps(tally: Tally, width: int) -> list[str]:
    lines = heading("steps")
    longest = max(len(step.name) for step in tally.steps)
    for step in tally.steps:
        text = f"{step.name:<{longest}}  {_step_words(step)}"
        lines += wrapped(text, width, hang=longest + 2)
    return lines


def _step_words(step: StepTally) -> str:
    """Return "205 accepted, 7 in doubt", and for which answers it is, if for some."""
    parts = (f"{count} {_word(place)}" for place, count in step.counts.items())
    # A number stays with its words.
    kept = (part.replace(" ", NO_BREAK_SPACE) for part in parts)
    said = ", ".join(kept) or "nothing yet"
    return f"{said}; for {', '.join(step.categories)}" if step.categories else said


def _regions(tally: Tally) -> list[str]:
    if not any(tally.regions):
        return []
    header = ("region", "listed", "answered", "waiting", "silent")
    rows = [
        (
            name or "(no region)",
            str(one.organisations),
            str(one.answered),
            str(one.asking),
            str(one.silent),
        )
        for name, one in tally.regions.items()
    ]
    return [*heading("regions"), *table(header, rows)]


def _questions(tally: Tally, width: int) -> list[str]:
    if not tally.questions:
        return []
    lines = heading(f"questions waiting for a person: {len(tally.questions)}")
    for one in tally.questions:
        organisation = one.organisation
        text = f"{organisation.code} {organisation.name}: {one.kind}"
        text += f" since {one.since:%Y-%m-%d %H:%M}"
        if one.answered:
            text += " (has answered before)"
        lines += wrapped(text, width, hang=len(organisation.code) + 1)
    return lines


def _objections(tally: Tally, width: int) -> list[str]:
    if not tally.objections:
        return []
    lines = heading(f"want no more reminders: {len(tally.objections)}")
    for one in tally.objections:
        organisation = one.organisation
        text = f"{organisation.code} {organisation.name}"
        text += f" since {one.since:%Y-%m-%d %H:%M} (by {one.by})"
        lines += wrapped(text, width, hang=len(organisation.code) + 1)
    return lines


def _silent(tally: Tally, width: int) -> list[str]:
    if not tally.silent:
        return []
    names = [f"{one.code} {one.name}" for one in tally.silent]
    return [*heading(f"silent: {len(names)}"), *columns(names, width)]


def _footnote(width: int) -> list[str]:
    return ["", *wrapped(f"{MARK} {ACCEPTED_MEANS}", width, indent="", hang=2)]


def _sum(tally: Tally, name: str, width: int) -> list[str]:
    """Return the sum of `name`, where there is something to add."""
    found = next(one for one in sums(tally) if one.name == name)
    return wrapped(str(found), width, hang=2) if _adds(found) else []


def _adds(one: Sum) -> bool:
    return sum(count > 0 for _, count in one.parts) > 1


def _word(place: Standing) -> str:
    return f"{place.value}{MARK}" if place is Standing.ACCEPTED else place.value
