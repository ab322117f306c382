"""
One attempt at one delivery: ask again, compose, transact, record.

The ledger's three marks are set here: *begun* stands when the attempt starts
(`ledger.lease`), *on the wire* between body and dot, *finished* after the
reply.  Which deliveries are attempted, and how fast, is `operations.send_due`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from mailer.delivery.retry import gives_up, next_try
from mailer.delivery.verdict import verdict
from mailer.model.delivery import DeliveryState, Outcome
from mailer.model.response import Suppression, SuppressionReason
from mailer.model.smtp import Silence
from mailer.operations.compose import Composer, answered_before
from mailer.planning.decision import PlanVerdict
from mailer.planning.plan import still_due
from mailer.planning.windows import WorkCalendar
from mailer.store import ledger, marks, recipients

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from mailer.model.delivery import Delivery, Fault
    from mailer.model.message import Message
    from mailer.model.smtp import Exchange
    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign
    from mailer.planning.decision import Decision
    from mailer.smtp.session import Session
    from mailer.store.histories import Known
    from mailer.store.writer import GroupWriter

#: a delivery that waits for a person is looked at again after this
ASK_AGAIN = timedelta(minutes=15)

#: what the ledger says when planning no longer wants a leased delivery
_NOT_DUE = {
    PlanVerdict.NOT_FOR_THEM: DeliveryState.ANSWERED,
    PlanVerdict.SUPPRESSED: DeliveryState.SUPPRESSED,
    PlanVerdict.MISSED: DeliveryState.MISSED,
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A delivery that is due, and its message."""

    delivery: Delivery
    known: Known
    message: Message

    @property
    def domain(self) -> str:
        """Return the recipient's domain, in lower case."""
        return self.message.envelope.forward_path.rpartition("@")[2].lower()


class Attempter:
    """
    Makes attempts for one campaign.

    Args:
        office: The office; its clock dates every mark.
        opened: The campaign.
        writer: Commits the marks.
        owner: Whose leases are ours.
        may_finish: Asked right before the second mark; `False` withholds the dot.
    """

    def __init__(
        self,
        office: Office,
        opened: OpenCampaign,
        writer: GroupWriter,
        owner: str,
        may_finish: Callable[[], bool],
    ) -> None:
        self._office, self._opened, self._writer = office, opened, writer
        self._owner, self._may_finish = owner, may_finish
        self._clock, self._campaign = office.clock, opened.campaign
        self._calendar = WorkCalendar.of(self._campaign)
        self._answered: dict[datetime, int] = {}
        with office.database.read() as connection:
            listed = recipients.count(connection, self._campaign.list_name)
        self._composer = Composer(office, opened, listed)

    async def still_wanted(self, delivery: Delivery, known: Known) -> bool:
        """
        Return whether the delivery is still due now, as planning sees it.

        If not, the ledger is told why.  What happened since `known` was read is
        seen by the second mark.
        """
        now = self._clock.now()
        decision = still_due(
            self._campaign,
            self._opened.times,
            self._campaign.step(delivery.step),
            known.history,
            now,
        )
        if decision.verdict is PlanVerdict.DUE:
            return True
        await self._settle(delivery, decision, now)
        return False

    def prepare(self, delivery: Delivery, known: Known) -> Prepared:
        """
        Return the delivery with its message.

        Raises:
            MailerError: The message cannot be composed.
        """
        message = self._composer.message(
            self._campaign.step(delivery.step),
            known.history,
            due=delivery.due_at,
            begun=delivery.first_begun_at or self._clock.now(),
            answered_count=self._answered_before(delivery.due_at),
        )
        return Prepared(delivery, known, message)

    async def run(
        self, session: Session, current: Prepared, following: Prepared | None
    ) -> Exchange | None:
        """
        Attempt a delivery; return how it ended, `None` if the dot was withheld.

        Args:
            session: The relay's.
            current: What is delivered.
            following: What this session will be given next, if that is known.

        Raises:
            StoreError: The ledger cannot be written; nothing was accepted.
        """
        exchange = await session.deliver(
            current.message,
            lambda: self._mark(current),
            following.message if following else None,
        )
        if exchange.silence is Silence.WITHHELD:
            # Planning says why when the delivery is leased again.
            await self.release(current.delivery)
            return None
        await self._record(current, exchange)
        return exchange

    async def release(self, delivery: Delivery, until: datetime | None = None) -> None:
        """Take the first mark back."""
        now = self._clock.now()
        await self._writer.do(
            lambda connection: ledger.release(connection, delivery, now, until)
        )

    async def _mark(self, current: Prepared) -> bool:
        """Set the second mark; return whether the dot may be sent."""
        if not self._may_finish():
            return False
        now = self._clock.now()
        return await self._writer.do(
            lambda connection: marks.put_on_the_wire(
                connection,
                current.delivery,
                self._owner,
                current.message.digest,
                current.known.last_response_id,
                now,
            )
        )

    async def _record(self, current: Prepared, exchange: Exchange) -> None:
        """Set the third mark, and what follows from it, in one transaction."""
        delivery = current.delivery
        judged, now = verdict(exchange), self._clock.now()
        again, over = None, False
        if judged.outcome is Outcome.DEFERRED:
            again = self._next_try(delivery, judged.fault, exchange, now)
            over = self._gives_up(delivery, now)

        def record(connection: Connection) -> None:
            marks.finish(connection, delivery, judged.outcome, exchange, now, again)
            if judged.suppress:
                key = current.known.history.recipient.address_key
                reason = SuppressionReason.HARD_BOUNCE
                recipients.suppress(
                    connection, Suppression(key, reason, now, str(exchange))
                )
            if over:
                ledger.settle(
                    connection,
                    delivery.id,
                    DeliveryState.PLANNED,
                    DeliveryState.MISSED,
                    f"always deferred, last: {exchange}",
                    now,
                )

        await self._writer.do(record)

    def _next_try(
        self, delivery: Delivery, fault: Fault, exchange: Exchange, now: datetime
    ) -> datetime:
        """Return when to try again, inside the sending window."""
        jitter = _jitter(delivery.reference, delivery.attempts)
        wanted = next_try(delivery.attempts, fault, exchange, now, jitter)
        return self._calendar.next_opening(wanted)

    def _gives_up(self, delivery: Delivery, now: datetime) -> bool:
        time = self._opened.times.get(delivery.step)
        return gives_up(
            delivery.first_begun_at or now, now, time.expires if time else None
        )

    async def _settle(
        self, delivery: Delivery, decision: Decision, now: datetime
    ) -> None:
        state = _NOT_DUE.get(decision.verdict)
        if state is None:
            is_later = decision.verdict is PlanVerdict.LATER
            until = decision.at if is_later else None
            await self.release(delivery, until or now + ASK_AGAIN)
            return

        def withdraw(connection: Connection) -> None:
            ledger.release(connection, delivery, now)
            planned = DeliveryState.PLANNED
            ledger.settle(connection, delivery.id, planned, state, decision.reason, now)

        await self._writer.do(withdraw)

    def _answered_before(self, due: datetime) -> int:
        if due not in self._answered:
            with self._office.database.read() as connection:
                self._answered[due] = answered_before(connection, self._campaign, due)
        return self._answered[due]


def _jitter(reference: str, attempts: int) -> float:
    """Return a number in [0, 1) that differs between deliveries, not between runs."""
    digest = hashlib.sha256(f"{reference}.{attempts}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
