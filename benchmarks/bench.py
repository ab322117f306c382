"""
Measure our whole path against what else one could send, import or read with.

    python benchmarks/bench.py [--long] [TABLE ...]

One JSON line per result: the median of the rounds, the slowest and the
fastest, and the median of the ratios to the run that `ratio_to` names.  What
is measured is in `tables.py`, one path in `with_*.py`, `import_*` or `classify_*`,
the letter in `letter.py`.  A path that cannot be measured here says why.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import time
from statistics import median
from typing import TYPE_CHECKING

from peers import PeerMissingError, Peers
from servers import far_away, sink
from tables import Run, Table, tables
from task import Cost, Task

if TYPE_CHECKING:
    from collections.abc import Iterator

#: seconds that one run may take, and with --long
RUN_WITHIN, LONG_RUN_WITHIN = 60, 4 * 3600
ROUNDS_WITHIN = 75  #: seconds after which no further round of a table begins


def main() -> None:
    """Measure the tables that are asked for, by default all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--long", action="store_true", help="up to a million each")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="by default all")
    options = parser.parse_args()
    known = tables(is_long=options.long)
    if unknown := set(options.tables) - {one.name for one in known}:
        names = ", ".join(f"'{one.name}'" for one in known)
        parser.error(f"no table {unknown}; there are {names}")
    within = LONG_RUN_WITHIN if options.long else RUN_WITHIN
    with sink() as (sink_name, port), contextlib.closing(Peers()) as peers:
        for table in known:
            if options.tables and table.name not in options.tables:
                continue
            with _way(port, table.round_trip_s) as way:
                for line in Measuring(table, peers, way, within).lines():
                    print(json.dumps({**line, "sink": sink_name}), flush=True)


@contextlib.contextmanager
def _way(port: int, round_trip_s: float) -> Iterator[int]:
    if round_trip_s:
        with far_away(port, round_trip_s) as distant:
            yield distant
    else:
        yield port


class Measuring:
    """One table being measured."""

    def __init__(self, table: Table, peers: Peers, port: int, within_s: int) -> None:
        self._table, self._peers = table, peers
        self._port, self._within_s = port, within_s
        self._is_slow = table.is_slow_disk
        self._costs: dict[Run, list[Cost]] = {run: [] for run in table.runs}
        self._skipped: dict[Run, str] = {}

    def lines(self) -> Iterator[dict[str, object]]:
        """Measure all runs in turn, and yield a line for each."""
        began = time.monotonic()
        for number in range(self._table.rounds):
            if number and time.monotonic() - began > ROUNDS_WITHIN:
                break
            for run in self._table.runs:
                if run not in self._skipped:
                    self._measure(run)
        for run in self._table.runs:
            yield {
                "table": self._table.name,
                "path": run.path,
                "connections": run.connections,
                "count": run.count,
                **({"signs": run.signs} if run.signs else {}),
                **self._result(run),
                "load": round(os.getloadavg()[0], 2),
            }

    def _measure(self, run: Run) -> None:
        try:
            task = Task(
                self._port,
                run.count,
                run.connections,
                self._table.has_attachments,
                self._peers.key_file(run.signs) if run.signs else "",
            )
            slow = {"LD_PRELOAD": self._peers.slow_disk} if self._is_slow else {}
            done = subprocess.run(  # noqa: S603 - ourselves, or Node with our script
                self._peers.command(run.path, task.as_json()),
                env=os.environ | slow,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                timeout=self._within_s,
            )
        except PeerMissingError as error:
            self._skipped[run] = str(error)
        except subprocess.TimeoutExpired:
            self._skipped[run] = f"took longer than {self._within_s} s"
        except subprocess.CalledProcessError as error:
            self._skipped[run] = f"failed with exit code {error.returncode}"
        else:
            self._costs[run].append(Cost(**json.loads(done.stdout)))

    def _result(self, run: Run) -> dict[str, object]:
        if run in self._skipped:
            return {"skipped": self._skipped[run]}
        costs, speeds = self._costs[run], self._speeds(run)
        ratio_to, ratios = self._ratios(run)
        return {
            "rounds": len(costs),
            f"{self._table.unit}_per_s": _short(median(speeds)),
            "slowest": _short(min(speeds)),
            "fastest": _short(max(speeds)),
            "ratio": _short(median(ratios)),
            "ratio_to": ratio_to,
            "cpu_s_per_1000": _short(
                median(1000 * one.cpu_s / run.count for one in costs)
            ),
            "peak_rss_mib": round(max(one.peak_rss_mib for one in costs), 1),
        }

    def _ratios(self, run: Run) -> tuple[str, list[float]]:
        speeds = self._speeds(run)
        if round_trip_s := self._table.round_trip_s:
            per_connection = [speed / run.connections for speed in speeds]
            return "1/RTT", [speed * round_trip_s for speed in per_connection]
        base = next(one for one in self._table.runs if one not in self._skipped)
        pairs = zip(speeds, self._speeds(base), strict=True)
        name = f"{base.path}, {base.count}"
        return name, [speed / reference for speed, reference in pairs]

    def _speeds(self, run: Run) -> list[float]:
        return [run.count / one.wall_s for one in self._costs[run]]


def _short(value: float) -> float:
    """Return three significant digits: more would not be true."""
    rounded = float(f"{value:.3g}")
    return int(rounded) if rounded.is_integer() else rounded


if __name__ == "__main__":
    main()
