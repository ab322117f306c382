"""
Measure one path, in a process of its own: what doing it costs.

    python benchmarks/measure.py with_smtplib '{"port": ...}'

Every path is a module with `prepare(task, folder)`, which returns what is to
be measured; what it does before that is not counted.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from task import Cost, Task


def main() -> None:
    """Print the cost of the path and task named on the command line."""
    path, task = sys.argv[1], Task(**json.loads(sys.argv[2]))
    with tempfile.TemporaryDirectory() as folder:
        do = import_module(path).prepare(task, Path(folder))
        cpu, wall = _cpu(), time.perf_counter()
        peak = do()
        cpu, wall = _cpu() - cpu, time.perf_counter() - wall
    print(Cost(wall, cpu, peak or peak_rss_mib("self")).as_json())


def peak_rss_mib(process: int | str) -> float:
    """
    Return the most memory a process has had.

    The kernel's own mark; `ru_maxrss` would start with the parent's.
    """
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:  # it has ended, or this is no Linux
        return 0
    mark = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(mark[1]) / 1024 if mark else 0


def _cpu() -> float:
    """Return the CPU seconds of this process, its threads and its children."""
    used = [resource.getrusage(resource.RUSAGE_SELF)]
    used.append(resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main()
