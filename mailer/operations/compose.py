"""
Compose the one message that a step is for a recipient.

The same delivery composes to the same bytes at every attempt: what the texts
say is fixed by the plan's time, not by the time of the attempt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mailer import tokens
from mailer.errors import ConfigurationError, Problem, RenderError
from mailer.model.campaign import At, Finality
from mailer.model.message import Envelope
from mailer.planning.windows import WorkCalendar
from mailer.rendering.calendar import event_calendar
from mailer.rendering.context import Facts, deadline, template_context
from mailer.rendering.environment import StepTemplates
from mailer.rendering.mime import Skeleton, compile_message, skeleton
from mailer.rendering.render import render
from mailer.settings import is_reserved
from mailer.store import responses
from mailer.tokens import Purpose

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from mailer.model.campaign import Campaign, Step
    from mailer.model.history import History
    from mailer.model.message import Attachment, Message, Rendered
    from mailer.model.recipient import Recipient
    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign

SATURDAY = 5


@dataclass
class Composer:
    """Compiles a campaign's steps once, then makes messages of them."""

    office: Office
    opened: OpenCampaign
    recipient_count: int
    _templates: dict[tuple[str, str], StepTemplates] = field(default_factory=dict)
    _skeletons: dict[str, Skeleton] = field(default_factory=dict)
    _calendars: dict[datetime, Attachment] = field(default_factory=dict)
    _holidays: tuple[tuple[date, ...], date | None] | None = None

    @property
    def campaign(self) -> Campaign:
        """Return the campaign that is composed."""
        return self.opened.campaign

    def render(
        self, step: Step, history: History, due: datetime, answered_count: int
    ) -> Rendered:
        """
        Return subject and texts for one recipient.

        Raises:
            RenderError: Naming the template, the variable and the recipient.
        """
        recipient = history.recipient
        facts = self._facts(history, due, answered_count)
        context = template_context(
            self.campaign, step, recipient, self.office.sender, facts
        )
        try:
            return render(self._step_templates(step, recipient.language), context)
        except RenderError as error:
            raise RenderError(
                *(
                    Problem(
                        f"{one.place}, for {recipient.address}",
                        one.cause,
                        one.next_step,
                    )
                    for one in error.problems
                )
            ) from error

    def message(
        self,
        step: Step,
        history: History,
        *,
        due: datetime,
        begun: datetime,
        answered_count: int,
    ) -> Message:
        """
        Return the whole message for one recipient.

        Args:
            step: One of the campaign's.
            history: The recipient's.
            due: When planning wanted it; what the texts say depends on it.
            begun: When its first attempt began; the message's Date.
            answered_count: Organisations that had answered when it was due.

        Raises:
            RenderError: A template does not render for this recipient.
            ConfigurationError: The fence is up and this address is outside.
        """
        recipient = history.recipient
        self._check_fence(recipient)
        rendered = self.render(step, history, due, answered_count)
        key, name = self.office.key, self.campaign.name
        reference = tokens.reference(key, name, step.name, recipient.address_key)
        domain = self.office.settings.sender.bounce_domain
        reverse_path = f"{tokens.sign(key, Purpose.REVERSE_PATH, reference)}@{domain}"
        unsubscribe = f"{tokens.sign(key, Purpose.UNSUBSCRIBE, reference)}@{domain}"
        message = compile_message(
            self._skeleton(step),
            rendered=rendered,
            envelope=Envelope(reverse_path, recipient.address, envid=reference),
            recipient_name=_display_name(recipient),
            message_id=f"<{reference}@{domain}>",
            date=begun.astimezone(ZoneInfo(self.campaign.timezone)),
            list_unsubscribe=f"<mailto:{unsubscribe}?subject=odjava>",
            calendar=self._calendar(step, due),
        )
        # The last act: a byte changed after it would break the signature.
        signer = self.office.signer
        return signer.sign(message) if signer else message

    def _step_templates(self, step: Step, language: str) -> StepTemplates:
        key = step.name, language
        if key not in self._templates:
            self._templates[key] = StepTemplates.compile(
                step.name, language, self.opened.folder.templates
            )
        return self._templates[key]

    def _skeleton(self, step: Step) -> Skeleton:
        if step.name not in self._skeletons:
            sender = self.office.settings.sender
            files = self.opened.folder.attachments
            self._skeletons[step.name] = skeleton(
                sender_name=sender.name,
                sender_address=sender.address,
                reply_to=sender.reply_to,
                list_id=f"<{self.campaign.name}.{sender.bounce_domain}>",
                attachments=[files[name] for name in step.attachments],
            )
        return self._skeletons[step.name]

    def _calendar(self, step: Step, due: datetime) -> Attachment | None:
        """Return the event as a file; the same for all whom a step is due together."""
        if not step.calendar:
            return None
        if due not in self._calendars:
            sender = self.office.settings.sender
            self._calendars[due] = event_calendar(
                self.campaign,
                uid=f"{self.campaign.name}@{sender.bounce_domain}",
                stamp=due,
                organizer=sender.address,
            )
        return self._calendars[due]

    def _facts(self, history: History, due: datetime, answered_count: int) -> Facts:
        if self._holidays is None:
            self._holidays = _holidays_before_deadline(self.campaign)
        work_free, last_working_day = self._holidays
        zone = ZoneInfo(self.campaign.timezone)
        return Facts(
            due=due.astimezone(zone).date(),
            first_sent=self._first_sent(history, zone),
            response=history.last_response,
            answered_count=answered_count,
            recipient_count=self.recipient_count,
            work_free=work_free,
            last_working_day=last_working_day,
        )

    def _first_sent(self, history: History, zone: ZoneInfo) -> date | None:
        opening = self.campaign.steps[0]
        row = history.deliveries.get(opening.name)
        if row is not None and row.first_begun_at is not None:
            return row.first_begun_at.astimezone(zone).date()
        if isinstance(opening.when, At):
            return opening.when.local.date()
        return None

    def _check_fence(self, recipient: Recipient) -> None:
        if self.office.settings.office.production or is_reserved(recipient.address):
            return
        raise ConfigurationError(outside_the_fence(recipient.address))


def _display_name(recipient: Recipient) -> str:
    """Return the organisation's name, "" where all we know of it is the address."""
    name = recipient.organisation.official_name
    return "" if "@" in name else name


def outside_the_fence(address: str) -> Problem:
    """Return what is wrong with an address that mail could really reach."""
    return Problem(
        address,
        "is a real address, and this office is not in production",
        "set [office] production = true in mailer.toml when you mean it",
    )


def answered_before(
    connection: Connection, campaign: Campaign, instant: datetime
) -> int:
    """Return how many organisations had given a final response before `instant`."""
    answered = {
        response.organisation
        for _id, response in responses.of_campaign(connection, campaign.name)
        if response.at < instant
        and campaign.responses.get(response.kind) is Finality.FINAL
    }
    return len(answered)


def _holidays_before_deadline(
    campaign: Campaign,
) -> tuple[tuple[date, ...], date | None]:
    """Return the work-free weekdays right before the deadline, and the day before."""
    last = deadline(campaign)
    if last is None:
        return (), None
    calendar = WorkCalendar.of(campaign)
    before = calendar.add_working_days(last, -1)
    days = (before + timedelta(days=n) for n in range(1, (last - before).days))
    free = tuple(d for d in days if d.weekday() < SATURDAY and calendar.why_closed(d))
    return (free, before) if free else ((), None)
