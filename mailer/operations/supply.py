"""
Have the next messages ready, a little ahead of the connections that send them.

Decides which delivery goes next: it leases, asks planning once more, composes,
signs, and holds back whom `delivery.pace` does not let go yet.
How a message is sent is `operations.attempt`; over how many connections, and
when to stop, `operations.send_due`.
"""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict, deque
from datetime import timedelta
from typing import TYPE_CHECKING

from mailer.operations.allowance import allowance
from mailer.operations.attempt import Prepared
from mailer.store import histories, ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from mailer.delivery.pace import Pace
    from mailer.model.delivery import Delivery
    from mailer.model.message import Message
    from mailer.model.smtp import Exchange
    from mailer.operations.attempt import Attempter
    from mailer.operations.instance import Instance
    from mailer.operations.office import Office
    from mailer.store.histories import Known
    from mailer.store.writer import GroupWriter

#: longer than the longest transaction: RFC 5321, section 4.5.3.2, adds up to 35 min
LEASE = timedelta(minutes=45)

#: leased at once at the most, and composed ahead
BATCH = 250
AHEAD = 100

#: composed between two looks at the connections
CHUNK = 10

#: chunks that are being completed, where that takes a thread
AT_ONCE = 3

#: for how long what was read about a recipient, and planning's word, is used
FRESH = timedelta(seconds=5)


