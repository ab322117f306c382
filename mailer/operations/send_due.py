"""
Send what is planned, over a few connections, at the office's pace.

Decides over how many connections, and when to stop.  Which message goes next is
`operations.supply`, one attempt `operations.attempt`; what stops a campaign is
decided in `delivery.breaker`, how fast it may go in `delivery.pace`.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailer.delivery.breaker import Breaker, Streak, streak_of
from mailer.delivery.verdict import verdict
from mailer.errors import LeaseError, MailerError, StoreError
from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState, Fault, Outcome
from mailer.operations.allowance import canary_is_over, day_is_over
from mailer.operations.attempt import Attempter
from mailer.operations.instance import require_instance
from mailer.operations.log_line import how_it_ended, log, log_attempt
from mailer.operations.supply import Supply
from mailer.smtp.session import Session, SessionRefused
from mailer.store import campaigns, ledger
from mailer.store.writer import GroupWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from mailer.model.smtp import Exchange
    from mailer.operations.attempt import Ended, Prepared
    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign
    from mailer.smtp.settings import RelaySettings


@dataclass(slots=True)
class Standing:
    """What is kept of a campaign from one round to the next."""

    breaker: Breaker = field(default_factory=Breaker)
    #: deliveries whose refusal may be our own fault after all
    refused: deque[int] = field(default_factory=lambda: deque(maxlen=100))


@dataclass(slots=True)
class SendSummary:
    """What one round of sending did."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    paused: str = ""  #: why the campaign was paused
    relay_trouble: str = ""  #: why the relay could not be used; tried again later
    is_canary_over: bool = False  #: the first few went; it is paused for a look
    is_day_over: bool = False  #: the rest goes tomorrow


