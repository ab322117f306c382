"""What stands between a sender and its relay, on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from relays import At

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mailer.sandbox.relay import ScriptedRelay


class Proxy:
    """
    Passes everything on.

    Made for others: they change `pump`, or what is done once one has ended.
    """

    def __init__(self, relay: ScriptedRelay) -> None:
        self._relay = relay
        self._connections: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[At]:
        """Give the place where it listens; close everything afterwards."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield At(server.sockets[0].getsockname()[1])
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def pump(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        *,
        is_reply: bool,
    ) -> None:
        """Pass on from `source` to `sink` until one of them ends."""
        raise NotImplementedError

    def end(self, *ends: asyncio.StreamWriter) -> None:
        """Close both ends, once nothing passes any more in one direction."""
        for each in ends:
            each.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        there, back = await asyncio.open_connection("127.0.0.1", self._relay.port)
        pumps = [
            asyncio.ensure_future(self.pump(reader, back, is_reply=False)),
            asyncio.ensure_future(self.pump(there, writer, is_reply=True)),
        ]
        try:
            # Only `listening` cancels, and asyncio's streams complain if it shows.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.end(writer, back)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
