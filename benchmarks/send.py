"""
Measure our whole sending path against the libraries beneath it.

    python benchmarks/send.py [--messages 1000] [--rounds 3]

Every path runs in a process of its own, several times in turn with the others,
against one sink in a third process (`sink.py`).  One JSON line per path: the
median of the rounds, the slowest and the fastest, and the ratio to smtplib.
What a path does is in `with_<path>.py`, what all of them send in `letter.py`.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from statistics import median

from letter import Task

#: (module without "with_", connections)
PATHS = (("smtplib", 1), ("mailer", 1), ("aiosmtplib", 4), ("mailer", 4))


def main() -> None:
    """Run all paths in turn, or measure one: a child's part."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        path, connections, port = options.child
        _measure(path, int(connections), int(port), options.messages)
    else:
        _compare(options.messages, options.rounds)


def _compare(messages: int, rounds: int) -> None:
    found: dict[tuple[str, int], list[dict[str, float]]] = {one: [] for one in PATHS}
    from sink import sink  # noqa: PLC0415 - its imports are no part of a path's memory

    with sink() as (sink_name, port):
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
            "sink": sink_name,
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
        send = import_module(f"with_{path}").prepare(task)
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


def _run(*arguments: str) -> str:
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - ourselves
    return done.stdout


if __name__ == "__main__":
    main()
