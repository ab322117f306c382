"""
Decide whether a recipient is in a step's audience, whatever the time.

Each rule looks at one thing that may speak against a message and says it, or
returns `None`.
In which order they are asked is decided in `mailer.planning.plan`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, assert_never

from mailer.model.campaign import EVERYONE, SILENT, Campaign, Relative, Step
from mailer.model.delivery import DeliveryState as S
from mailer.planning.decision import PlanVerdict
from mailer.planning.schedule import follows_response, is_reminder
from mailer.planning.words import counted, for_whom, moment

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.model.delivery import Delivery
    from mailer.model.history import History
    from mailer.model.response import Response
    from mailer.planning.windows import WorkCalendar

UNDER_WAY = (S.PLANNED, S.BEGUN, S.ON_THE_WIRE)
NEVER_LEFT = (
    S.REFUSED,
    S.MISSED,
    S.CANCELLED,
    S.ABANDONED,
    S.ANSWERED,
    S.SUPPRESSED,
    S.OBJECTED,
)


class Said(NamedTuple):
    """What one rule has to say."""

    verdict: PlanVerdict
    reason: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One step for one recipient, to be decided."""

    campaign: Campaign
    calendar: WorkCalendar
    step: Step
    history: History

    @property
    def row(self) -> Delivery | None:
        """Return the step's own row in the ledger."""
        return self.history.deliveries.get(self.step.name)

    @property
    def is_reminder(self) -> bool:
        """Return whether the step reminds of the campaign's opening."""
        return is_reminder(self.campaign, self.step)

    @property
    def asks_back(self) -> bool:
        """Return whether the step comes some time after a response, as a request."""
        when = self.step.when
        is_later = isinstance(when, Relative) and when.days > 0
        return is_later and follows_response(self.campaign, self.step)

    @property
    def opening(self) -> Delivery | None:
        """Return the row of the campaign's opening."""
        return self.history.deliveries.get(self.campaign.steps[0].name)

    @property
    def response(self) -> Response | None:
        """Return the response that puts the recipient into the step's audience."""
        return self.campaign.answer_for(self.step, self.history.responses)

    def when(self, instant: datetime) -> str:
        """Return "Wed 10 Apr 2019, 10:00" by the office's clocks."""
        return moment(self.calendar.local(instant))


def already_in_the_ledger(case: Case) -> Said | None:
    """Never twice: a row, in whatever state, is the ledger's own business."""
    if case.row is None:
        return None
    reason = f"in the ledger: {_state(case.row)}"
    if case.row.state is S.OBJECTED:
        reason = f"{reason}, {case.row.evidence}"
    if case.row.state in (S.IN_DOUBT, S.MISSED):
        reason = f"{reason}, delivery {case.row.id}"
    return Said(PlanVerdict.DONE, reason)


def not_addressed(case: Case) -> Said | None:
    """Reminders are for the silent; other steps for those who gave that answer."""
    to = case.step.to
    if to == SILENT and (answer := case.campaign.answer(case.history.responses)):
        reason = f"has answered: {answer.kind} ({case.when(answer.at)})"
        return Said(PlanVerdict.NOT_FOR_THEM, reason)
    if case.response is not None:
        return None
    if to not in (SILENT, EVERYONE):
        return Said(PlanVerdict.NOT_FOR_THEM, for_whom(case.step))
    if follows_response(case.campaign, case.step):
        return Said(PlanVerdict.NOT_FOR_THEM, "follows a response; there is none")
    return None


def suppressed(case: Case) -> Said | None:
    """
    We do not write to an address that objected, or that is dead.

    A bounce alone does not say so: the mailbox may be full today, or the relay
    be on somebody's list.  Which bounces do is decided in `mailer.inbox`.
    """
    if case.history.suppression is None:
        return None
    reason = f"suppressed: {_words(case.history.suppression.reason.value)}"
    return Said(PlanVerdict.SUPPRESSED, reason)


