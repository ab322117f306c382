"""
The command `mailer` for tests: installed, at another time, or in this process.

`installed` runs what a user runs.  `at` does too, on a clock that was set
beforehand, from outside.  `Command` calls `main` in this process, which is
faster, and shows what was said; it is no less the whole program.  A relay for
it runs in a thread of its own (`aside`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.cli.app import main

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from mailer.sandbox.relay import ScriptedRelay

INSTALLED = Path(sys.executable).with_name("mailer")
#: a Tuesday morning: a new office's campaigns open at once
MOMENT = "2027-03-02T09:00:00+01:00"
PEOPLE = 3
LIST = ("--list", "municipalities")
RUNNER = Path(__file__).parent / "acceptance" / "runner.py"


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Return all that a person saw, in one line: terminals wrap as they like."""
        return " ".join(f"{self.out} {self.err}".split())

    def done(self) -> Said:
        """Return this if the command succeeded."""
        assert self.code == 0, f"exit code {self.code}:\n{self.err}"
        return self


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of a terminal without settings of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MAILER_")}
    return kept | {"COLUMNS": "80", "NO_COLOR": "1"} | changes


def installed(*words: object, office: Path | None = None) -> Said:
    """Run the installed command in the office's folder."""
    return _run([INSTALLED, *words], office)


def at(moment: str, *words: object, office: Path) -> Said:
    """Run the command in the office's folder as if `moment` (ISO 8601) were now."""
    return _run([sys.executable, RUNNER, moment, *words], office)


def barred(moment: str, *words: object, office: Path) -> Said:
    """Run the command like `at`, as somebody whom a file's rights bind: not root."""
    runner = [sys.executable, RUNNER, moment, *words]
    powers = "-dac_override,-dac_read_search"
    bound = ["setpriv", f"--bounding-set={powers}"] if os.geteuid() == 0 else []
    return _run([*bound, *runner], office)


def _run(words: list[object], office: Path | None) -> Said:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=office,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    return Said(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Command:
    """`mailer --office OFFICE …` in this process."""

    office: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: object) -> Said:
        """Run it, and return how it ended."""
        return self._called("mailer", "--office", str(self.office), *map(str, words))

    def bare(self) -> Said:
        """Run `mailer`, and nothing else."""
        return self._called("mailer")

    def _called(self, *arguments: str) -> Said:
        self.monkeypatch.setattr(sys, "argv", list(arguments))
        self.capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = self.capsys.readouterr()
        return Said(code, said.out, said.err)


def start(mailer: Command) -> None:
    """Approve and start the conference."""
    mailer("approve", "conference", "--by", "načelnica").done()
    mailer("start", "conference", "--confirm", PEOPLE).done()


def assert_is_clear(said: Said, code: int, *parts: str) -> None:
    """Assert that a person learns the place, the cause and what to do."""
    assert code == said.code, said.err
    assert "Traceback" not in said.text
    assert "our own bug" not in said.text
    for part in parts:
        assert part in said.text
    assert re.search("✗ .+: .+ — .+", said.text)


def edit(path, pattern, replacement):
    """Change a file as a person does, in one place."""
    text, count = re.subn(pattern, replacement, path.read_text("utf-8"), count=1)
    assert count == 1, pattern
    path.write_text(text, "utf-8")


@contextlib.contextmanager
def aside(relay: ScriptedRelay) -> Iterator[ScriptedRelay]:
    """Run a relay beside this thread, in which the command runs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(relay.start(), loop).result(10)
        yield relay
    finally:
        asyncio.run_coroutine_threadsafe(relay.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
