"""
Settle by hand what the program must not guess: a delivery in doubt, or missed.

`resend` sends it again, and may double it if the relay had taken it; that is
why a person says so.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from mailer.errors import Problem, UsageError
from mailer.model.delivery import TRANSITIONS, Delivery, DeliveryState
from mailer.store import campaigns, deliveries, ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def resolve_doubts(
    office: Office, ids: Sequence[int], resolution: Resolution, by: str
) -> list[Delivery]:
    """
    Move deliveries as a person decided, all or none; return them as they were.

    Raises:
        UsageError: There is no such delivery, or a person cannot decide so;
            with all of them.
    """
    now, after = office.clock.now(), _STATES[resolution]
    with office.database.write() as connection:
        found = {one: deliveries.by_id(connection, one) for one in dict.fromkeys(ids)}
        wrong = [
            problem
            for one, delivery in found.items()
            if (problem := _why_not(one, delivery, after)) is not None
        ]
        if wrong:
            raise UsageError(*wrong)
        before = [delivery for delivery in found.values() if delivery is not None]
        for one in before:
            evidence = f"{by}: {resolution.value}"
            if not ledger.settle(connection, one.id, one.state, after, evidence, now):
                place = f"delivery {one.id}"
                raise UsageError.at(place, "changed meanwhile", "look at it again")
            campaigns.note(
                connection, now, by, "resolve", str(one.id), resolution.value
            )
    return before


def resolve_all(
    office: Office, name: str, resolution: Resolution, by: str, confirm: int | None
) -> list[Delivery]:
    """
    Move every delivery of a campaign that is in doubt; return them as they were.

    Args:
        office: The office.
        name: The campaign's.
        resolution: What a person found out of all of them.
        by: Who.
        confirm: How many they are, as the person typed it.

    Raises:
        UsageError: The number is not theirs, or there are none.
    """
    with office.database.read() as connection:
        rows = deliveries.in_states(connection, name, [DeliveryState.IN_DOUBT])
    if not rows:
        raise UsageError.at(name, "has nothing in doubt", f"mailer report {name}")
    if confirm != len(rows):
        typed = "" if confirm is None else f", not {confirm}"
        raise UsageError.at(
            name,
            f"{len(rows)} in doubt{typed}: type the number if you mean all of them",
            f"mailer resolve {resolution.value} --campaign {name} "
            f"--confirm {len(rows)}",
        )
    return resolve_doubts(office, [one.id for one in rows], resolution, by)


def _why_not(
    number: int, delivery: Delivery | None, after: DeliveryState
) -> Problem | None:
    """Return why a delivery cannot be moved to `after`; `None` if it can."""
    place = f"delivery {number}"
    if delivery is None:
        return Problem(place, "does not exist", "mailer report CAMPAIGN")
    waits = delivery.state in (DeliveryState.IN_DOUBT, DeliveryState.MISSED)
    if waits and after in TRANSITIONS[delivery.state]:
        return None
    state = delivery.state.value.replace("_", " ")
    cause = f"is {state}: it cannot become {after.value}"
    if delivery.state is DeliveryState.MISSED:
        hint = f"it never left: let it be, or mailer resolve {number} resend"
    else:
        hint = "only what is in doubt, or missed, can be resolved"
    return Problem(place, cause, hint)
