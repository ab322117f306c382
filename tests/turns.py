"""
Count how often a sender has to wait for its relay.

A proxy stands between the two and passes everything on as it comes, TLS or not.
On each connection it counts the sender's turns: how often the sender speaks
after the relay has.  So many round trips did the dialogue take.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Turns:
    """A proxy in front of the relay at `port_behind`."""

    def __init__(self, port_behind: int) -> None:
        self._port_behind = port_behind
        self._hung_up: list[asyncio.Future[None]] = []
        self.port = 0  #: where it listens
        self.of_connection: list[int] = []

    @property
    def count(self) -> int:
        """Return the turns on all connections."""
        return sum(self.of_connection)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[Turns]:
        """Listen until the block ends, and until everybody has hung up."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self
            await asyncio.gather(*self._hung_up)

    async def _serve(
        self, sender: asyncio.StreamReader, to_sender: asyncio.StreamWriter
    ) -> None:
        number = len(self.of_connection)
        self.of_connection.append(0)
        hung_up = asyncio.get_running_loop().create_future()
        self._hung_up.append(hung_up)
        relay, to_relay = await asyncio.open_connection("127.0.0.1", self._port_behind)
        has_spoken = asyncio.Event()  # the relay, since the sender's last word

        async def there() -> None:
            while data := await sender.read(2**16):
                self.of_connection[number] += has_spoken.is_set()
                has_spoken.clear()
                to_relay.write(data)
                await to_relay.drain()
            to_relay.close()

        async def back() -> None:
            while data := await relay.read(2**16):
                has_spoken.set()
                to_sender.write(data)
                await to_sender.drain()
            to_sender.close()

        try:
            with contextlib.suppress(ConnectionError):  # how some hang up
                await asyncio.gather(there(), back())
        finally:
            for writer in (to_relay, to_sender):
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
            hung_up.set_result(None)
