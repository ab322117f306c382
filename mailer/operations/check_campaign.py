"""Look at everything that would be sent, for everybody, before anything is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mailer.campaign.preflight import look_at_message, look_at_size
from mailer.errors import MailerError, Problem, Severity
from mailer.model.campaign import EVERYONE, SILENT
from mailer.operations.compose import Composer, outside_the_fence
from mailer.operations.imagine import imagine
from mailer.settings import is_reserved
from mailer.store import campaigns, histories, recipients

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from mailer.model.campaign import Campaign, Event, Step
    from mailer.model.history import History
    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign
    from mailer.planning.schedule import StepTime


#: an opening that was due longer ago than this is more likely a wrong date
LATE = timedelta(days=1)


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
    messages = 0
    seen: set[tuple[str, str]] = set()
    with office.database.read() as connection:
        if recipients.row_count(connection, campaign.list_name) is None:
            return Findings(0, 0, (_no_list(campaign),))
        count = recipients.count(connection, campaign.list_name)
        if not count:
            return Findings(0, 0, (_empty_list(campaign),))
        has_started = campaigns.get(connection, campaign.name).started_at is not None
        problems += _time_problems(opened, now, has_started=has_started)
        composer = Composer(office, opened, count)
        known = histories.of_list(connection, campaign.name, campaign.list_name)
        for history in known:  # one after the other: there may be a million
            address = history.recipient.address
            if not office.settings.office.production and not is_reserved(address):
                problems.append(outside_the_fence(address))
                continue
            for step, imagined in _everything(campaign, history, now):
                messages += 1
                for problem in _look(composer, step, imagined, opened, now):
                    # One mistake in a template is one finding, not 212.
                    key = (problem.place.partition(", for ")[0], problem.cause)
                    if key not in seen:
                        seen.add(key)
                        problems.append(problem)
    return Findings(count, messages, tuple(problems))


def _everything(
    campaign: Campaign, history: History, now: datetime
) -> Iterator[tuple[Step, History]]:
    """Yield each step that a recipient may get, and as whom it will meet them."""
    for step in campaign.steps:
        for imagined in imagine(campaign, step, history, now):
            yield step, imagined


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
    # Unsigned: a signature adds less than a kilobyte, and takes most of the time.
    yield from look_at_size(place, message.size)


def _time_problems(
    opened: OpenCampaign, now: datetime, *, has_started: bool
) -> Iterator[Problem]:
    campaign, times = opened.campaign, opened.times
    opening = times.get(campaign.steps[0].name)
    for step in campaign.steps:
        time = times.get(step.name)
        if time is None:
            continue
        place = f"{campaign.name}, step '{step.name}'"
        is_opening = time is opening
        due = f"{time.due.astimezone(ZoneInfo(campaign.timezone)):%a %-d %b %Y}"
        if not time.fits:
            cause = f"due {due}, but it may not go then: {time.until}"
            yield Problem(place, cause, "change its time, or remove it")
        elif step.to in (EVERYONE, SILENT) and _is_after_deadline(campaign, time):
            cause = f"due {due}, after the deadline"
            yield Problem(place, cause, "change its time, or answer_by")
        elif opening is not None and time.due < opening.due:
            cause = f"due {due}, before '{campaign.steps[0].name}'"
            yield Problem(place, cause, "change its time, or remove it")
        elif time.expires <= now:
            blocks = is_opening and not has_started
            severity = Severity.BLOCKS if blocks else Severity.WARNS
            cause = f"its time is over: {time.until}"
            yield Problem(place, cause, "change the dates", severity)
        elif is_opening and not has_started and now - time.due > LATE:
            cause = f"was due {due}; it would go as soon as the campaign is started"
            yield Problem(place, cause, "change its time", Severity.WARNS)
    if campaign.event and campaign.answer_by:
        yield from _event_problems(campaign, campaign.event, campaign.answer_by)


def _is_after_deadline(campaign: Campaign, time: StepTime) -> bool:
    local = time.due.astimezone(ZoneInfo(campaign.timezone)).date()
    return campaign.answer_by is not None and local > campaign.answer_by


def _event_problems(
    campaign: Campaign, event: Event, answer_by: date
) -> Iterator[Problem]:
    if event.start.date() <= answer_by:
        yield Problem(
            f"{campaign.name}, [event]",
            f"begins on {event.start:%a %-d %b %Y}, not after the deadline",
            "correct its start, or answer_by",
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
