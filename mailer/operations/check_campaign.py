"""
Look at everything that would be sent, for everybody, before anything is.

What is wrong is decided in `campaign.preflight`; here it is collected: one
mistake in a template is one finding, not 212.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mailer.campaign.preflight.attachment import look_at_attachment, look_for_doubles
from mailer.campaign.preflight.dates import Dates
from mailer.campaign.preflight.link import links_in_html, links_in_text
from mailer.campaign.preflight.mended import look_at_links
from mailer.campaign.preflight.mention import look_for_mentions
from mailer.campaign.preflight.message import (
    look_at_message,
    look_at_size,
    look_at_source,
)
from mailer.campaign.preflight.roll import Roll
from mailer.campaign.preflight.sender import look_at_sender
from mailer.campaign.preflight.unused import look_for_unused
from mailer.errors import ListError, MailerError, Problem, Severity
from mailer.operations.check_times import check_times
from mailer.operations.compose import Composer, outside_the_fence
from mailer.operations.imagine import imagine
from mailer.operations.read_register import read_register
from mailer.planning.windows import WorkCalendar
from mailer.rendering.context import deadline
from mailer.settings import is_reserved
from mailer.store import campaigns, histories, recipients

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date, datetime

    from mailer.model.campaign import Campaign, Step
    from mailer.model.history import History
    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign


#: a letter may say how many have answered: none, one, two, and on to the plurals
ANSWERED = range(6)


@dataclass(frozen=True, slots=True)
class Findings:
    """What a check found, and how much it looked at."""

    recipients: int
    messages: int
    problems: tuple[Problem, ...]  #: those that block before those that warn
    #: link → where it stands; those of the first recipient of each step
    links: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def blocks(self) -> bool:
        """Return whether any of it blocks the campaign."""
        return any(one.severity is Severity.BLOCKS for one in self.problems)

    def and_also(self, problems: Iterable[Problem]) -> Findings:
        """Return these findings and some more; each is said once."""
        found = dict.fromkeys((*problems, *self.problems))
        in_order = sorted(found, key=lambda one: one.severity is not Severity.BLOCKS)
        return replace(self, problems=tuple(in_order))


def check_campaign(office: Office, opened: OpenCampaign) -> Findings:
    """
    Render and compile every step for every recipient; return all findings.

    Steps for those who respond are rendered once for each recipient and each
    answer that a typed number can give.  How many others have answered differs
    from recipient to recipient, as it will from step to step.
    """
    campaign, now = opened.campaign, office.clock.now()
    found = Findings(0, 0, ())
    problems = list(_look_around(office, opened))
    with office.database.read() as connection:
        if recipients.row_count(connection, campaign.list_name) is None:
            return found.and_also([*problems, _no_list(campaign)])
        count = recipients.count(connection, campaign.list_name)
        if not count:
            return found.and_also([*problems, _empty_list(campaign)])
        has_started = campaigns.get(connection, campaign.name).started_at is not None
        problems += check_times(opened, now, has_started=has_started)
        roll = _roll(office, problems)
        look = _Look(office, opened, count)
        known = histories.of_list(connection, campaign.name, campaign.list_name)
        for history in known:  # one after the other: there may be a million
            roll.add(history.recipient)
            address = history.recipient.address
            if not office.settings.office.production and not is_reserved(address):
                look.pass_over(address)
            else:
                look.at(history)
        problems += roll.look(f"{campaign.name}, list '{campaign.list_name}'")
    found = Findings(count, look.messages, (), look.links)
    return found.and_also([*problems, *look.problems()])


def _look_around(office: Office, opened: OpenCampaign) -> Iterator[Problem]:
    """Yield what is wrong beside the messages: sender, links, files."""
    campaign, folder = opened.campaign, opened.folder
    sender, is_live = office.settings.sender, office.settings.office.production
    yield from look_at_sender(sender.name, sender.address, sender.reply_to)
    for _key, problem in look_at_links(campaign.name, campaign.links, is_live=is_live):
        yield problem
    for name, file in folder.attachments.items():
        yield from look_at_attachment(f"{campaign.name}/attachments/{name}", file)
    yield from look_for_doubles(campaign.name, folder.attachments)
    yield from look_for_unused(
        campaign, folder.templates, folder.attachments, folder.files
    )


def _roll(office: Office, problems: list[Problem]) -> Roll:
    try:
        return Roll(read_register(office))
    except ListError as error:
        problems += error.problems
        return Roll(())


class _Look:
    """
    Looks at one recipient's messages after the other's.

    Args:
        office: The office.
        opened: The campaign.
        count: Recipients on its list.
    """

    def __init__(self, office: Office, opened: OpenCampaign, count: int) -> None:
        self.messages = 0
        self._looked = 0  #: recipients
        self.links: dict[str, str] = {}
        self._fenced, self._fenced_count = "", 0  #: the first of them, and how many
        self._linked: set[str] = set()  #: steps whose links are known
        self._opened = opened
        self._campaign = opened.campaign
        self._now = office.clock.now()
        self._is_live = office.settings.office.production
        self._composer = Composer(office, opened, count)
        self._zone = ZoneInfo(opened.campaign.timezone)
        self._dates = _dates_of(opened, self._now)
        #: (place, cause) → the finding, for whom it was found, for how many more
        self._found: dict[tuple[str, str], tuple[Problem, str, int]] = {}

    def at(self, history: History) -> None:
        """Render and compile all that a recipient may get."""
        address = history.recipient.address
        seen: set[tuple[str, str]] = set()
        for step, imagined in _everything(self._campaign, history, self._now):
            self.messages += 1
            for problem in self._problems(step, imagined):
                place = problem.place.partition(", for ")[0]
                key = place, problem.cause
                if key in seen:
                    continue
                seen.add(key)
                first = replace(problem, place=place), address, -1
                one, whose, more = self._found.get(key, first)
                self._found[key] = one, whose, more + 1
        self._looked += 1

    def pass_over(self, address: str) -> None:
        """Note an address that the fence keeps mail from."""
        self._fenced = self._fenced or address
        self._fenced_count += 1

    def problems(self) -> Iterator[Problem]:
        """Yield what was found, each with the first recipient whom it concerns."""
        for problem, address, more in self._found.values():
            others = f" and {more} more" if more else ""
            yield replace(problem, place=f"{problem.place}, for {address}{others}")
        if self._fenced:
            fenced = outside_the_fence(self._fenced)
            more = self._fenced_count - 1
            place = f"{fenced.place} and {more} more" if more else fenced.place
            yield replace(fenced, place=place)

    def _problems(self, step: Step, history: History) -> Iterator[Problem]:
        time = self._opened.times.get(step.name)
        due = time.due if time else self._now
        place = f"{self._campaign.name}/{step.name}"
        compose, answered = self._composer, ANSWERED[self._looked % len(ANSWERED)]
        try:
            rendered = compose.render(step, history, due, answered)
            message = compose.message(
                step, history, due=due, begun=due, answered_count=answered
            )
        except MailerError as error:
            yield from error.problems
            yield from self._look_at_sources(step, self._dates_for(history, due))
            return
        if step.name not in self._linked:
            self._linked.add(step.name)
            for link in links_in_text(rendered.text):
                self.links.setdefault(link, f"{step.name}.txt")
            for link in links_in_html(rendered.html or ""):
                self.links.setdefault(link, f"{step.name}.html")
        dates = self._dates_for(history, due)
        yield from look_at_message(place, rendered, dates, is_live=self._is_live)
        yield from look_for_mentions(
            f"{place}.txt",
            rendered.text,
            step.attachments,
            has_more=bool(step.form or step.calendar),
        )
        # Unsigned: a signature adds less than a kilobyte, and takes most of the time.
        yield from look_at_size(place, message.size)

    def _look_at_sources(self, step: Step, dates: Dates) -> Iterator[Problem]:
        """Yield what can be said of a step that does not render."""
        for part in ("subject", "txt", "html"):
            source = self._opened.folder.templates.get(f"{step.name}.{part}.j2", "")
            place = f"{self._campaign.name}/{step.name}.{part}"
            yield from look_at_source(place, source, dates)

    def _dates_for(self, history: History, due: datetime) -> Dates:
        begun = [
            row.first_begun_at
            for row in history.deliveries.values()
            if row.first_begun_at is not None
        ]
        answered = [one.at for one in history.responses]
        own = {each.astimezone(self._zone).date() for each in (*begun, *answered)}
        sent = due.astimezone(self._zone).date()
        return replace(self._dates, sent=sent, known=self._dates.known | own)


def _dates_of(opened: OpenCampaign, now: datetime) -> Dates:
    """Return the days that any letter of the campaign may name."""
    campaign, zone = opened.campaign, ZoneInfo(opened.campaign.timezone)
    known: set[date] = {
        time.due.astimezone(zone).date() for time in opened.times.values()
    }
    known |= {step.not_after.date() for step in campaign.steps if step.not_after}
    if campaign.event and campaign.event.end:
        known.add(campaign.event.end.date())
    try:
        last = deadline(campaign)
    except MailerError:  # every message says so
        last = None
    if last is not None:
        known.add(WorkCalendar.of(campaign).add_working_days(last, -1))
    event = campaign.event.start if campaign.event else None
    return Dates(now.astimezone(zone).date(), last, event, frozenset(known))


def _everything(
    campaign: Campaign, history: History, now: datetime
) -> Iterator[tuple[Step, History]]:
    """Yield each step that a recipient may get, and as whom it will meet them."""
    for step in campaign.steps:
        for imagined in imagine(campaign, step, history, now):
            yield step, imagined


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
