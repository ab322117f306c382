"""
What a recipient would get for an answer that they have not given.

The answer is made up, and given now, or when the opening has gone; what follows
from it is decided as always, in `mailer.planning.plan`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mailer.model.answers import answer_in
from mailer.model.campaign import EVERYONE, SILENT
from mailer.model.response import Response, ResponseSource
from mailer.planning.decision import Decision, PlanVerdict
from mailer.planning.plan import decide

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mailer.model.campaign import Campaign, Step
    from mailer.model.history import History
    from mailer.planning.schedule import StepTime

_WOULD_COME = (PlanVerdict.DUE, PlanVerdict.LATER, PlanVerdict.MISSED)


def if_answered(
    campaign: Campaign,
    times: Mapping[str, StepTime],
    step: Step,
    history: History,
    now: datetime,
) -> Decision | None:
    """
    Return the decision on `step`, had they given the answer that it is for.

    `None`: it is for no answer, it is theirs already, or nothing would come.

    Args:
        campaign: What we say and when.
        times: `schedule(campaign)`.
        step: One of the campaign's.
        history: The recipient's.
        now: Aware.
    """
    if step.to in (EVERYONE, SILENT) or campaign.answer_for(step, history.responses):
        return None
    details: Mapping[str, str] = {}
    if step.categories:
        name = step.categories[0]
        details = answer_in(campaign.categories, campaign.form, name) or {}
    opening = times.get(campaign.steps[0].name)
    at = max(now, opening.due) if opening else now
    answer = Response(
        campaign=campaign.name,
        organisation=history.recipient.organisation.code,
        kind=step.to,
        at=at,
        source=ResponseSource.STAFF,
        recorded_by="imagined",
        details=details,
    )
    answered = replace(history, responses=(*history.responses, answer))
    found = decide(campaign, times, step, answered, at)
    if found.verdict is PlanVerdict.DUE and found.at and found.at > now:
        return replace(found, verdict=PlanVerdict.LATER)
    return found if found.verdict in _WOULD_COME else None
