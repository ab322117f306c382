"""
A server that takes everything and keeps nothing, in a process of its own.

Postfix's `smtp-sink`; where that is not installed, our scripted relay, which
is slower.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from mailer.sandbox.relay import ScriptedRelay

if TYPE_CHECKING:
    from collections.abc import Iterator

START_WITHIN = 10  #: seconds that a sink may take


@contextlib.contextmanager
def sink() -> Iterator[tuple[str, int]]:
    """Give the name and port of a server that takes everything and keeps nothing."""
    search = os.pathsep.join((os.environ["PATH"], "/usr/sbin"))
    program = shutil.which("smtp-sink", path=search)
    port = _free_port()
    if program:
        user = [] if os.getuid() else ["-u", "nobody"]
        command = [program, *user, f"127.0.0.1:{port}", "100"]
    else:
        command = [sys.executable, __file__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - the sink found above
        if not program:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            port = int(process.stdout.readline())
        try:
            _wait_for(port)
            yield "smtp-sink" if program else "scripted relay", port
        finally:
            process.terminate()


async def _be_the_sink() -> None:
    async with ScriptedRelay() as relay:
        print(relay.port, flush=True)
        while True:
            # It remembers all it took, for tests; a sink does not.
            await asyncio.sleep(0.1)
            relay.accepted.clear()
            relay.heard.clear()


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
    raise AssertionError(f"no sink on port {port} after {START_WITHIN} s")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_be_the_sink())
