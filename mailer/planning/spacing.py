"""
Decide how long one recipient is left in peace between two messages.

A message that nobody asked for (to everyone, to the silent) waits until the
campaign's `working_days_apart` have passed since any other that they got, and
lets what is on its way leave first.  What somebody gets for their answer never
waits, nor does the opening.
How the steps' common dates keep apart is decided in `mailer.planning.schedule`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from mailer.model.delivery import REACHED
from mailer.model.delivery import DeliveryState as S
from mailer.planning.audience import UNDER_WAY, Case, Said
from mailer.planning.decision import PlanVerdict
from mailer.planning.schedule import waits_its_turn
from mailer.planning.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mailer.model.campaign import Step
    from mailer.planning.schedule import StepTime


_LAST = datetime.max.replace(tzinfo=UTC)


class Peace(NamedTuple):
    """Until when a recipient is left in peace, and after what."""

    until: datetime
    reason: str


def keeps_apart(case: Case) -> bool:
    """Return whether the step has to keep its distance from other messages."""
    return bool(case.campaign.working_days_apart) and waits_its_turn(
        case.campaign, case.step
    )


def peace(case: Case, due: datetime) -> Peace | None:
    """Return until when a step that is due has to wait after what they got last."""
    if not keeps_apart(case):
        return None
    left = [
        (row.first_begun_at, row.step)
        for row in case.history.deliveries.values()
        if row.first_begun_at is not None
        and row.state in REACHED
        and row.step != case.step.name
    ]
    if not left:
        return None
    last, name = max(left)
    apart = case.campaign.working_days_apart
    until = case.calendar.free_again(last, apart)
    if until <= due:
        return None
    days = counted(apart, "working day")
    return Peace(until, f'at least {days} after "{name}", which left {case.when(last)}')


def goes_first(case: Case, times: Mapping[str, StepTime]) -> Iterator[Step]:
    """
    Yield the steps that have no end yet and go before this one.

    The opening, those that answer the recipient, and of the others the earlier.
    """
    if not keeps_apart(case):
        return
    rank = _rank(case.step, times)
    is_later = False  # of two at one time the earlier in the file goes first
    for step in case.campaign.steps:
        if step.name == case.step.name:
            is_later = True
            continue
        row = case.history.deliveries.get(step.name)
        if row is not None and row.state not in UNDER_WAY:
            continue
        is_earlier = (_rank(step, times), is_later) < (rank, True)
        if is_earlier or not waits_its_turn(case.campaign, step):
            yield step


def another_is_on_its_way(case: Case, times: Mapping[str, StepTime]) -> Said | None:
    """Wait for a message that is about to leave for the same recipient."""
    if not keeps_apart(case):
        return None
    rows = [
        row
        for row in case.history.deliveries.values()
        if row.state in UNDER_WAY and row.step != case.step.name
    ]
    if not rows:
        return None
    first = {step.name for step in goes_first(case, times)}
    for row in rows:
        if row.step in first or row.state is S.ON_THE_WIRE:
            return lets(row.step)
    return None


def lets(name: str) -> Said:
    """Return what is said of a step that lets another go first."""
    return Said(PlanVerdict.HELD, f'"{name}" to the same recipient goes first')


def _rank(step: Step, times: Mapping[str, StepTime]) -> datetime:
    """Return when a step is due; one that follows a response comes last."""
    time = times.get(step.name)
    return time.due if time else _LAST