def objected(case: Case) -> Said | None:
    """Who wants no more reminders gets none; what answers them still goes."""
    objection = case.history.objection
    if objection is None or not case.is_reminder:
        return None
    reason = f"wants no more reminders ({case.when(objection.at)})"
    return Said(PlanVerdict.OBJECTED, reason)


def nothing_to_remind_of(case: Case) -> Said | None:
    """Who never got the opening, and will not get it any more, is not reminded."""
    if not case.is_reminder or case.opening is None:
        return None
    match case.opening.state:
        case S.REFUSED | S.MISSED | S.CANCELLED | S.ABANDONED | S.ANSWERED | S.OBJECTED:
            verdict = PlanVerdict.NOT_FOR_THEM
        case S.SUPPRESSED:
            verdict = PlanVerdict.SUPPRESSED
        case (
            S.PLANNED
            | S.BEGUN
            | S.ON_THE_WIRE
            | S.IN_DOUBT
            | S.HELD
            | S.ACCEPTED
            | S.DELAYED
            | S.DELIVERED
            | S.BOUNCED
        ):
            return None
        case never:
            assert_never(never)
    state = _state(case.opening)
    return Said(verdict, f'nothing to remind of: "{case.opening.step}" is {state}')


def waits_for_a_person(case: Case) -> Said | None:
    """No reminder, or request, over an open question; none of what is in doubt."""
    if not case.is_reminder and not case.asks_back:
        return None
    if question := case.campaign.question(case.history.responses):
        reason = (
            f'a person has to deal with the "{question.kind}"'
            f" of {case.when(question.at)} first: {_way_out(question)}"
        )
        return Said(PlanVerdict.HELD, reason)
    doubtful = (S.IN_DOUBT, S.HELD)
    if case.is_reminder and case.opening and case.opening.state in doubtful:
        state = _state(case.opening)
        reason = f'a person has to decide on "{case.opening.step}" first: it is {state}'
        return Said(PlanVerdict.HELD, reason)
    return None


def _way_out(question: Response) -> str:
    """Return the command with which a person begins, or ends what nobody wrote."""
    if question.incoming_id is not None:
        return f"mailer inbox show {question.incoming_id}"
    return f"mailer responses withdraw {question.campaign} {question.organisation}"


def opening_has_not_left(case: Case) -> Said | None:
    """Hold a reminder until the message that it reminds of has left."""
    if not case.is_reminder:
        return None
    if case.opening and case.opening.state not in UNDER_WAY:
        return None
    state = _state(case.opening) if case.opening else "not planned"
    name = case.campaign.steps[0].name
    return Said(PlanVerdict.HELD, f'"{name}" has not left yet: it is {state}')


def enough_reminders(case: Case) -> Said | None:
    """Nobody is reminded more often than the campaign allows."""
    limit = case.campaign.max_reminders
    if limit is None or not case.is_reminder:
        return None
    rows = (
        case.history.deliveries.get(step.name)
        for step in case.campaign.steps
        if step.name != case.step.name and is_reminder(case.campaign, step)
    )
    had = sum(row is not None and row.state not in NEVER_LEFT for row in rows)
    if had < limit:
        return None
    reason = f"has had {counted(had, 'reminder')}, and at most {limit} may go"
    return Said(PlanVerdict.NOT_FOR_THEM, reason)


def opening_left_too_late(case: Case, due: datetime) -> Said | None:
    """
    No reminder in the same hour as the message that it reminds of.

    After days without a scheduler the opening is caught up first; a reminder
    that was due before it left has lost its sense.
    """
    opening = case.opening if case.is_reminder else None
    if opening is None or opening.first_begun_at is None:
        return None
    if opening.first_begun_at < due:
        return None
    left = case.when(opening.first_begun_at)
    reason = f'"{opening.step}" itself left only {left}, after this was due'
    return Said(PlanVerdict.MISSED, reason, opening.first_begun_at)


def _state(row: Delivery) -> str:
    return _words(row.state.value)


def _words(value: str) -> str:
    """Return an enum's value as the report says it: "in doubt"."""
    return value.replace("_", " ")
