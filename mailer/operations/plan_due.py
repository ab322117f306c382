"""Write into the ledger what `planning` says is due now."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from mailer import tokens
from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState
from mailer.planning.decision import Decision, PlanVerdict
from mailer.planning.plan import plan
from mailer.store import campaigns, histories, ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign

_BATCH = 5_000  #: decisions that are written together

#: what a verdict makes of the delivery; the others make no row
_STATES = {
    PlanVerdict.DUE: DeliveryState.PLANNED,
    PlanVerdict.MISSED: DeliveryState.MISSED,
    PlanVerdict.SUPPRESSED: DeliveryState.SUPPRESSED,
}


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What a planning tick added, and when the next message will be due."""

    planned: int
    missed: int
    next_at: datetime | None


def plan_due(office: Office, opened: OpenCampaign) -> PlanSummary:
    """
    Plan a running campaign's deliveries that are due, and note the missed.

    Planning twice adds nothing: the ledger's unique key sees to it.  So a
    million can be written in parts, and what stops it in between does no harm.
    """
    campaign, now = opened.campaign, office.clock.now()
    states: Counter[DeliveryState] = Counter()
    later: set[datetime] = set()  # few: times are the campaign's, rarely somebody's
    with office.database.read() as connection:
        if campaigns.get(connection, campaign.name).status is not (
            CampaignStatus.RUNNING
        ):
            return PlanSummary(0, 0, None)
        known = histories.of_list(connection, campaign.name, campaign.list_name)
        decisions = plan(campaign, known, now)
        while batch := list(islice(decisions, _BATCH)):
            rows = list(_rows(office, opened, batch, now))
            if rows:
                with office.database.write() as writing:
                    ledger.plan(writing, campaign.name, rows, now)
            states.update(row.state for row in rows)
            later.update(
                one.at for one in batch if one.verdict is PlanVerdict.LATER and one.at
            )
    return PlanSummary(
        planned=states[DeliveryState.PLANNED],
        missed=states[DeliveryState.MISSED],
        next_at=min(later, default=None),
    )


def decide_all(office: Office, opened: OpenCampaign, now: datetime) -> list[Decision]:
    """Return every decision of the plan as it stands; changes nothing."""
    campaign = opened.campaign
    with office.database.read() as connection:
        known = histories.of_list(connection, campaign.name, campaign.list_name)
        return list(plan(campaign, known, now))


def _rows(
    office: Office, opened: OpenCampaign, decisions: list[Decision], now: datetime
) -> Iterator[ledger.Planned]:
    for decision in decisions:
        state = _STATES.get(decision.verdict)
        due_at = decision.at
        if decision.verdict is PlanVerdict.SUPPRESSED:
            # It is shown where it would have been, once its time has come.
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
