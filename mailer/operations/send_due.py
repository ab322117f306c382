"""
Send what is planned: lease, ask again, compose, transact, record.

Each message goes through the ledger's three marks; the second is set between
the body and the final dot, and may withhold the dot.
What a reply means is decided in `delivery.verdict`, when to try again in
`delivery.retry`, when to stop in `delivery.breaker`.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from mailer.delivery.breaker import Breaker
from mailer.delivery.pacing import Bucket
from mailer.delivery.retry import gives_up, next_try
from mailer.delivery.verdict import verdict
from mailer.errors import MailerError
from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState, Fault, Outcome
from mailer.model.response import Suppression, SuppressionReason
from mailer.model.smtp import Silence
from mailer.operations.compose import Composer, answered_before
from mailer.planning.decision import PlanVerdict
from mailer.planning.plan import still_due
from mailer.planning.windows import WorkCalendar
from mailer.smtp.session import Session, SessionRefused
from mailer.store import campaigns, histories, ledger, recipients
from mailer.store.writer import GroupWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from mailer.model.delivery import Delivery
    from mailer.model.smtp import Exchange
    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign
    from mailer.planning.decision import Decision
    from mailer.smtp.settings import RelaySettings
    from mailer.store.histories import Known

#: longer than the longest transaction: RFC 5321, section 4.5.3.2, adds up to 35 min
LEASE = timedelta(minutes=45)

#: a delivery that waits for a person is looked at again after this
ASK_AGAIN = timedelta(minutes=15)

#: what the ledger says when planning no longer wants a leased delivery
_NOT_DUE = {
    PlanVerdict.NOT_FOR_THEM: DeliveryState.ANSWERED,
    PlanVerdict.SUPPRESSED: DeliveryState.SUPPRESSED,
    PlanVerdict.MISSED: DeliveryState.MISSED,
}


@dataclass(slots=True)
class SendSummary:
    """What one round of sending did."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    settled: Counter[DeliveryState] = field(default_factory=Counter)
    paused: str = ""  #: why the campaign was paused
    relay_trouble: str = ""  #: why the relay could not be used; tried again later


async def send_due(
    office: Office,
    opened: OpenCampaign,
    relay: RelaySettings,
    *,
    stop: asyncio.Event,
    on_outcome: Callable[[Outcome], None] = lambda _outcome: None,
) -> SendSummary:
    """
    Send a running campaign's due deliveries, and return when there are no more.

    Args:
        office: The office; its clock tells when, and waits for the rate.
        opened: The campaign.
        relay: Where to submit.
        stop: Once set, messages whose dot is out are finished, others are not
            begun.
        on_outcome: Called after each attempt, for the progress bar.
    """
    writer = GroupWriter(office.database)
    round_ = _Round(office, opened, relay, writer, stop, on_outcome)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(office.settings.relay.connections):
                group.create_task(round_.work())
    finally:
        await round_.release_rest()
        await writer.close()
    return round_.summary


class _Round:
    """One round over a campaign's due deliveries, shared by its connections."""

    def __init__(
        self,
        office: Office,
        opened: OpenCampaign,
        relay: RelaySettings,
        writer: GroupWriter,
        stop: asyncio.Event,
        on_outcome: Callable[[Outcome], None],
    ) -> None:
        self.office, self.opened, self.relay = office, opened, relay
        self.writer, self.stop, self.on_outcome = writer, stop, on_outcome
        self.clock, self.campaign = office.clock, opened.campaign
        self.summary = SendSummary()
        self.owner = f"{id(self):x}"
        self.calendar = WorkCalendar.of(self.campaign)
        self._waiting: deque[Delivery] = deque()
        self._next = asyncio.Lock()
        self._bucket = Bucket(office.rate)
        self._breaker = Breaker()
        self._refused: deque[int] = deque(maxlen=100)
        per_domain = office.settings.relay.per_domain_connections
        self._domains: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(per_domain)
        )
        with office.database.read() as connection:
            listed = recipients.count(connection, self.campaign.list_name)
        self._composer = Composer(office, opened, listed)
        self._answered: dict[datetime, int] = {}

    @property
    def over(self) -> bool:
        """Return whether no further message may be begun."""
        return bool(
            self.stop.is_set() or self.summary.paused or self.summary.relay_trouble
        )

    async def work(self) -> None:
        """Send over one connection until nothing is left."""
        session: Session | None = None
        try:
            while (delivery := await self._take()) is not None:
                known = self._known(delivery)
                if not await self._may_go(delivery, known):
                    continue
                domain = known.history.recipient.address.rpartition("@")[2].lower()
                async with self._domains[domain]:
                    session = await self._ready(session)
                    if session is None:
                        self._waiting.append(delivery)
                        return
                    await self._attempt(session, delivery, known)
        finally:
            if session is not None:
                await session.quit()

    async def release_rest(self) -> None:
        """Give back what was leased and not begun with the relay."""
        while self._waiting:
            await self._release(self._waiting.popleft())

    async def _take(self) -> Delivery | None:
        """Return the next delivery when the rate allows it, `None` at the end."""
        async with self._next:
            if self.over:
                return None
            if not self._waiting:
                now = self.clock.now()
                self._waiting.extend(
                    await self.writer.do(
                        lambda connection: ledger.lease(
                            connection,
                            self.campaign.name,
                            self.owner,
                            now,
                            now + LEASE,
                            self.office.settings.relay.connections,
                        )
                    )
                )
            if not self._waiting:
                return None
            await self._wait_for_the_rate()
            return None if self.over else self._waiting.popleft()

    async def _wait_for_the_rate(self) -> None:
        while True:
            self._bucket, seconds = self._bucket.take(self.clock.now())
            if not seconds or self.stop.is_set():
                return
            waiting = asyncio.ensure_future(self.clock.sleep(seconds))
            stopping = asyncio.ensure_future(self.stop.wait())
            await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in (waiting, stopping):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    def _known(self, delivery: Delivery) -> Known:
        with self.office.database.read() as connection:
            return histories.of_recipients(
                connection, self.campaign.name, [delivery.recipient_id]
            )[delivery.recipient_id]

    async def _may_go(self, delivery: Delivery, known: Known) -> bool:
        """Ask planning again, right before the message; settle it if not."""
        now = self.clock.now()
        step = self.campaign.step(delivery.step)
        decision = still_due(self.campaign, self.opened.times, step, known.history, now)
        if decision.verdict is PlanVerdict.DUE:
            return True
        await self._settle(delivery, decision, now)
        return False

    async def _settle(
        self, delivery: Delivery, decision: Decision, now: datetime
    ) -> None:
        state = _NOT_DUE.get(decision.verdict)
        if state is None:
            later = decision.at if decision.verdict is PlanVerdict.LATER else None
            await self._release(delivery, later or now + ASK_AGAIN)
            return
        self.summary.settled[state] += 1
        await self.writer.do(
            lambda connection: ledger.settle(
                connection,
                delivery.id,
                DeliveryState.BEGUN,
                state,
                decision.reason,
                now,
            )
        )

    async def _ready(self, session: Session | None) -> Session | None:
        """Return a session that can take a message; `None` if there is none."""
        if session is not None and session.usable:
            return session
        if session is not None:
            await session.quit()
        if self.over:
            return None
        try:
            return await Session.open(self.relay)
        except SessionRefused as refused:
            await self._learn(refused.exchange)
            judged = verdict(refused.exchange)
            if judged.fault is Fault.OFFICE:
                await self._pause(str(refused.exchange))
            elif not self.summary.relay_trouble:
                self.summary.relay_trouble = str(refused.exchange)
            return None

    async def _attempt(
        self, session: Session, delivery: Delivery, known: Known
    ) -> None:
        now = self.clock.now()
        try:
            message = self._composer.message(
                self.campaign.step(delivery.step),
                known.history,
                due=delivery.due_at,
                begun=delivery.first_begun_at or now,
                answered_count=self._answered_before(delivery.due_at),
            )
        except MailerError as error:
            self._waiting.append(delivery)
            await self._pause(str(error))
            return

        async def mark() -> bool:
            if self.stop.is_set():
                return False
            marked_at = self.clock.now()
            return await self.writer.do(
                lambda connection: ledger.put_on_the_wire(
                    connection,
                    delivery,
                    self.owner,
                    message.digest,
                    known.last_response_id,
                    marked_at,
                )
            )

        exchange = await session.deliver(message, mark)
        if exchange.silence is Silence.WITHHELD:
            # Planning says why when the delivery is leased again.
            await self._release(delivery)
            return
        await self._finish(delivery, known, exchange)

    async def _finish(
        self, delivery: Delivery, known: Known, exchange: Exchange
    ) -> None:
        judged = verdict(exchange)
        now = self.clock.now()
        again = None
        if judged.outcome is Outcome.DEFERRED:
            again = self._next_try(delivery, judged.fault, exchange, now)

        def record(connection: Connection) -> None:
            ledger.finish(connection, delivery, judged.outcome, exchange, now, again)
            if judged.suppress:
                recipients.suppress(
                    connection,
                    Suppression(
                        known.history.recipient.address_key,
                        SuppressionReason.HARD_BOUNCE,
                        now,
                        str(exchange),
                    ),
                )
            if judged.outcome is Outcome.DEFERRED and self._gives_up(delivery, now):
                ledger.settle(
                    connection,
                    delivery.id,
                    DeliveryState.PLANNED,
                    DeliveryState.MISSED,
                    f"always deferred, last: {exchange}",
                    now,
                )

        await self.writer.do(record)
        self.summary.outcomes[judged.outcome] += 1
        self.on_outcome(judged.outcome)
        if judged.outcome is Outcome.REFUSED:
            self._refused.append(delivery.id)
        if judged.fault is Fault.OFFICE:
            await self._pause(str(exchange))
        await self._learn(exchange)

    def _next_try(
        self, delivery: Delivery, fault: Fault, exchange: Exchange, now: datetime
    ) -> datetime:
        """Return when to try again, inside the sending window."""
        jitter = _jitter(delivery.reference, delivery.attempts)
        wanted = next_try(delivery.attempts, fault, exchange, now, jitter)
        return self.calendar.next_opening(wanted)

    def _gives_up(self, delivery: Delivery, now: datetime) -> bool:
        time = self.opened.times.get(delivery.step)
        return gives_up(
            delivery.first_begun_at or now, now, time.expires if time else None
        )

    async def _learn(self, exchange: Exchange) -> None:
        """Let the breaker see an exchange; pause the campaign if it trips."""
        self._breaker = self._breaker.after(exchange)
        if not self._breaker.tripped or self.summary.paused:
            return
        wrongly = [
            self._refused.pop()
            for _ in range(min(self._breaker.wrongly_refused, len(self._refused)))
        ]
        reason, now = self._breaker.tripped, self.clock.now()

        def put_back(connection: Connection) -> None:
            for delivery_id in wrongly:
                ledger.settle(
                    connection,
                    delivery_id,
                    DeliveryState.REFUSED,
                    DeliveryState.PLANNED,
                    reason,
                    now,
                )

        await self.writer.do(put_back)
        await self._pause(reason)

    async def _pause(self, reason: str) -> None:
        if self.summary.paused:
            return
        self.summary.paused = reason
        now = self.clock.now()

        def pause(connection: Connection) -> None:
            campaigns.move(
                connection,
                self.campaign.name,
                [CampaignStatus.RUNNING],
                CampaignStatus.PAUSED,
                reason=reason,
            )
            campaigns.note(
                connection, now, "mailer", "pause", self.campaign.name, reason
            )

        await self.writer.do(pause)

    async def _release(self, delivery: Delivery, until: datetime | None = None) -> None:
        now = self.clock.now()
        await self.writer.do(
            lambda connection: ledger.release(connection, delivery, now, until)
        )

    def _answered_before(self, due: datetime) -> int:
        if due not in self._answered:
            with self.office.database.read() as connection:
                self._answered[due] = answered_before(connection, self.campaign, due)
        return self._answered[due]


def _jitter(reference: str, attempts: int) -> float:
    """Return a number in [0, 1) that differs between deliveries, not between runs."""
    digest = hashlib.sha256(f"{reference}.{attempts}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
