"""Write into the ledger what `planning` says is due now."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from mailer import tokens
from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState
from mailer.model.history import NEVER
from mailer.planning.decision import Decision, PlanVerdict
from mailer.planning.hearing import why_deaf
from mailer.planning.if_answered import if_answered
from mailer.planning.plan import plan
from mailer.planning.windows import WorkCalendar
from mailer.store import campaigns, histories, inbox, instance, ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from mailer.model.recipient import Recipient
    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign
    from mailer.store.campaigns import CampaignRow

#: why a row is in doubt that a restored ledger plans anew
UNSEEN = "it may have gone out after the backup or the copy was made"

_BATCH = 5_000  #: decisions that are written together

#: a message that was due longer ago than this was held up by something
LATE = timedelta(days=1)

#: those who are left out are shown where they would have been
_LEFT_OUT = (PlanVerdict.SUPPRESSED, PlanVerdict.OBJECTED)

#: what a verdict makes of the delivery; the others make no row
_STATES = {
    PlanVerdict.DUE: DeliveryState.PLANNED,
    PlanVerdict.MISSED: DeliveryState.MISSED,
    PlanVerdict.SUPPRESSED: DeliveryState.SUPPRESSED,
    PlanVerdict.OBJECTED: DeliveryState.OBJECTED,
}


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What a planning tick added, and when the next message will be due."""

    planned: int
    missed: int
    next_at: datetime | None
    late: int = 0  #: so many that the campaign was paused, for a person to say
    deaf: str = ""  #: why reminders that are due wait for the mailbox
    in_doubt: int = 0  #: may have left before the office was adopted


def plan_due(office: Office, opened: OpenCampaign) -> PlanSummary:
    """
    Plan a running campaign's deliveries that are due, and note the missed.

    Planning twice adds nothing: the ledger's unique key sees to it.  So a
    million can be written in parts, and what stops it in between does no harm.
    After an outage a few go at once; of more than the office's `catch_up` a
    person is asked: the campaign is paused in the transaction that plans them.
    """
    campaign, now = opened.campaign, office.clock.now()
    states: Counter[DeliveryState] = Counter()
    late, is_asked, is_deaf = 0, False, False
    later: set[datetime] = set()  # few: times are the campaign's, rarely somebody's
    with office.database.read() as connection:
        row = campaigns.get(connection, campaign.name)
        if row.status is not CampaignStatus.RUNNING:
            return PlanSummary(0, 0, None)
        known = histories.of_list(connection, campaign.name, campaign.list_name)
        office_row = instance.get(connection)
        since = office_row.since if office_row else NEVER
        why = why_deaf(WorkCalendar.of(campaign), inbox.heard_until(connection))
        decisions = plan(campaign, known, now)
        while batch := list(islice(decisions, _BATCH)):
            rows = [_as_known(one, since) for one in _rows(office, opened, batch, now)]
            if rows:
                late += sum(_is_late(one, row, now) for one in rows)
                with office.database.write() as writing:
                    ledger.plan(writing, campaign.name, rows, now)
                    if late > office.settings.sending.catch_up and not is_asked:
                        is_asked = _ask(writing, campaign.name, now)
            states.update(row.state for row in rows)
            is_deaf = is_deaf or any(one.reason == why for one in batch)
            later.update(
                one.at for one in batch if one.verdict is PlanVerdict.LATER and one.at
            )
    return PlanSummary(
        planned=states[DeliveryState.PLANNED],
        missed=states[DeliveryState.MISSED],
        next_at=min(later, default=None),
        late=late if is_asked else 0,
        deaf=why if is_deaf else "",
        in_doubt=states[DeliveryState.IN_DOUBT],
    )


def _as_known(planned: ledger.Planned, since: datetime) -> ledger.Planned:
    """Return a row, in doubt if it was due before the office was adopted."""
    if planned.state is not DeliveryState.PLANNED or planned.due_at > since:
        return planned
    return replace(planned, state=DeliveryState.IN_DOUBT, evidence=UNSEEN)


def _is_late(planned: ledger.Planned, row: CampaignRow, now: datetime) -> bool:
    """Return whether an outage held it up; the start itself was a person's."""
    return (
        planned.state is DeliveryState.PLANNED
        and now - planned.due_at > LATE
        and (row.started_at is None or planned.due_at >= row.started_at)
    )


def _ask(connection: Connection, name: str, now: datetime) -> bool:
    """Pause the campaign until a person lets what is late go."""
    reason = "many messages are over a day late and would go at once"
    campaigns.note(connection, now, "mailer", "pause", name, reason)
    return campaigns.move(
        connection,
        name,
        [CampaignStatus.RUNNING],
        CampaignStatus.PAUSED,
        reason=reason,
    )


def decide_all(office: Office, opened: OpenCampaign, now: datetime) -> list[Decision]:
    """Return every decision of the plan as it stands; changes nothing."""
    campaign = opened.campaign
    with office.database.read() as connection:
        known = histories.of_list(connection, campaign.name, campaign.list_name)
        return list(plan(campaign, known, now))


def decide_if_answered(
    office: Office,
    opened: OpenCampaign,
    is_meant: Callable[[Recipient], bool],
    now: datetime,
) -> dict[tuple[int, str], Decision]:
    """Return (recipient, step) → what would follow if they gave its answer now."""
    campaign = opened.campaign
    with office.database.read() as connection:
        known = histories.of_list(connection, campaign.name, campaign.list_name)
        mine = [one for one in known if is_meant(one.recipient)]
    found = (
        if_answered(campaign, opened.times, step, history, now)
        for history in mine
        for step in campaign.steps
    )
    return {(one.recipient.id, one.step): one for one in found if one}


def _rows(
    office: Office, opened: OpenCampaign, decisions: list[Decision], now: datetime
) -> Iterator[ledger.Planned]:
    for decision in decisions:
        state = _STATES.get(decision.verdict)
        due_at = decision.at
        if decision.verdict in _LEFT_OUT:  # once the step's time has come
            time = opened.times.get(decision.step)
            due_at = time.due if time and time.due <= now else None
        if state is None or due_at is None:
            continue
        recipient = decision.recipient
        yield ledger.Planned(
            step=decision.step,
            recipient_id=recipient.id,
            reference=tokens.reference(
                office.key, opened.campaign.name, decision.step, recipient.address_key
            ),
            due_at=due_at,
            state=state,
            evidence="" if state is DeliveryState.PLANNED else decision.reason,
        )
