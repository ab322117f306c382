"""
A relay that shoots at the sender, exactly where a test wants it.

The sender is another process (`crash/runner.py`); nothing in it knows of the
test.  What must be true afterwards is in `promises`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offices import CONFERENCE
from waiting import until

from mailer.model.delivery import Delivery, DeliveryState
from mailer.sandbox.behaviours import Kill
from mailer.sandbox.relay import ScriptedRelay
from mailer.settings import load
from mailer.store import deliveries
from mailer.store.database import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from mailer.model.smtp import Stage
    from mailer.sandbox.behaviours import Step

RUNNER = Path(__file__).parent / "crash" / "runner.py"

#: the invitation is due, and the sending window is open for hours
START = "2019-04-08T09:05:00+02:00"

KILLED = -signal.SIGKILL

RELAY = """
host = "127.0.0.1"
port = {port}
security = "none"
connections = {connections}
rate = ""
"""


@dataclass
class Shot:
    """Where the next sender is hit: when a stage is reached for the n-th time."""

    countdown: int = 1
    stage: Stage | None = None  #: `None` is any
    then: tuple[Step | type[Kill], ...] = ()  #: what the relay does; `Kill` is the shot
    delay: float = 0.0  #: seconds from there to the shot, if there is none in `then`
    signal: int = signal.SIGKILL
    hit: Callable[[], object] | None = None  #: the relay goes on once this holds
    fired: asyncio.Event = field(default_factory=asyncio.Event)


class Gunner(ScriptedRelay):
    """A relay that knows the sender's process, and shoots where it is told to."""

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
        shot.fired.set()
        kill = Kill(self.target)
        steps = [one if not isinstance(one, type) else kill for one in shot.then]
        if kill not in steps:
            self._shoot(shot)
        return steps or super().steps(stage, address)

    def _shoot(self, shot: Shot) -> None:
        target = self.target

        def shoot() -> None:
            if target == self.target:  # it still runs
                with contextlib.suppress(ProcessLookupError):
                    os.kill(target, shot.signal)

        if shot.hit is None:
            asyncio.get_running_loop().call_later(shot.delay, shoot)
        else:
            shoot()
            until(shot.hit, "what the shot was to bring about")


@dataclass
class Sender:
    """A process whose children send for an office, one child at a time."""

    process: asyncio.subprocess.Process
    log: Path  #: what the children said

    @property
    def said(self) -> str:
        """Return what a person would have seen on the terminal."""
        return self.log.read_text("utf-8")

    async def start(self, how: str = "once") -> int:
        """Let a child begin; return its number."""
        assert self.process.stdin
        self.process.stdin.write(f"{how}\n".encode())
        return await self._number()

    async def end(self) -> int:
        """Wait for the child; return how it ended."""
        return await self._number()

    async def _number(self) -> int:
        assert self.process.stdout
        line = await self.process.stdout.readline()
        assert line, self.said
        return int(line)


@dataclass
class Range:
    """An office, its relay, and the sender that is shot at."""

    folder: Path
    relay: Gunner
    sender: Sender
    kills: int = 0

    async def run(self, shot: Shot | None = None, how: str = "once") -> int:
        """Run the office once; return how the process ended."""
        self.relay.target = await self.sender.start(how)
        self.relay.shot = shot
        end = await self.sender.end()
        self.relay.shot, self.relay.target = None, 0
        assert end in (0, KILLED), self.sender.said
        self.kills += end == KILLED
        return end

    def rows(self, states: Iterable[DeliveryState] = DeliveryState) -> list[Delivery]:
        """Return the ledger's rows that are in one of some states."""
        return rows_of(self.folder, states)


@asynccontextmanager
async def a_range(folder: Path, connections: int) -> AsyncIterator[Range]:
    """Point the office at a relay of this process, and start the sender."""
    async with Gunner() as relay:
        point_at(folder, relay, connections)
        async with a_sender(folder) as sender:
            yield Range(folder, relay, sender)


def point_at(folder: Path, relay: ScriptedRelay, connections: int) -> None:
    """Name a relay in the office's settings."""
    settings = folder / "mailer.toml"
    section = re.compile(r"(?s)(?<=\[relay\]\n).*?(?=\n\[)")
    named = RELAY.format(port=relay.port, connections=connections)
    text = section.sub(named, settings.read_text("utf-8"))
    settings.write_text(text, "utf-8")


@asynccontextmanager
async def a_sender(folder: Path, start: str = START) -> AsyncIterator[Sender]:
    """Start a process whose children will send for the office in `folder`."""
    log = folder / f"{os.urandom(4).hex()}.log"
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, RUNNER, folder, start),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
        )
    try:
        yield Sender(process, log)
    finally:
        assert process.stdin
        process.stdin.close()
        await process.wait()


def is_stopped(number: int) -> bool:
    """Return whether a process has been stopped by a signal (proc(5), stat)."""
    status = Path(f"/proc/{number}/stat").read_text("ascii")
    return status.rpartition(")")[2].split()[0] == "T"


def rows_of(
    folder: Path, states: Iterable[DeliveryState] = DeliveryState
) -> list[Delivery]:
    """Return the rows of the conference in an office's ledger."""
    url = load(folder).office.database
    with closing(Database(url, folder)) as database, database.read() as connection:
        return deliveries.in_states(connection, CONFERENCE, states)
