"""
Measure our whole sending path against the libraries beneath it.

    python benchmarks/send.py [--messages 1000] [--rounds 3]

Every path runs in a process of its own, several times in turn with the others,
against one sink in a third process: Postfix's `smtp-sink`, or our scripted relay
where that is not installed.  One JSON line per path: the median of the rounds,
the slowest and the fastest, and the ratio to smtplib.
Which paths there are, and what they send, is in `paths.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from paths import PATHS, Task

from mailer.sandbox.relay import ScriptedRelay

if TYPE_CHECKING:
    from collections.abc import Iterator

START_WITHIN = 10  #: seconds that a sink may take


def main() -> None:
    """Run all paths in turn, or measure one: a child's part."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--sink", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sink:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_be_the_sink())
    elif options.child:
        path, connections, port = options.child
        _measure(path, int(connections), int(port), options.messages)
    else:
        _compare(options.messages, options.rounds)


def _compare(messages: int, rounds: int) -> None:
    found: dict[tuple[str, int], list[dict[str, float]]] = {one: [] for one in PATHS}
    with _sink() as (sink, port):
        for _ in range(rounds):
            for (path, connections), results in found.items():
                child = ["--child", path, str(connections), str(port)]
                results.append(json.loads(_run("--messages", str(messages), *child)))
    base = median(one["messages_per_s"] for one in found["smtplib", 1])
    for (path, connections), results in found.items():
        speeds = [one["messages_per_s"] for one in results]
        line = {
            "path": path,
            "connections": connections,
            "messages": messages,
            "rounds": rounds,
            "sink": sink,
            "messages_per_s": round(median(speeds)),
            "slowest": round(min(speeds)),
            "fastest": round(max(speeds)),
            "ratio_to_smtplib": round(median(speeds) / base, 2),
            "cpu_s_per_1000": round(median(o["cpu_s_per_1000"] for o in results), 2),
            "peak_rss_mib": round(max(one["peak_rss_mib"] for one in results), 1),
        }
        print(json.dumps(line), flush=True)


def _measure(path: str, connections: int, port: int, messages: int) -> None:
    """Print what sending costs; what comes before it is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        task = Task(port, messages, connections, Path(folder))
        send = PATHS[path, connections](task)
        cpu, wall = time.process_time(), time.perf_counter()
        send()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    status = Path("/proc/self/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    result = {
        "messages_per_s": messages / wall,
        "cpu_s_per_1000": cpu * 1000 / messages,
        "peak_rss_mib": int(peak[1]) / 1024 if peak else 0,
    }
    print(json.dumps(result))


@contextlib.contextmanager
def _sink() -> Iterator[tuple[str, int]]:
    """Give the name and port of a server that takes everything and keeps nothing."""
    search = os.pathsep.join((os.environ["PATH"], "/usr/sbin"))
    program = shutil.which("smtp-sink", path=search)
    port = _free_port()
    if program:
        user = [] if os.getuid() else ["-u", "nobody"]
        command = [program, *user, f"127.0.0.1:{port}", "100"]
    else:
        command = [sys.executable, __file__, "--sink"]
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


def _run(*arguments: str) -> str:
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - ourselves
    return done.stdout


if __name__ == "__main__":
    main()
