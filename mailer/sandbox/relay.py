"""
A real SMTP server on loopback that misbehaves exactly as it is told.

The demo and the tests send through it; so what they see is what a relay shows,
down to the torn connection.  It runs in the sender's own event loop.
Who asks for which behaviour is in `mailer.sandbox.behaviours`; one connection
is served in `mailer.sandbox.service`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from mailer.clock import Clock, SystemClock
from mailer.sandbox.behaviours import behaviour
from mailer.sandbox.manner import Manner
from mailer.sandbox.reports import StoredMessage, delivery_report
from mailer.sandbox.service import ReceivedEnvelope, Service

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mailer.model.smtp import Stage
    from mailer.sandbox.behaviours import Behaviour, Step


__all__ = ["Manner", "ScriptedRelay"]

_USUAL = Manner()


class ScriptedRelay:
    """
    The server; use it as `async with`, or call `start` and `stop`.

    Args:
        behaviours: Address → name of a behaviour; others go by local part.
        on_accepted: Told of each message it takes.
        on_report: Given reverse path and bytes of each DSN, after the reply.
        clock: Dates what it takes and writes.
    """

    def __init__(
        self,
        behaviours: Mapping[str, str] = MappingProxyType({}),
        manner: Manner = _USUAL,
        *,
        on_accepted: Callable[[StoredMessage], None] = lambda _: None,
        on_report: Callable[[str, bytes], None] = lambda _path, _report: None,
        clock: Clock | None = None,
    ) -> None:
        self.manner = manner
        self.accepted: list[StoredMessage] = []  #: what it has, in order
        self.heard: list[bytes] = []  #: every command line, without CRLF
        self._behaviours = {each.lower(): name for each, name in behaviours.items()}
        self._on_accepted = on_accepted
        self._on_report = on_report
        self._clock = clock or SystemClock()
        self._done: Counter[tuple[str, Stage]] = Counter()
        self._server: asyncio.Server | None = None
        self._services: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def port(self) -> int:
        """Return the port which the system chose."""
        assert self._server is not None, "the relay is not started"  # noqa: S101
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen on 127.0.0.1."""
        implicit = self.manner.tls if self.manner.implicit_tls else None
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, limit=2**24, ssl=implicit
        )

    async def stop(self) -> None:
        """Tear all connections and listen no more."""
        if self._server is None:
            return
        self._server.close()
        services = dict(self._services)
        for task, writer in services.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*services, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # What a service asks.

    def steps(self, stage: Stage, address: str) -> Sequence[Step] | None:
        """Return what is to be done at `stage`; `None` is the usual."""
        if stage in self.manner.script:
            return self.manner.script[stage]
        asked = self._behaviour(address)
        if asked is None or asked.stage is not stage:
            return None
        self._done[address, stage] += 1
        if asked.times is not None and self._done[address, stage] > asked.times:
            return None
        return asked.steps

    def take(self, envelope: ReceivedEnvelope, data: bytes) -> StoredMessage:
        """Take responsibility for a message."""
        message = StoredMessage(
            envelope.reverse_path,
            envelope.forward_path,
            data,
            envelope.envid,
            envelope.notify,
            queue_id=f"{len(self.accepted) + 1:010X}",
            accepted_at=self._clock.now(),
        )
        self.accepted.append(message)
        self._on_accepted(message)
        return message

    def report(self, message: StoredMessage) -> None:
        """Write what became of `message` later, if something did."""
        asked = self._behaviour(message.forward_path)
        fate = asked.fate if asked else None
        if fate and fate.is_wanted_by(message):
            hostname = self.manner.hostname
            report = delivery_report(message, fate, hostname, self._clock.now())
            self._on_report(message.reverse_path, report)

    def _behaviour(self, address: str) -> Behaviour | None:
        local_part = address.rpartition("@")[0]
        return behaviour(self._behaviours.get(address.lower(), local_part.lower()))

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in one
        self._services[task] = writer
        try:
            # Only `stop` cancels, and asyncio's streams complain if that shows.
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await Service(self, reader, writer).run()
        finally:
            del self._services[task]
            writer.close()
