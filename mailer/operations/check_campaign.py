"""Look at everything that would be sent, for everybody, before anything is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.campaign.preflight import look_at_message, look_at_size
from mailer.errors import MailerError, Problem, Severity
from mailer.model.campaign import EVERYONE, SILENT
from mailer.model.history import History
from mailer.model.response import Response, ResponseSource
from mailer.operations.compose import Composer, outside_the_fence
from mailer.settings import is_reserved
from mailer.store import histories, recipients

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mailer.model.campaign import Campaign, Step
    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found, and how much it looked at."""

    recipients: int
    messages: int
    problems: tuple[Problem, ...]

    @property
    def blocks(self) -> bool:
        """Return whether any of it blocks the campaign."""
        return any(one.severity is Severity.BLOCKS for one in self.problems)


def check_campaign(office: Office, opened: OpenCampaign) -> Findings:
    """
    Render and compile every step for every recipient; return all findings.

    Steps for those who respond are rendered once for each recipient and each
    answer that a typed number can give.
    """
    campaign, now = opened.campaign, office.clock.now()
    problems: list[Problem] = []
    with office.database.read() as connection:
        if recipients.row_count(connection, campaign.list_name) is None:
            return Findings(0, 0, (_no_list(campaign),))
        known = list(histories.of_list(connection, campaign.name, campaign.list_name))
    if not known:
        return Findings(0, 0, (_empty_list(campaign),))

    problems += _time_problems(opened, now)
    composer = Composer(office, opened, len(known))
    messages = 0
    seen: set[tuple[str, str]] = set()
    for history in known:
        address = history.recipient.address
        if not office.settings.office.production and not is_reserved(address):
            problems.append(outside_the_fence(address))
            continue
        for step in campaign.steps:
            for imagined in _imagined(campaign, step, history, now):
                messages += 1
                for problem in _look(composer, step, imagined, opened, now):
                    # One mistake in a template is one finding, not 212.
                    key = (problem.place.partition(", for ")[0], problem.cause)
                    if key not in seen:
                        seen.add(key)
                        problems.append(problem)
    return Findings(len(known), messages, tuple(problems))


def _look(
    composer: Composer,
    step: Step,
    history: History,
    opened: OpenCampaign,
    now: datetime,
) -> Iterator[Problem]:
    time = opened.times.get(step.name)
    due = time.due if time else now
    campaign, name = opened.campaign, f"{opened.campaign.name}/{step.name}"
    place = f"{name}, for {history.recipient.address}"
    try:
        rendered = composer.render(step, history, due, 0)
        message = composer.message(step, history, due=due, begun=due, answered_count=0)
    except MailerError as error:
        yield from error.problems
        return
    yield from look_at_message(place, rendered, campaign)
    yield from look_at_size(place, len(message.data))


def _imagined(
    campaign: Campaign, step: Step, history: History, now: datetime
) -> Iterator[History]:
    """Yield the recipient as the step may meet them: with each answer it is for."""
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
            recorded_by="check",
            details=details,
        )
        yield History(history.recipient, history.deliveries, (response,))


def _time_problems(opened: OpenCampaign, now: datetime) -> Iterator[Problem]:
    campaign = opened.campaign
    for step in campaign.steps:
        time = opened.times.get(step.name)
        if time is None:
            continue
        place = f"{campaign.name}, step '{step.name}'"
        if not time.fits:
            yield Problem(
                place,
                f"due {time.due:%d %b %Y}, but it may not go then: {time.until}",
                "change its time, or remove it",
            )
        elif time.expires <= now:
            yield Problem(
                place,
                f"its time is over: {time.until}",
                "change the dates, or use this campaign for a rehearsal only",
                Severity.WARNS,
            )


def _no_list(campaign: Campaign) -> Problem:
    return Problem(
        f"{campaign.name}, list '{campaign.list_name}'",
        "was never imported",
        f"mailer recipients import FILE --list {campaign.list_name}",
    )


def _empty_list(campaign: Campaign) -> Problem:
    return Problem(
        f"{campaign.name}, list '{campaign.list_name}'",
        "is empty",
        f"mailer recipients import FILE --list {campaign.list_name}",
    )
