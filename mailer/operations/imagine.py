"""Imagine a recipient as a step will meet them, before anybody has answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.model.campaign import EVERYONE, SILENT
from mailer.model.history import History
from mailer.model.response import Response, ResponseSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mailer.model.campaign import Campaign, Step


def imagine(
    campaign: Campaign, step: Step, history: History, now: datetime
) -> Iterator[History]:
    """
    Yield the recipient with each answer that `step` is for.

    Answers are those that a typed number can give; a campaign without numbers
    has one, which says nothing more.
    """
    if step.to in (EVERYONE, SILENT):
        yield history
        return
    answers = [
        answer.details for answer in campaign.numbers.values() if answer.kind == step.to
    ]
    for details in answers or [{}]:
        response = Response(
            campaign=campaign.name,
            organisation=history.recipient.organisation.code,
            kind=step.to,
            at=now,
            source=ResponseSource.STAFF,
            recorded_by="imagined",
            details=details,
        )
        yield History(history.recipient, history.deliveries, (response,))