async def send_due(
    office: Office,
    opened: OpenCampaign,
    relay: RelaySettings,
    *,
    stop: asyncio.Event,
    standing: Standing | None = None,
    on_outcome: Callable[[Outcome], None] = lambda _outcome: None,
) -> SendSummary:
    """
    Send a running campaign's due deliveries, and return when there are no more.

    Args:
        office: The office; its clock tells when, its pace how fast.
        opened: The campaign.
        relay: Where to submit.
        stop: Once set, messages whose dot is out are finished, others are not
            begun.
        standing: The campaign's, from the rounds before; is kept up to date.
        on_outcome: Called after each attempt, for the progress bar.

    Raises:
        StoreError: The ledger cannot be written; nothing was sent without it.
        LeaseError: This is not the office, but a copy of it.
    """
    writer = GroupWriter(office.database)
    standing = standing or Standing()
    round_ = _Round(office, opened, relay, writer, stop, standing, on_outcome)
    try:
        await round_.run()
        await round_.heed_the_limits()
    finally:
        await writer.close()
        round_.close()
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
        standing: Standing,
        on_outcome: Callable[[Outcome], None],
    ) -> None:
        self.summary, self._office = SendSummary(), office
        self._relay, self._writer = relay, writer
        self._stop, self._standing, self._on_outcome = stop, standing, on_outcome
        self._clock, self._campaign = office.clock, opened.campaign.name
        self._pace, self._connections = office.pace, office.settings.relay.connections
        self._over = asyncio.Event()  # no further dot may be sent
        owner, self._instance = uuid.uuid4().hex, require_instance(office)
        self._attempts = Attempter(
            office, opened, writer, owner, lambda: not self._is_over, self._instance
        )
        self._supply = Supply(
            office,
            self._campaign,
            owner,
            self._attempts,
            writer,
            lambda: self._is_over,
            self._instance,
        )
        self._session_count = 0
        self._opening = asyncio.Lock()
        self._room = asyncio.Event()  # for one more session
        self._attempting: set[asyncio.Task[None] | None] = set()

    @property
    def _is_over(self) -> bool:
        return self._over.is_set() or self._stop.is_set()

    async def run(self) -> None:
        """
        Send over all connections until nothing is left.

        What has its dot out gets its reply, even if we are cancelled meanwhile;
        what has not, gets none.
        """
        begin = asyncio.create_task
        workers = [begin(self._work()) for _ in range(self._connections)]
        heed = (self._fill(), self._heed_the_stop(), self._heed_the_disk())
        others = [begin(one) for one in heed]
        tasks = [*workers, *others]
        left = set(workers)

        def ended(task: asyncio.Task[None]) -> None:
            left.discard(task)
            if not left or (not task.cancelled() and task.exception()):
                self._over.set()

        for task in tasks:
            task.add_done_callback(ended)
        try:
            await self._over.wait()
        finally:
            ending, cancelled = begin(self._end(tasks)), None
            while not ending.done():  # however often we are told to stop
                try:
                    await asyncio.shield(ending)
                except asyncio.CancelledError as error:
                    cancelled = error
            if cancelled is not None:
                raise cancelled

    def close(self) -> None:
        """End with what was opened for the round."""
        self._instance.close()

    async def heed_the_limits(self) -> None:
        """Pause after the first few, for a look; note that the day is over."""
        with self._office.database.read() as connection:
            is_over = canary_is_over(connection, self._campaign)
            now = self._clock.now()
            self.summary.is_day_over = day_is_over(self._office, connection, now)
        if is_over and not self.summary.paused:
            self.summary.is_canary_over = True
            await self._stop_campaign("the first few went; look at them, then resume")

    async def _end(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Let what has its dot out come to its end; put the rest back."""
        self._over.set()
        for task in tasks:
            if task not in self._attempting:
                task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(StoreError):  # recovery does it at the next start
            await self._supply.close()
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _fill(self) -> None:
        try:
            await self._supply.fill()
        except (StoreError, LeaseError):
            raise
        except MailerError as error:  # nor can the others be composed
            await self._pause(str(error))

    async def _heed_the_stop(self) -> None:
        await self._stop.wait()
        self._over.set()

    async def _heed_the_disk(self) -> None:
        raise await self._writer.out_of_room

    async def _work(self) -> None:
        """Send over one connection until nothing is left."""
        task = asyncio.current_task()
        session: Session | None = None
        current: Prepared | None = None
        ended: Ended | None = None
        try:
            while not self._is_over:
                current = current or await self._supply.next()
                if current is None:
                    break
                session = await self._ready(session)
                if session is None:
                    self._supply.put_back(current)
                    current = None
                    await self._room.wait()
                    continue
                attempted, current = current, self._supply.at_once()
                self._attempting.add(task)
                before = ended
                ended = await self._attempt(session, attempted, current)
                self._attempting.discard(task)
                if before is not None:
                    await before.recorded
            if ended is not None:
                await ended.recorded
        finally:
            self._attempting.discard(task)
            if current is not None:
                self._supply.put_back(current)
            if session is not None:
                await self._close(session)

    async def _ready(self, session: Session | None) -> Session | None:
        """Return a session that can take a message; `None` if there may be none."""
        if session is not None:
            if session.usable and self._session_count <= self._pace.connections:
                return session
            await self._close(session)
        # One at a time: a wrong password is tried once, and a relay that is
        # down is one trouble, however many connections there would be.
        async with self._opening:
            if self._is_over or self._session_count >= self._pace.connections:
                self._room.clear()
                return None
            try:
                session = await Session.open(self._relay)
            except SessionRefused as refused:
                await self._kept_out(refused.exchange)
                return None
            self._session_count += 1
            return session

    async def _kept_out(self, exchange: Exchange) -> None:
        """Learn from a session that could not be opened."""
        is_ours = verdict(exchange).fault is Fault.OFFICE
        said = how_it_ended(exchange)
        log(self._office, "not let in", relay=self._relay.place, **said)
        if self._session_count and not is_ours:
            # The others go on: it is one connection too many (421).
            self._pace.kept_out(self._session_count)
            self._room.clear()
            return
        await self._learn(exchange)
        if is_ours:
            await self._pause(str(exchange))
        else:
            self.summary.relay_trouble = str(exchange)
            self._over.set()

    async def _close(self, session: Session) -> None:
        await session.quit()
        self._session_count -= 1
        self._room.set()

    async def _attempt(
        self, session: Session, current: Prepared, following: Prepared | None
    ) -> Ended | None:
        ended, begun = None, self._clock.monotonic()
        try:
            ended = await self._attempts.run(session, current, following)
        finally:
            self._supply.ended(current, ended.exchange if ended else None)
        if ended is None:
            self._supply.look_again()
            return None
        exchange, judged = ended.exchange, ended.verdict
        log_attempt(
            self._office,
            current.delivery,
            judged.outcome,
            exchange,
            relay=self._relay.place,
            seconds=self._clock.monotonic() - begun,
            octets=current.message.size,
        )
        self.summary.outcomes[judged.outcome] += 1
        self._on_outcome(judged.outcome)
        if judged.fault is Fault.OFFICE:
            await self._pause(str(exchange))
        elif (
            judged.outcome is Outcome.REFUSED
            and streak_of(exchange) is Streak.RECIPIENTS_REFUSED
        ):
            self._standing.refused.append(current.delivery.id)
        await self._learn(exchange)
        if self._session_count < self._pace.connections:
            self._room.set()
        return ended

    async def _learn(self, exchange: Exchange) -> None:
        """Let the breaker see an exchange; pause the campaign if it trips."""
        standing = self._standing
        standing.breaker = standing.breaker.after(exchange)
        reason = standing.breaker.tripped
        if not reason:
            return
        # Also when it is paused already: other connections learn of the same
        # refusal a moment later.
        count = min(standing.breaker.wrongly_refused, len(standing.refused))
        wrongly = [standing.refused.pop() for _ in range(count)]
        now = self._clock.now()

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
        self._over.set()
        await self._stop_campaign(reason)

    async def _stop_campaign(self, reason: str) -> None:
        name, now = self._campaign, self._clock.now()

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
