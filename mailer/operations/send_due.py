"""
Send what is planned, over a few connections, at the office's rate.

Decides which delivery goes next, over which session, and when to stop.
One attempt is `operations.attempt`; what stops a campaign is decided in
`delivery.breaker`, how fast it may go in `delivery.pacing`.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter, defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from mailer.delivery.breaker import Breaker
from mailer.delivery.pacing import Bucket, Rate
from mailer.delivery.verdict import verdict
from mailer.errors import MailerError, StoreError
from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState, Fault, Outcome
from mailer.operations.attempt import Attempter, Prepared
from mailer.smtp.session import Session, SessionRefused
from mailer.store import campaigns, histories, ledger
from mailer.store.writer import GroupWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from sqlalchemy import Connection

    from mailer.model.delivery import Delivery
    from mailer.model.smtp import Exchange
    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign
    from mailer.smtp.settings import RelaySettings
    from mailer.store.histories import Known

T = TypeVar("T")

#: longer than the longest transaction: RFC 5321, section 4.5.3.2, adds up to 35 min
LEASE = timedelta(minutes=45)

#: leased at once at the most, and for how long what was read with them is used
BATCH = 200
FRESH = timedelta(seconds=5)


@dataclass(slots=True)
class SendSummary:
    """What one round of sending did."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
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

    Raises:
        StoreError: The ledger cannot be written; nothing was sent without it.
    """
    writer = GroupWriter(office.database)
    round_ = _Round(office, opened, relay, writer, stop, on_outcome)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(office.settings.relay.connections):
                group.create_task(round_.work())
    except* MailerError as errors:
        round_.failed = _first(errors)
    finally:
        with suppress(StoreError):  # recovery does it at the next start
            await round_.release_rest()
        await writer.close()
    if round_.failed is not None:
        raise round_.failed
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
        self.summary = SendSummary()
        self.failed: MailerError | None = None
        self._office, self._relay, self._writer = office, relay, writer
        self._stop, self._on_outcome = stop, on_outcome
        self._clock, self._campaign = office.clock, opened.campaign
        self._owner = uuid.uuid4().hex
        self._attempts = Attempter(
            office, opened, writer, self._owner, lambda: not self._is_over
        )
        self._is_cancelled = False
        self._waiting: deque[tuple[Delivery, Known]] = deque()
        self._batch = _batch_size(office.settings.relay.connections, office.rate)
        self._next = asyncio.Lock()
        self._opening = asyncio.Lock()
        self._bucket = Bucket(office.rate)
        self._rate_is_limited = bool(office.rate.interval)
        self._breaker = Breaker()
        self._refused: deque[int] = deque(maxlen=100)  # that may be our own fault
        per_domain = office.settings.relay.per_domain_connections
        self._domains: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(per_domain)
        )

    @property
    def _is_over(self) -> bool:
        """Return whether no further dot may be sent."""
        return bool(
            self._stop.is_set()
            or self._is_cancelled
            or self.summary.paused
            or self.summary.relay_trouble
        )

    async def work(self) -> None:
        """Send over one connection until nothing is left."""
        session: Session | None = None
        current = await self._prepared()
        try:
            while current is not None and not self._is_over:
                session = await self._ready(session)
                if session is None:
                    return
                following = await self._prepared(may_wait=False)
                try:
                    await self._to_its_end(self._attempt(session, current, following))
                finally:
                    self._domains[current.domain].release()
                    current = following
                current = current or await self._prepared()
        finally:
            if current is not None:
                self._put_back(current)
            if session is not None:
                await session.quit()

    async def _prepared(self, *, may_wait: bool = True) -> Prepared | None:
        """
        Return the next delivery that is due, with its message and its domain's leave.

        Args:
            may_wait: For the rate, and for another connection to the domain; if
                not, `None` may mean that there would be one a little later.
        """
        while (taken := await self._take(may_wait=may_wait)) is not None:
            if not await self._attempts.still_wanted(*taken):
                continue
            try:
                prepared = self._attempts.prepare(*taken)
            except StoreError:
                raise
            except MailerError as error:  # nor can the others be composed
                self._waiting.appendleft(taken)
                await self._pause(str(error))
                return None
            domain = self._domains[prepared.domain]
            if domain.locked() and not may_wait:
                self._waiting.appendleft(taken)
                return None
            await domain.acquire()
            return prepared
        return None

    def _put_back(self, prepared: Prepared) -> None:
        """Let somebody else have a delivery that was prepared and not begun."""
        self._domains[prepared.domain].release()
        self._waiting.appendleft((prepared.delivery, prepared.known))

    async def release_rest(self) -> None:
        """Give back what was leased and not begun with the relay."""
        rest = [self._attempts.release(delivery) for delivery, _known in self._waiting]
        self._waiting.clear()
        await asyncio.gather(*rest)

    async def _take(self, *, may_wait: bool) -> tuple[Delivery, Known] | None:
        """Return the next delivery when the rate allows it, `None` at the end."""
        if not may_wait and (self._next.locked() or self._rate_is_limited):
            return None
        async with self._next:
            if self._is_over:
                return None
            if not self._waiting:
                await self._lease()
            if not self._waiting:
                return None
            await self._wait_for_the_rate()
            return None if self._is_over else self._waiting.popleft()

    async def _lease(self) -> None:
        """Begin the next deliveries, and read what is known of their recipients."""
        now, name = self._clock.now(), self._campaign.name

        def lease(connection: Connection) -> list[tuple[Delivery, Known]]:
            leased = ledger.lease(
                connection, name, self._owner, now, now + LEASE, self._batch
            )
            ids = [delivery.recipient_id for delivery in leased]
            known = histories.of_recipients(connection, name, ids)
            return [(delivery, known[delivery.recipient_id]) for delivery in leased]

        self._waiting.extend(await self._writer.do(lease))

    async def _wait_for_the_rate(self) -> None:
        while not self._stop.is_set():
            self._bucket, seconds = self._bucket.take(self._clock.now())
            if not seconds:
                return
            waits = {
                asyncio.ensure_future(self._clock.sleep(seconds)),
                asyncio.ensure_future(self._stop.wait()),
            }
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _ready(self, session: Session | None) -> Session | None:
        """Return a session that can take a message; `None` if there is none."""
        if session is not None:
            if session.usable:
                return session
            await session.quit()
        # One at a time: a wrong password is tried once, and a relay that is
        # down is one trouble, however many connections there would be.
        async with self._opening:
            if self._is_over:
                return None
            try:
                return await Session.open(self._relay)
            except SessionRefused as refused:
                await self._learn(refused.exchange)
                if verdict(refused.exchange).fault is Fault.OFFICE:
                    await self._pause(str(refused.exchange))
                else:
                    self.summary.relay_trouble = str(refused.exchange)
                return None

    async def _attempt(
        self, session: Session, current: Prepared, following: Prepared | None
    ) -> None:
        exchange = await self._attempts.run(session, current, following)
        if exchange is None:
            return
        judged = verdict(exchange)
        self.summary.outcomes[judged.outcome] += 1
        self._on_outcome(judged.outcome)
        if judged.outcome is Outcome.REFUSED and judged.fault is Fault.RECIPIENT:
            if not judged.suppress:
                self._refused.append(current.delivery.id)
        elif judged.fault is Fault.OFFICE:
            await self._pause(str(exchange))
        await self._learn(exchange)

    async def _to_its_end(self, attempt: Coroutine[None, None, T]) -> T:
        """
        Await an attempt even if we are cancelled meanwhile.

        What has its dot out gets its reply; what has not gets none.
        """
        task = asyncio.ensure_future(attempt)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._is_cancelled = True
            await asyncio.wait({task})
            raise

    async def _learn(self, exchange: Exchange) -> None:
        """Let the breaker see an exchange; pause the campaign if it trips."""
        self._breaker = self._breaker.after(exchange)
        reason, now = self._breaker.tripped, self._clock.now()
        if not reason:
            return
        # Also when it is paused already: other connections learn of the same
        # refusal a moment later.
        count = min(self._breaker.wrongly_refused, len(self._refused))
        wrongly = [self._refused.pop() for _ in range(count)]

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

        await self._writer.do(put_back)
        await self._pause(reason)

    async def _pause(self, reason: str) -> None:
        if self.summary.paused:
            return
        self.summary.paused = reason
        name, now = self._campaign.name, self._clock.now()

        def pause(connection: Connection) -> None:
            campaigns.move(
                connection,
                name,
                [CampaignStatus.RUNNING],
                CampaignStatus.PAUSED,
                reason=reason,
            )
            campaigns.note(connection, now, "mailer", "pause", name, reason)

        await self._writer.do(pause)


def _batch_size(connections: int, rate: Rate) -> int:
    """Return how many to lease at once: no more than leave while they are fresh."""
    if not rate.interval:
        return BATCH
    return max(connections, min(BATCH, FRESH // rate.interval))


def _first(errors: BaseExceptionGroup[MailerError]) -> MailerError:
    """Return one of the errors, however deep it is."""
    inner = errors.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner
