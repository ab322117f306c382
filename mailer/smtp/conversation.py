"""
Write to the relay, and give each reply to the command that it answers.

Replies are attributed by their order, which is all that SMTP offers (RFC 2920,
section 3.1).  So one reply too many puts everything after it out of step; this
module keeps what nobody asked for, and its callers look before they speak.
What is said, and in which order, is decided in `mailer.smtp.transaction`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TypeAlias

from mailer.model.smtp import Silence, SmtpReply
from mailer.smtp.replies import ReplyReader

#: what follows a command: a reply, or what came instead of one
Answer: TypeAlias = SmtpReply | Silence

#: octets; asyncio's own is 256 KiB for each read, and a reply has 512 at most
RECEIVE = 4096


class Conversation(asyncio.BufferedProtocol):
    """
    The protocol behind a transport whose session is open already.

    One at a time waits: for an answer, for room to write, or for the end.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._reader = ReplyReader()
        self._received = memoryview(bytearray(RECEIVE))
        self._due = 0  # how many replies are to come
        self._answers: deque[Answer] = deque()  # have come, in the order asked
        self._unasked: Answer | None = None
        self._silence: Silence | None = None  # why no more answers will come
        self._is_full = False
        self._is_closed = False
        self._waiter: asyncio.Future[bool] | None = None
        self._deadline = 0.0  # in the loop's time, of the wait that began last
        self._timer: asyncio.TimerHandle | None = None  # not later than that
        transport.set_protocol(self)
        # What the network does not take at once asyncio copies; so not more than
        # a block of it.  Not 0, which asyncio's TLS takes for "always full".
        transport.set_write_buffer_limits(high=1)

    @property
    def interruption(self) -> Answer | None:
        """
        Return what stands in the way of the next command; `None` if nothing does.

        A reply is one that nobody asked for.  It is told before the loss of
        the connection, which often follows it and explains less.
        """
        if self._unasked is not None:
            return self._unasked
        if not (self._due or self._reader.is_idle):
            return Silence.SURPLUS
        return self._silence or (Silence.LOST if self._is_over else None)

    @property
    def next_answer(self) -> Answer | None:
        """Return the answer that has come already and is looked at next, if any."""
        return self._answers[0] if self._answers else None

    @property
    def _is_over(self) -> bool:
        return self._silence is not None or self._transport.is_closing()

    async def ask(self, line: bytes, seconds: float) -> Answer:
        """Write `line` and a CRLF; return what follows within `seconds`."""
        self.send(line)
        return await self.answer(seconds)

    def send(self, *lines: bytes) -> None:
        """Write `lines`, each with a CRLF, at once; an answer is due for each."""
        if not self._is_over:
            self._due += len(lines)
            self._transport.write(b"\r\n".join((*lines, b"")))

    async def answer(self, seconds: float) -> Answer:
        """
        Return what came for the first line not answered, or comes within `seconds`.

        Once one did not come in time, none is waited for: it might still come,
        and be taken for another's.
        """
        if not self._answers:
            self._deadline = self._loop.time() + seconds
        while not self._answers:
            if self._silence is not None:
                return self._silence
            if not await self._something():
                self._silence = Silence.TIMEOUT
        return self._answers.popleft()

    async def write(self, block: bytes | memoryview, seconds: float) -> None:
        """Write `block`; return once there is room for more, or an `interruption`."""
        if not self._is_over:
            self._transport.write(block)
        if self._is_full:
            self._deadline = self._loop.time() + seconds
        while self._is_full and self._unasked is None and self._silence is None:
            if not await self._something():
                self._silence = Silence.TIMEOUT

    async def close(self, seconds: float) -> None:
        """Close once everything is written, or after `seconds` in any case."""
        self._transport.close()
        self._deadline = self._loop.time() + seconds
        while not self._is_closed and await self._something():
            pass
        self._transport.abort()

    def abort(self) -> None:
        """Close at once; what is not written yet is thrown away."""
        self._transport.abort()

    # Waiting.  One timer serves a session: setting one for each reply, only to
    # take it back, would cost more than reading the reply.

    async def _something(self) -> bool:
        """Wait until something happens; return False if the deadline passes first."""
        if self._timer is None or self._timer.when() > self._deadline:
            self._set_timer()
        self._waiter = self._loop.create_future()
        try:
            return await self._waiter
        finally:
            self._waiter = None

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._look_at_the_clock)

    def _look_at_the_clock(self) -> None:
        assert self._timer is not None  # noqa: S101 - it has called us
        was_set_for, self._timer = self._timer.when(), None
        if was_set_for >= self._deadline:
            self._wake(in_time=False)
        elif self._waiter is not None:  # for an earlier wait, which ended well
            self._set_timer()

    def _wake(self, *, in_time: bool = True) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(in_time)

    # What asyncio tells us.

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's
        """Return where asyncio puts what it receives."""
        return self._received

    def buffer_updated(self, nbytes: int) -> None:
        """Give the replies that were received to what was asked, in order."""
        if self._unasked is not None:
            return  # out of step: nobody will read on, so nothing is kept
        for reply in self._reader.feed(bytes(self._received[:nbytes])):
            if self._due:
                self._due -= 1
                self._answers.append(reply)
            elif self._unasked is None:
                self._unasked = reply
        self._wake()

    def eof_received(self) -> None:
        """Take the other side's end as the end; asyncio closes after it."""
        self._lost()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """Tell whoever waits."""
        self._is_closed = True
        self._lost()
        if self._timer is not None:
            self._timer.cancel()

    def pause_writing(self) -> None:
        """Let the next `write` wait."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Let `write` go on."""
        self._is_full = False
        self._wake()

    def _lost(self) -> None:
        self._silence = self._silence or Silence.LOST
        self._wake()
