"""A relay that shoots at the sender, and what must be true once it has stopped."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offices import BEFORE, Desk

from mailer.model.delivery import DeliveryState as S
from mailer.operations.office import open_office
from mailer.sandbox.behaviours import Kill
from mailer.sandbox.clock import VirtualClock
from mailer.sandbox.relay import ScriptedRelay

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from mailer.model.smtp import Stage
    from mailer.sandbox.behaviours import Step

RUNNER = Path(__file__).parent / "crash" / "runner.py"

#: the invitation is due, and the sending window is open for hours
START = "2019-04-08T09:05:00+02:00"

EVERYBODY = 212
CONNECTIONS = 4

RELAY = f"""
host = "127.0.0.1"
port = %d
security = "none"
connections = {CONNECTIONS}
rate = ""
"""


@dataclass
class Shot:
    """Where the next sender dies: when a stage is reached for the n-th time."""

    countdown: int = 1
    stage: Stage | None = None  #: `None` is any
    then: tuple[Step | type[Kill], ...] = ()  #: what is done there; `Kill` is the shot
    delay: float = 0.0  #: seconds from there to the shot, if `then` is empty


class Gunner(ScriptedRelay):
    """A relay that knows the sender's process, and ends it where it is told to."""

    def __init__(self, **asked: Any) -> None:
        super().__init__(**asked)
        self.target = 0
        self.shot: Shot | None = None

    def steps(self, stage: Stage, address: str) -> Sequence[Step] | None:
        """Shoot if it is time; otherwise be the usual relay."""
        shot = self.shot
        if shot is None or shot.stage not in (None, stage):
            return super().steps(stage, address)
        shot.countdown -= 1
        if shot.countdown:
            return super().steps(stage, address)
        self.shot = None
        if shot.then:
            kill = Kill(self.target)
            return [one if not isinstance(one, type) else kill for one in shot.then]
        asyncio.get_running_loop().call_later(shot.delay, self._shoot, self.target)
        return super().steps(stage, address)

    def _shoot(self, target: int) -> None:
        if target == self.target:  # it still runs
            with contextlib.suppress(ProcessLookupError):
                os.kill(target, signal.SIGKILL)


@dataclass
class Range:
    """An office, its relay, and the runner whose children are shot at."""

    folder: Path
    relay: Gunner
    runner: asyncio.subprocess.Process
    kills: int = 0

    async def run(self, shot: Shot | None = None, last_commit: str = "") -> int:
        """Run the office once; return how the process ended."""
        assert self.runner.stdin
        assert self.runner.stdout
        self.runner.stdin.write(f"{last_commit}\n".encode())
        self.relay.target = int(await self.runner.stdout.readline())
        self.relay.shot = shot
        end = int(await self.runner.stdout.readline())
        self.relay.shot, self.relay.target = None, 0
        self.kills += end == -signal.SIGKILL
        return end

    def on_the_wire(self) -> int:
        """Return how many will be in doubt at the next start."""
        return list(_states(self.folder).values()).count(S.ON_THE_WIRE)


@asynccontextmanager
async def a_range(folder: Path) -> AsyncIterator[Range]:
    """Point the office at a relay of this process, and start the runner."""
    async with Gunner() as relay:
        settings = folder / "mailer.toml"
        text = settings.read_text("utf-8")
        section = re.compile(r"(?s)(?<=\[relay\]\n).*?(?=\n\[)")
        settings.write_text(section.sub(RELAY % relay.port, text), "utf-8")
        runner = await asyncio.create_subprocess_exec(
            *(sys.executable, RUNNER, folder, START),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            yield Range(folder, relay, runner)
        finally:
            assert runner.stdin
            runner.stdin.close()
            await runner.wait()


def assert_promises_kept(shooting: Range) -> list[str]:
    """
    Assert that nobody got it twice and nobody is missing; return who is in doubt.

    The relay's own list is the oracle: it was never shot at.
    """
    states = _states(shooting.folder)
    at_the_relay = Counter(one.forward_path for one in shooting.relay.accepted)
    accepted = {address for address, state in states.items() if state is S.ACCEPTED}
    in_doubt = {address for address, state in states.items() if state is S.IN_DOUBT}

    assert [] == [address for address, times in at_the_relay.items() if times > 1]
    assert EVERYBODY == len(accepted) + len(in_doubt) == len(states)
    assert accepted <= at_the_relay.keys() <= states.keys()
    assert len(in_doubt) <= shooting.kills * CONNECTIONS
    report = _report(shooting.folder)
    assert [] == [address for address in in_doubt if f"<{address}>" not in report]
    assert len(in_doubt) == report.count("in doubt: delivery")
    return sorted(in_doubt)


def _states(folder: Path) -> dict[str, S]:
    clock = VirtualClock(BEFORE)
    with open_office(folder, clock) as office:
        rows = Desk(office, clock).rows()
    return {address: row.state for address, row in rows.items()}


def _report(folder: Path) -> str:
    """Return what `mailer report` says, each entry on one line."""
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("mailer"), "--office", folder),
            *("report", "conference"),
        ],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "400"},
    )
    return done.stdout + done.stderr