class Supply:
    """
    The messages of one campaign's round.

    Args:
        office: The office; its clock and its pace.
        campaign: The campaign's name.
        owner: Whose leases these are.
        attempts: Knows what is still wanted, and composes.
        writer: Commits the leases.
        is_over: Whether nothing more is to be sent.
        instance: The office that may send; counts the batches.
    """

    def __init__(
        self,
        office: Office,
        campaign: str,
        owner: str,
        attempts: Attempter,
        writer: GroupWriter,
        is_over: Callable[[], bool],
        instance: Instance,
    ) -> None:
        self._instance = instance
        self._office, self._clock, self._pace = office, office.clock, office.pace
        self._campaign, self._owner = campaign, owner
        self._attempts, self._writer, self._is_over = attempts, writer, is_over
        self._batch = _batch_size(self._pace)
        self._ahead = min(AHEAD, self._batch)
        self._leased: deque[tuple[Delivery, Known]] = deque()
        self._lease_anew_at = office.clock.now()  # what is still leased then
        self._in_hand = 0  # are being completed
        self._completing: deque[asyncio.Future[None]] = deque()
        self._ready: deque[Prepared] = deque()
        self._parked: defaultdict[str, deque[Prepared]] = defaultdict(deque)
        self._parked_count = 0
        self._timers: set[asyncio.Task[None]] = set()
        self._is_exhausted = False
        self._turn = asyncio.Lock()  # one connection waits for the pace at a time
        self._news = asyncio.Event()  # for the connections
        self._wanted = asyncio.Event()  # for `fill`

    async def fill(self) -> None:
        """
        Make messages as they are used up, until cancelled.

        Raises:
            MailerError: A message cannot be composed; nor could others.
        """
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while self._wants_more and await self._has_leases():
                self._make()
                if len(self._completing) == AT_ONCE:
                    await self._completing.popleft()
                await asyncio.sleep(0)
            while self._completing:
                await self._completing.popleft()
            self._news.set()

    async def next(self) -> Prepared | None:
        """Return the next message when the pace allows it, `None` at the end."""
        async with self._turn:
            while not self._is_over():
                seconds = self._pace.relay_wait(self._clock.now())
                if not seconds:
                    if prepared := self._pick():
                        return prepared
                    if self._is_empty:
                        return None
                    seconds = math.inf
                await self._wait(seconds)
        return None

    def at_once(self) -> Prepared | None:
        """Return the next message if it may go now, and is ready."""
        if self._pace.is_spaced or self._is_over():
            return None
        return self._pick()

    def put_back(self, prepared: Prepared) -> None:
        """Let another connection have a message that was not begun."""
        self.ended(prepared, None)
        self._ready.appendleft(prepared)
        self._news.set()

    def ended(self, prepared: Prepared, exchange: Exchange | None) -> None:
        """Free the place of a message; tell the pace how it ended, if it began."""
        if prepared.place is not None:
            self._pace.end(prepared.place, exchange, self._clock.now())
            prepared.place = None
        if self._parked_count:
            self._unpark(prepared.domain)

    def look_again(self) -> None:
        """Lease once more before the end: a delivery went back to be planned."""
        self._is_exhausted = False
        self._wanted.set()

    async def close(self) -> None:
        """Give back what was leased and not begun with the relay."""
        for task in (*self._timers, *self._completing):
            task.cancel()
        await asyncio.gather(*self._completing, return_exceptions=True)
        now = self._clock.now()
        await self._writer.do(
            lambda connection: ledger.release_all(
                connection, self._campaign, self._owner, now
            )
        )

    @property
    def _is_empty(self) -> bool:
        return self._is_exhausted and not (
            self._leased or self._in_hand or self._ready or self._parked_count
        )

    def _pick(self) -> Prepared | None:
        """Return the next message that may go now; it is under way then."""
        now = self._clock.now()
        while self._ready:
            prepared = self._ready.popleft()
            if len(self._ready) < CHUNK and not self._pace.is_spaced:
                self._wanted.set()
            if now - prepared.at > FRESH:  # ask planning again
                self._leased.appendleft((prepared.delivery, prepared.known))
                self._wanted.set()
                continue
            seconds = self._pace.domain_wait(prepared.domain, now)
            if not seconds:
                prepared.place = self._pace.begin(prepared.domain, now)
                return prepared
            self._hold_back(prepared, seconds, now)
        self._wanted.set()
        return None

    def _hold_back(self, prepared: Prepared, seconds: float, now: datetime) -> None:
        """Keep a message whose domain must wait, or give it back if it is long."""
        domain = prepared.domain
        is_long = FRESH.total_seconds() < seconds < math.inf
        if is_long or self._parked_count >= AHEAD:
            until = self._pace.turn(domain, now)
            self._attempts.release(prepared.delivery, until)
            return
        self._parked[domain].append(prepared)
        self._parked_count += 1
        if seconds < math.inf:
            timer = asyncio.ensure_future(self._unpark_after(domain, seconds))
            self._timers.add(timer)
            timer.add_done_callback(self._timers.discard)

    async def _unpark_after(self, domain: str, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._unpark(domain)

    def _unpark(self, domain: str) -> None:
        if parked := self._parked.get(domain):
            self._ready.appendleft(parked.popleft())
            self._parked_count -= 1
            self._news.set()
            if not parked:
                del self._parked[domain]

    async def _wait(self, seconds: float) -> None:
        """Return when there are news, or after `seconds` by the office's clock."""
        self._news.clear()
        waits: set[asyncio.Future[object]] = {asyncio.ensure_future(self._news.wait())}
        if seconds < math.inf:
            waits.add(asyncio.ensure_future(self._clock.sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _has_leases(self) -> bool:
        """Return whether there is a delivery to compose; lease some if not."""
        if not (self._leased or self._is_exhausted or self._is_over()):
            await self._lease()
        return bool(self._leased)

    async def _lease(self) -> None:
        """Begin the next deliveries, and read what is known of their recipients."""
        await asyncio.to_thread(self._office.database.take_in_ballast)
        now, owner, count = self._clock.now(), self._owner, self._batch
        self._lease_anew_at = now + LEASE / 2

        def lease(connection: Connection) -> tuple[list[tuple[Delivery, Known]], int]:
            office, name = self._office, self._campaign
            allowed = allowance(office, connection, name, now, count)
            ids = ledger.lease(connection, name, owner, now, now + LEASE, allowed)
            number = self._instance.count(connection) if ids else 0
            return histories.of_leased(connection, self._campaign, ids), number

        leased, number = await self._writer.do(lease)
        if number:
            await asyncio.to_thread(self._instance.note, number)
        self._is_exhausted = not leased
        self._leased.extend(leased)

    @property
    def _wants_more(self) -> bool:
        return len(self._ready) + self._in_hand < self._ahead

    def _make(self) -> None:
        """Compose the next few that are still wanted, and begin to complete them."""
        now = self._clock.now()
        count = min(CHUNK, len(self._leased))
        chunk = [self._leased.popleft() for _ in range(count)]
        if now > self._lease_anew_at:  # the second mark would be refused
            for delivery, _known in chunk:
                self._attempts.release(delivery)
            self.look_again()
            return
        wanted = [pair for pair in chunk if self._attempts.is_still_wanted(*pair, now)]
        messages = self._attempts.compose(wanted)
        self._in_hand += len(wanted)
        completing = asyncio.ensure_future(self._complete(wanted, messages, now))
        self._completing.append(completing)

    async def _complete(
        self,
        wanted: Sequence[tuple[Delivery, Known]],
        messages: Sequence[Message],
        now: datetime,
    ) -> None:
        complete = await self._attempts.complete(messages)
        for (delivery, known), (message, digest) in zip(wanted, complete, strict=True):
            domain = message.envelope.forward_path.rpartition("@")[2].lower()
            self._ready.append(Prepared(delivery, known, message, digest, domain, now))
        self._in_hand -= len(wanted)
        self._news.set()


def _batch_size(pace: Pace) -> int:
    """Return how many to lease at once: no more than leave while they are fresh."""
    if not pace.rate.interval:
        return BATCH
    return max(pace.most_connections, min(BATCH, FRESH // pace.rate.interval))
