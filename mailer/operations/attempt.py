"""
One attempt at one delivery: ask again, compose, transact, record.

The ledger's three marks are set here: *begun* stands when the attempt starts
(`ledger.lease`), *on the wire* between body and dot, *finished* after the
reply.  Which deliveries are attempted, and when, is `operations.supply`.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mailer.delivery.retry import gives_up, next_try
from mailer.delivery.verdict import verdict
from mailer.files.sent_messages import keep_message
from mailer.model.delivery import DeliveryState, Outcome
from mailer.model.response import Suppression, SuppressionReason
from mailer.model.smtp import Silence
from mailer.operations.compose import Composer, answered_before
from mailer.planning.decision import PlanVerdict
from mailer.planning.plan import still_due
from mailer.planning.windows import WorkCalendar
from mailer.store import ledger, marks, recipients
from mailer.store.marks import Finished, OnTheWire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mailer.delivery.pace import Place
    from mailer.model.delivery import Delivery, Fault, Verdict
    from mailer.model.message import Message
    from mailer.model.smtp import Exchange
    from mailer.operations.instance import Instance
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
    PlanVerdict.OBJECTED: DeliveryState.OBJECTED,
    PlanVerdict.MISSED: DeliveryState.MISSED,
}


#: octets of a message beyond which it is completed in a thread
LARGE = 100_000


@dataclass(slots=True)
class Prepared:
    """A delivery that is due, and its message."""

    delivery: Delivery
    known: Known
    message: Message
    digest: str  #: of the message's bytes
    domain: str  #: the recipient's, in lower case
    at: datetime  #: when planning was asked
    place: Place | None = None  #: among those that are under way


class Ended(NamedTuple):
    """How an attempt ended."""

    exchange: Exchange
    verdict: Verdict
    recorded: asyncio.Future[None]  #: done when the third mark is on the disk


class Attempter:
    """
    Makes attempts for one campaign.

    Args:
        office: The office; its clock dates every mark.
        opened: The campaign.
        writer: Commits the marks.
        owner: Whose leases are ours.
        may_finish: Asked right before the second mark; `False` withholds the dot.
        instance: The office that may send.
    """

    def __init__(
        self,
        office: Office,
        opened: OpenCampaign,
        writer: GroupWriter,
        owner: str,
        may_finish: Callable[[], bool],
        instance: Instance,
    ) -> None:
        self._office, self._opened, self._writer = office, opened, writer
        self._instance = instance
        self._owner, self._may_finish = owner, may_finish
        self._clock, self._campaign = office.clock, opened.campaign
        self._calendar = WorkCalendar.of(self._campaign)
        self._answered: dict[datetime, int] = {}
        with office.database.read() as connection:
            listed = recipients.count(connection, self._campaign.list_name)
        self._composer = Composer(office, opened, listed)
        self._keeps = office.settings.sending.keep_messages

    def is_still_wanted(self, delivery: Delivery, known: Known, now: datetime) -> bool:
        """
        Return whether the delivery is still due now, as planning sees it.

        If not, the ledger is told why.  What happened since `known` was read is
        seen by the second mark.
        """
        decision = still_due(
            self._campaign,
            self._opened.times,
            self._campaign.step(delivery.step),
            known.history,
            now,
        )
        if decision.verdict is PlanVerdict.DUE:
            return True
        self._settle(delivery, decision, now)
        return False

    def compose(self, wanted: Sequence[tuple[Delivery, Known]]) -> list[Message]:
        """
        Return the messages of some deliveries, not yet complete.

        Raises:
            MailerError: One cannot be composed.
        """
        return [self._message(delivery, known) for delivery, known in wanted]

    async def complete(self, messages: Sequence[Message]) -> list[tuple[Message, str]]:
        """
        Return messages as they go out, with their digests: signed, and kept if asked.

        Raises:
            StoreError: One cannot be kept.
        """
        if not any(map(self._is_slow_to_complete, messages)):
            return self._completed(messages)
        # RSA, SHA-256 and files let go of the interpreter: others leave meanwhile.
        return await asyncio.to_thread(self._completed, messages)

    def _is_slow_to_complete(self, message: Message) -> bool:
        return (
            self._keeps
            or message.size > LARGE
            or self._composer.is_slow_to_sign(message)
        )

    def _completed(self, messages: Sequence[Message]) -> list[tuple[Message, str]]:
        signed = [self._composer.signed(message) for message in messages]
        if self._keeps:
            for message in signed:
                keep_message(self._office.folder, self._campaign.name, message)
        return [(message, message.digest) for message in signed]

    async def run(
        self, session: Session, current: Prepared, following: Prepared | None
    ) -> Ended | None:
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
            partial(self._mark, current),
            following.message if following else None,
        )
        if exchange.silence is Silence.WITHHELD:
            # Planning says why when the delivery is leased again.
            await self.release(current.delivery)
            return None
        judged = verdict(exchange)
        if judged.outcome is Outcome.ACCEPTED:
            # Not awaited: it is committed with the second mark of the next
            # message at the latest, so no connection has more than one in doubt.
            recorded = self._accepted(current, exchange)
        else:
            recorded = self._record(current, exchange, judged)
            await recorded
        return Ended(exchange, judged, recorded)

    def release(
        self, delivery: Delivery, until: datetime | None = None
    ) -> asyncio.Future[None]:
        """Take the first mark back."""
        now = self._clock.now()
        return self._writer.do(
            lambda connection: ledger.release(
                connection, delivery, self._owner, now, until
            )
        )

    async def _mark(self, current: Prepared) -> bool:
        """Set the second mark; return whether the dot may be sent."""
        if not self._may_finish():
            return False
        asked = OnTheWire(
            current.delivery,
            current.digest,
            current.known.last_response_id,
            self._clock.now(),
            has_objected=current.known.history.objection is not None,
        )
        may_go = await self._writer.ask(self._put_on_the_wire, asked)
        if may_go:
            self._instance.note_dot(current.delivery)
        return may_go

    def _accepted(self, current: Prepared, exchange: Exchange) -> asyncio.Future[None]:
        ended = Finished(
            current.delivery, Outcome.ACCEPTED, exchange, self._clock.now()
        )
        return self._writer.ask(self._finish, ended, is_hurried=False)

    def _put_on_the_wire(
        self, connection: Connection, asked: Sequence[OnTheWire]
    ) -> list[bool]:
        if self._writer.has_failed:
            # What was not recorded then may be the last message of one of these
            # connections: no second one may come into doubt.
            return [False] * len(asked)
        return marks.put_on_the_wire(connection, self._owner, asked)

    def _finish(self, connection: Connection, ended: Sequence[Finished]) -> list[None]:
        marks.finish(connection, self._owner, ended)
        return [None] * len(ended)

    def _record(
        self, current: Prepared, exchange: Exchange, judged: Verdict
    ) -> asyncio.Future[None]:
        """Set the third mark, and what follows from it, in one transaction."""
        delivery, now = current.delivery, self._clock.now()
        again, over = None, False
        if judged.outcome is Outcome.DEFERRED:
            again = self._next_try(delivery, judged.fault, exchange, now)
            over = self._gives_up(delivery, now)
        ended = Finished(delivery, judged.outcome, exchange, now, again)

        def record(connection: Connection) -> None:
            marks.finish(connection, self._owner, [ended])
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

        return self._writer.do(record)

    def _message(self, delivery: Delivery, known: Known) -> Message:
        return self._composer.message(
            self._campaign.step(delivery.step),
            known.history,
            due=delivery.due_at,
            begun=delivery.first_begun_at or self._clock.now(),
            answered_count=self._answered_before(delivery.due_at),
        )

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

    def _settle(self, delivery: Delivery, decision: Decision, now: datetime) -> None:
        state = _NOT_DUE.get(decision.verdict)
        if state is None:
            is_later = decision.verdict is PlanVerdict.LATER
            until = decision.at if is_later else None
            self.release(delivery, until or now + ASK_AGAIN)
            return

        def withdraw(connection: Connection) -> None:
            ledger.release(connection, delivery, self._owner, now)
            planned = DeliveryState.PLANNED
            ledger.settle(connection, delivery.id, planned, state, decision.reason, now)

        self._writer.do(withdraw)

    def _answered_before(self, due: datetime) -> int:
        if due not in self._answered:
            with self._office.database.read() as connection:
                self._answered[due] = answered_before(connection, self._campaign, due)
        return self._answered[due]


def _jitter(reference: str, attempts: int) -> float:
    """Return a number in [0, 1) that differs between deliveries, not between runs."""
    digest = hashlib.sha256(f"{reference}.{attempts}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
