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
from typing import TypeAlias, TypeVar

from mailer.model.smtp import Silence, SmtpReply
from mailer.smtp.replies import ReplyReader

#: what follows a command: a reply, or what came instead of one
Answer: TypeAlias = SmtpReply | Silence

#: an answer that is to come
Due: TypeAlias = "asyncio.Future[Answer]"

T = TypeVar("T")


class Conversation(asyncio.Protocol):
    """The protocol behind a transport whose session is open already."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._reader = ReplyReader()
        self._due: deque[Due] = deque()  # in the order asked
        self._unasked: SmtpReply | Silence | None = None
        self._room: asyncio.Future[Silence | None] | None = None
        self._end: asyncio.Future[Silence | None] = self._loop.create_future()
        transport.set_protocol(self)

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
        return Silence.LOST if self._is_over else None

    @property
    def _is_over(self) -> bool:
        return self._end.done() or self._transport.is_closing()

    async def ask(self, line: bytes, seconds: float) -> Answer:
        """Write `line` and a CRLF; return what follows within `seconds`."""
        (due,) = self.send(line)
        return await self.answer(due, seconds)

    def send(self, *lines: bytes) -> list[Due]:
        """Write `lines`, each with a CRLF, at once; return what is due for each."""
        due: list[Due] = [self._loop.create_future() for _ in lines]
        if self._is_over:
            for each in due:
                each.set_result(Silence.LOST)
            return due
        self._due += due
        self._transport.write(b"\r\n".join((*lines, b"")))
        return due

    async def answer(self, due: Due, seconds: float) -> Answer:
        """Return what came for a line that was sent, or comes within `seconds`."""
        return await self._within(seconds, due)

    async def write(self, block: memoryview, seconds: float) -> Silence | None:
        """Write `block`; return `None` once there is room for more."""
        if self._is_over:
            return Silence.LOST
        self._transport.write(block)
        if self._room is None:
            return None
        return await self._within(seconds, self._room)

    async def close(self, seconds: float) -> None:
        """Close once everything is written, or after `seconds` in any case."""
        self._transport.close()
        await self._within(seconds, self._end)
        self._transport.abort()

    def abort(self) -> None:
        """Close at once; what is not written yet is thrown away."""
        self._transport.abort()

    async def _within(
        self, seconds: float, future: asyncio.Future[T | Silence]
    ) -> T | Silence:
        timer = self._loop.call_later(seconds, _resolve, future, Silence.TIMEOUT)
        try:
            return await future
        finally:
            timer.cancel()

    # What asyncio tells us.

    def data_received(self, data: bytes) -> None:
        """Give the replies in `data` to those who wait, in order."""
        if self._unasked is not None:
            return  # out of step: nobody will read on, so nothing is kept
        for reply in self._reader.feed(data):
            if self._due:
                _resolve(self._due.popleft(), reply)
            else:
                self._unasked = self._unasked or reply

    def eof_received(self) -> None:
        """Take the other side's end as the end; asyncio closes after it."""
        self._finish()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """Tell everybody who waits."""
        self._finish()
        _resolve(self._end, None)

    def pause_writing(self) -> None:
        """Let the next `write` wait."""
        self._room = self._loop.create_future()

    def resume_writing(self) -> None:
        """Let `write` go on."""
        if self._room is not None:
            _resolve(self._room, None)
            self._room = None

    def _finish(self) -> None:
        while self._due:
            _resolve(self._due.popleft(), Silence.LOST)
        if self._room is not None:
            _resolve(self._room, Silence.LOST)


def _resolve(future: asyncio.Future[T], value: T) -> None:
    """Set the result of `future`, unless it timed out or was cancelled."""
    if not future.done():
        future.set_result(value)
