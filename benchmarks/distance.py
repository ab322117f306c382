"""
A proxy that makes a server on loopback as slow to reach as one far away.

    python benchmarks/distance.py SERVER_PORT ROUND_TRIP_SECONDS

Prints the port it took.

Slow are the mail transactions only, from the first MAIL to the QUIT, so that
a short run tells what a message costs and not what connecting does.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = 1 << 16


class Road:
    """The way between one client and the server, equally long in both directions."""

    def __init__(self, one_way_s: float) -> None:
        self._one_way_s = one_way_s
        self._is_long = False

    async def forth(
        self, client: asyncio.StreamReader, server: asyncio.StreamWriter
    ) -> None:
        """Carry commands and messages."""
        await self._carry(client, server, self._heed)

    async def back(
        self, server: asyncio.StreamReader, client: asyncio.StreamWriter
    ) -> None:
        """Carry replies."""
        await self._carry(server, client, lambda _data: None)

    def _heed(self, data: bytes) -> None:
        command = data[:4].upper()
        if command in {b"MAIL", b"QUIT"}:
            self._is_long = command == b"MAIL"

    async def _carry(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        heed: Callable[[bytes], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        arrival = loop.time()
        while data := await source.read(BLOCK):
            heed(data)
            delay = self._one_way_s if self._is_long else 0
            # A little after the one before: a tie would leave the order open.
            arrival = max(loop.time() + delay, arrival + 1e-6)
            loop.call_at(arrival, target.write, data)
        loop.call_at(arrival + 1e-6, target.close)


async def _meet(
    client: asyncio.StreamReader,
    to_client: asyncio.StreamWriter,
    *,
    server_port: int,
    one_way_s: float,
) -> None:
    server, to_server = await asyncio.open_connection("127.0.0.1", server_port)
    road = Road(one_way_s)
    with contextlib.suppress(ConnectionError):
        await asyncio.gather(
            road.forth(client, to_server), road.back(server, to_client)
        )


async def _serve(server_port: int, round_trip_s: float) -> None:
    meet = functools.partial(_meet, server_port=server_port, one_way_s=round_trip_s / 2)
    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
