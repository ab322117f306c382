"""
The server that all paths send to, and the long way there.

Each runs in a process of its own for as long as a bench needs it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from peers import PeerMissingError, postfix

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
START_WITHIN = 10  #: seconds that a server may take


@contextlib.contextmanager
def sink() -> Iterator[tuple[str, int]]:
    """
    Give the name and port of a server that takes everything and keeps nothing.

    Postfix's `smtp-sink`; where that is not installed, our scripted relay,
    which is slower.
    """
    try:
        program = postfix("smtp-sink")
    except PeerMissingError:
        with _running([sys.executable, str(HERE / "sink.py")]) as port:
            yield "scripted relay", port
    else:
        user = [] if os.getuid() else ["-u", "nobody"]
        port, backlog = _free_port(), "100"
        with _running([program, *user, f"127.0.0.1:{port}", backlog], port):
            yield "smtp-sink", port


@contextlib.contextmanager
def far_away(port: int, round_trip_s: float) -> Iterator[int]:
    """Give the port of the same server as if it stood `round_trip_s` away."""
    program = str(HERE / "distance.py")
    with _running([sys.executable, program, str(port), str(round_trip_s)]) as near:
        yield near


@contextlib.contextmanager
def _running(command: list[str], port: int | None = None) -> Iterator[int]:
    """Run a server; one that is told no port prints which one it took."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours or Postfix's
        try:
            if port is None:
                assert process.stdout is not None  # noqa: S101 - it is a pipe
                port = int(process.stdout.readline())
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.01)
    raise AssertionError(f"no server on port {port} after {START_WITHIN} s")
