"""
Compose the one message that a step is for a recipient.

The same delivery composes to the same bytes at every attempt: what the texts
say is fixed by the plan's time, not by the time of the attempt.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from mailer import tokens
from mailer.errors import ConfigurationError, Problem, RenderError
from mailer.model.campaign import CalendarMethod, Finality
from mailer.model.message import Envelope
from mailer.planning.windows import WorkCalendar
from mailer.rendering.calendar import event_calendar
from mailer.rendering.context import Facts, deadline, own_context, shared_context
from mailer.rendering.environment import StepTemplates
from mailer.rendering.mime import Skeleton, compile_message, skeleton
from mailer.rendering.render import render
from mailer.settings import is_reserved
from mailer.store import responses
from mailer.tokens import Purpose

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from mailer.forms.attachments import FormPrinter
    from mailer.model.campaign import Campaign, Step
    from mailer.model.history import History
    from mailer.model.message import Attachment, Message, Rendered
    from mailer.model.recipient import Recipient
    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign

SATURDAY = 5

#: of a mail to our unsubscribe address; it ends the reminders, not official mail
_SUBJECT = quote("odjava od opomnikov")


#: contexts and calendars kept, for deliveries that were due together
_KEPT = 64


class Composer:
    """
    Compiles a campaign's steps once, then makes messages of them.

    Args:
        office: The office; its key names the deliveries.
        opened: The campaign.
        recipient_count: Organisations written to.
    """

    def __init__(
        self, office: Office, opened: OpenCampaign, recipient_count: int
    ) -> None:
        self.campaign = opened.campaign
        self._office, self._opened = office, opened
        self._recipient_count = recipient_count
        self._zone = ZoneInfo(self.campaign.timezone)
        self._is_fenced = not office.settings.office.production
        self._domain = office.settings.sender.bounce_domain
        self._templates: dict[tuple[str, str], StepTemplates] = {}
        self._skeletons: dict[str, Skeleton] = {}
        self._shared_context = lru_cache(_KEPT)(self._make_shared_context)
        self._calendar = lru_cache(_KEPT)(self._make_calendar)

    def render(
        self, step: Step, history: History, due: datetime, answered_count: int
    ) -> Rendered:
        """
        Return subject and texts for one recipient.

        Raises:
            RenderError: Naming the template, the variable and the recipient.
        """
        recipient = history.recipient
        response = self.campaign.answer_for(step, history.responses)
        first_sent = self._first_sent(history)
        context = {
            **self._shared_context(step, due, first_sent, answered_count),
            **own_context(self.campaign, recipient, response),
        }
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
        Return the whole message for one recipient, not yet signed.

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
        if self._is_fenced and not is_reserved(recipient.address):
            raise ConfigurationError(outside_the_fence(recipient.address))
        rendered = self.render(step, history, due, answered_count)
        key, domain = self._office.key, self._domain
        reference = self._reference(step, history)
        reverse_path = f"{tokens.sign(key, Purpose.REVERSE_PATH, reference)}@{domain}"
        unsubscribe = f"{tokens.sign(key, Purpose.UNSUBSCRIBE, reference)}@{domain}"
        return compile_message(
            self._skeleton(step),
            rendered=rendered,
            envelope=Envelope(reverse_path, recipient.address, envid=reference),
            recipient_name=_display_name(recipient),
            message_id=f"<{reference}@{domain}>",
            date=begun.astimezone(self._zone),
            list_unsubscribe=f"<mailto:{unsubscribe}?subject={_SUBJECT}>",
            calendar=self._event(step, due, recipient),
            own_files=self.form(step, recipient) if step.form else (),
        )

    def form(self, step: Step, recipient: Recipient) -> list[Attachment]:
        """
        Return the form that the step carries, made out to the recipient's organisation.

        Raises:
            DefinitionError: The form does not fit on a page.
        """
        if not step.form:
            return []
        return self.printer.attachments(recipient.organisation, step.form)

    def signed(self, message: Message) -> Message:
        """
        Return the message as it goes out: the last act, before any attempt.

        A byte changed after it would break the signature.  Any thread may do it.
        """
        signer = self._office.signer
        return signer.sign(message) if signer else message

    def is_slow_to_sign(self, message: Message) -> bool:
        """Return whether `signed` is better done in a thread of its own."""
        signer = self._office.signer
        return signer is not None and signer.is_slow_for(message)

    def _reference(self, step: Step, history: History) -> str:
        """Return the reference that the ledger has, or will have, for a delivery."""
        row = history.deliveries.get(step.name)
        if row is not None:
            return row.reference
        address_key = history.recipient.address_key
        return tokens.reference(
            self._office.key, self.campaign.name, step.name, address_key
        )

    def _step_templates(self, step: Step, language: str) -> StepTemplates:
        key = step.name, language
        if key not in self._templates:
            self._templates[key] = StepTemplates.compile(
                step.name, language, self._opened.folder.templates
            )
        return self._templates[key]

    def _skeleton(self, step: Step) -> Skeleton:
        if step.name not in self._skeletons:
            sender = self._office.settings.sender
            files = self._opened.folder.attachments
            self._skeletons[step.name] = skeleton(
                sender_name=sender.name,
                sender_address=sender.address,
                reply_to=sender.reply_to,
                list_id=f"<{self.campaign.name}.{sender.bounce_domain}>",
                attachments=[files[name] for name in step.attachments],
            )
        return self._skeletons[step.name]

    @cached_property
    def printer(self) -> FormPrinter:
        """Return what makes the campaign's form out; there must be one."""
        # Loaded for campaigns with a form: it takes half a second.
        from mailer.forms.attachments import FormPrinter  # noqa: PLC0415

        if self.campaign.form is None:  # the definition saw to it
            raise AssertionError(self.campaign.name)
        return FormPrinter(self.campaign.form, self.campaign.name, self._office.key)

    def _event(
        self, step: Step, due: datetime, recipient: Recipient
    ) -> Attachment | None:
        """Return the event as a file, if the step carries one."""
        match step.calendar:
            case None:
                return None
            case CalendarMethod.PUBLISH:
                return self._calendar(due)
            case CalendarMethod.REQUEST:
                return self._make_calendar(due, recipient.address)

    def _make_calendar(self, due: datetime, attendee: str = "") -> Attachment:
        """Return the event; without an attendee the same for all due together."""
        sender = self._office.settings.sender
        return event_calendar(
            self.campaign,
            uid=f"{self.campaign.name}@{sender.bounce_domain}",
            stamp=due,
            organizer=sender.reply_to or sender.address,
            attendee=attendee,
        )

    def _make_shared_context(
        self, step: Step, due: datetime, first_sent: date | None, answered_count: int
    ) -> dict[str, object]:
        work_free, last_working_day = self._holidays
        facts = Facts(
            due=due.astimezone(self._zone).date(),
            first_sent=first_sent,
            answered_count=answered_count,
            recipient_count=self._recipient_count,
            work_free=work_free,
            last_working_day=last_working_day,
        )
        return shared_context(self.campaign, step, self._office.sender, facts)

    @cached_property
    def _holidays(self) -> tuple[tuple[date, ...], date | None]:
        return _holidays_before_deadline(self.campaign)

    def _first_sent(self, history: History) -> date | None:
        """Return when the opening left, or the working day on which it will."""
        opening = self.campaign.steps[0]
        row = history.deliveries.get(opening.name)
        if row is not None and row.first_begun_at is not None:
            return row.first_begun_at.astimezone(self._zone).date()
        time = self._opened.times.get(opening.name)
        return time.due.astimezone(self._zone).date() if time else None


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
