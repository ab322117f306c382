"""
Settle by hand what the program must not guess: a delivery in doubt, or missed.

`resend` sends it again, and may double it if the relay had taken it; that is
why a person says so.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from mailer.errors import UsageError
from mailer.model.delivery import TRANSITIONS, Delivery, DeliveryState
from mailer.store import campaigns, deliveries, ledger

if TYPE_CHECKING:
    from mailer.operations.office import Office


class Resolution(Enum):
    """What a person decides about a delivery."""

    ACCEPTED = "accepted"  #: the relay has it (its log says so)
    RESEND = "resend"  #: it has not; try again
    ABANDON = "abandon"  #: let it be


_STATES = {
    Resolution.ACCEPTED: DeliveryState.ACCEPTED,
    Resolution.RESEND: DeliveryState.PLANNED,
    Resolution.ABANDON: DeliveryState.ABANDONED,
}


def resolve_doubt(
    office: Office, delivery_id: int, resolution: Resolution, by: str
) -> Delivery:
    """
    Move a delivery as a person decided; return it as it was.

    Raises:
        UsageError: There is no such delivery, or it is not in doubt.
    """
    now, after = office.clock.now(), _STATES[resolution]
    with office.database.write() as connection:
        delivery = deliveries.by_id(connection, delivery_id)
        if delivery is None:
            raise UsageError.at(
                f"delivery {delivery_id}", "does not exist", "mailer report CAMPAIGN"
            )
        waits = delivery.state in (DeliveryState.IN_DOUBT, DeliveryState.MISSED)
        if not waits or after not in TRANSITIONS[delivery.state]:
            raise UsageError.at(
                f"delivery {delivery_id}",
                f"is {delivery.state.value}: it cannot become {after.value}",
                "only what is in doubt can be resolved",
            )
        evidence = f"{by}: {resolution.value}"
        if not ledger.settle(
            connection, delivery_id, delivery.state, after, evidence, now
        ):
            raise UsageError.at(
                f"delivery {delivery_id}", "changed meanwhile", "look at it again"
            )
        campaigns.note(
            connection, now, by, "resolve", str(delivery_id), resolution.value
        )
    return delivery
