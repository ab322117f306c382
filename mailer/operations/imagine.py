"""Imagine a recipient as a step will meet them, before anybody has answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import UsageError
from mailer.model.answers import answer_in
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

    Answers are one of each category, and those that a typed number can give; a
    campaign that has neither has one, which says nothing more.
    """
    if step.to in (EVERYONE, SILENT):
        yield history
        return
    for response in _responses(campaign, step, history, now):
        yield History(history.recipient, history.deliveries, (response,))


def imagine_in(
    campaign: Campaign, step: Step, history: History, now: datetime, category: str
) -> History:
    """
    Return the recipient with an answer in the category called `category`.

    Raises:
        UsageError: `step` is for no such answer.
    """
    found: dict[str, Response] = {}
    if step.to not in (EVERYONE, SILENT):
        for one in _responses(campaign, step, history, now):
            found.setdefault(campaign.category(one), one)
    if category not in found:
        names = ", ".join(filter(None, found))
        hint = f"one of {names}" if names else "leave it out"
        cause = f"is no category of the answers that '{step.name}' follows"
        raise UsageError.at(f"--answer {category}", cause, hint)
    return History(history.recipient, history.deliveries, (found[category],))


def _responses(
    campaign: Campaign, step: Step, history: History, now: datetime
) -> Iterator[Response]:
    """Yield the answers that put a recipient into the step's audience."""
    form, names = campaign.form, dict.fromkeys(one.name for one in campaign.categories)
    is_form = form is not None and form.answer == step.to
    source = ResponseSource.FORM if is_form else ResponseSource.STAFF
    in_each = (answer_in(campaign.categories, form, name) for name in names)
    answers = [(source, details) for details in in_each if details is not None]
    answers += [
        (ResponseSource.NUMBER, dict(answer.details))
        for answer in campaign.numbers.values()
        if answer.kind == step.to
    ]
    for how, details in answers or [(source, {})]:
        response = Response(
            campaign=campaign.name,
            organisation=history.recipient.organisation.code,
            kind=step.to,
            at=now,
            source=how,
            recorded_by="imagined",
            details=details,
        )
        if campaign.answer_for(step, [response]):
            yield response
