"""
A proxy that makes a server on loopback as slow to reach as one far away.

    python benchmarks/distance.py SERVER_PORT ROUND_TRIP_SECONDS

Prints the port it took.

Slow are the mail transactions only, from the first MAIL to the QUIT, so that
a short run tells what a message costs and not what connecting does.
Threads and not an event loop, whose timers are a millisecond late at times: that
would count as distance.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = 1 << 16


class Road:
    """The way between one client and the server, equally long in both directions."""

    def __init__(
        self, client: socket.socket, server: socket.socket, one_way_s: float
    ) -> None:
        self._client, self._server = client, server
        self._one_way_s = one_way_s
        self._is_long = False

    def open(self) -> None:
        """Carry commands and messages there, and replies back, until either ends."""
        self._carry(self._client, self._server, self._heed)
        self._carry(self._server, self._client, lambda _data: None)

    def _heed(self, data: bytes) -> None:
        command = data[:4].upper()
        if command in {b"MAIL", b"QUIT"}:
            self._is_long = command == b"MAIL"

    def _carry(
        self,
        source: socket.socket,
        target: socket.socket,
        heed: Callable[[bytes], None],
    ) -> None:
        under_way: SimpleQueue[tuple[float, bytes]] = SimpleQueue()

        def depart() -> None:
            data = b"-"
            while data:
                try:
                    data = source.recv(BLOCK)
                except ConnectionError:
                    data = b""
                heed(data)
                delay = self._one_way_s if self._is_long else 0
                under_way.put((time.monotonic() + delay, data))

        def arrive() -> None:
            while True:
                at, data = under_way.get()
                time.sleep(max(0, at - time.monotonic()))
                try:
                    if not data:
                        target.shutdown(socket.SHUT_WR)
                        return
                    target.sendall(data)
                except OSError:
                    return

        for work in (depart, arrive):
            threading.Thread(target=work, daemon=True).start()


def _serve(server_port: int, round_trip_s: float) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            client, _ = listening.accept()
            server = socket.create_connection(("127.0.0.1", server_port))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            Road(client, server, round_trip_s / 2).open()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), float(sys.argv[2]))
