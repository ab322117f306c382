"""
Decide how long one recipient is left in peace between two messages.

A message that nobody asked for (to everyone, to the silent) waits until the
campaign's `working_days_apart` have passed since any other that they got, and
lets what is on its way leave first.  What somebody gets for their answer never
waits.
How the steps' common dates keep apart is decided in `mailer.planning.schedule`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mailer.model.delivery import REACHED
from mailer.model.delivery import DeliveryState as S
from mailer.planning.audience import UNDER_WAY, Case, Said
from mailer.planning.decision import PlanVerdict
from mailer.planning.schedule import is_unasked
from mailer.planning.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from mailer.model.campaign import Step
    from mailer.planning.schedule import StepTime


class Peace(NamedTuple):
    """Until when a recipient is left in peace, and after what."""

    until: datetime
    reason: str


def keeps_apart(case: Case) -> bool:
    """Return whether the step has to keep its distance from other messages."""
    return bool(case.campaign.working_days_apart) and is_unasked(case.step)


def peace(case: Case) -> Peace | None:
    """Return until when the step has to wait after what the recipient got last."""
    if not keeps_apart(case):
        return None
    left = [
        (row.first_begun_at, row.step)
        for row in case.history.deliveries.values()
        if row.step != case.step.name
        and row.state in REACHED
        and row.first_begun_at is not None
    ]
    if not left:
        return None
    last, name = max(left)
    days = counted(case.campaign.working_days_apart, "working day")
    return Peace(
        case.calendar.free_again(last, case.campaign.working_days_apart),
        f'at least {days} after "{name}", which left {case.when(last)}',
    )


def lets_first(case: Case, times: Mapping[str, StepTime]) -> Iterator[Step]:
    """
    Yield the steps that go before this one, if they are due at the same time.

    Those that answer the recipient, and of the others the earlier.
    """
    if not keeps_apart(case):
        return
    steps = case.campaign.steps
    for step in steps:
        if step.name == case.step.name:
            continue
        if not is_unasked(step) or _rank(step, case, times) < _rank(
            case.step, case, times
        ):
            yield step


def another_is_on_its_way(case: Case, times: Mapping[str, StepTime]) -> Said | None:
    """Wait for a message that is about to leave for the same recipient."""
    if not keeps_apart(case):
        return None
    first = {step.name for step in lets_first(case, times)}
    for row in case.history.deliveries.values():
        if row.step == case.step.name or row.state not in UNDER_WAY:
            continue
        if row.step in first or row.state is S.ON_THE_WIRE:
            return lets(row.step)
    return None


def lets(name: str) -> Said:
    """Return what is said of a step that lets another go first."""
    return Said(PlanVerdict.HELD, f'"{name}" to the same recipient goes first')


def _rank(
    step: Step, case: Case, times: Mapping[str, StepTime]
) -> tuple[bool, float, int]:
    """Return the place of a step among those that nobody asked for."""
    time = times.get(step.name)
    order = case.campaign.steps.index(step)
    return time is None, time.due.timestamp() if time else 0, order
