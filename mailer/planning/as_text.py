"""
Say a plan to a person: every step with its date, the reasons, and its end.

The dates are decided in `mailer.planning.schedule`; who is due for them, in
`mailer.planning.plan`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.model.campaign import At
from mailer.planning.leave import lands_in_leave
from mailer.planning.start import RESPONSE
from mailer.planning.windows import WorkCalendar
from mailer.planning.words import counted, for_whom, moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mailer.model.campaign import Campaign, Step
    from mailer.planning.schedule import StepTime


def plan_as_text(campaign: Campaign, times: Mapping[str, StepTime]) -> str:
    """
    Return the calendar of a campaign, ten lines or so for each step.

    Args:
        campaign: Whose plan it is.
        times: `schedule(campaign)`.
    """
    lines = [campaign.title]
    for step in campaign.steps:
        lines += ["", f"{step.name} → {step.to}"]
        lines += (f"  {line}" for line in _of_step(campaign, step, times))
    return "\n".join(lines) + "\n"


def after_what(step: Step) -> str:
    """Return "right after the response" for a step that each gets at another time."""
    when = step.when
    if isinstance(when, At):  # it has a time of its own: our own bug
        raise AssertionError(f"{step.name} has a time given")  # noqa: TRY004
    name = "the response" if when.of == RESPONSE else f'"{when.of}"'
    if when.days == 0:
        return f"right after {name}"
    distance = counted(abs(when.days), "working day" if when.working else "day")
    return f"{distance} {'before' if when.days < 0 else 'after'} {name}"


def _of_step(
    campaign: Campaign, step: Step, times: Mapping[str, StepTime]
) -> Iterator[str]:
    if step.categories:
        yield for_whom(step)
    time = times.get(step.name)
    if time is None:
        yield after_what(step)
        if step.not_after:
            yield f"until {moment(step.not_after)}, the step's own limit"
        return
    yield moment(WorkCalendar.of(campaign).local(time.due))
    for reason in time.reasons:
        if reason != time.dropped:
            yield f"because {reason}"
    if away := lands_in_leave(campaign, step, time):
        yield f"mind: many are away {away}"
    if time.dropped:
        yield f"dropped: {time.dropped}"
    else:
        yield f"until {time.until}"
