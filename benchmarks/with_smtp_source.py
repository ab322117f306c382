"""Postfix's smtp-source: one static message from a program in C, the ceiling."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from letter import SENDER, addresses, attachments
from mail_merge import compose
from measure import peak_rss_mib
from peers import postfix

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from task import Task

GLANCE_EVERY = 0.02  #: seconds


def prepare(task: Task, folder: Path) -> Callable[[], float]:
    """Return the run, which returns the program's peak memory in MiB."""
    [address] = addresses(1)
    letter = folder / "letter"
    files = attachments() if task.has_attachments else {}
    letter.write_bytes(compose(address, files).as_bytes())
    command = [
        postfix("smtp-source"),
        "-d",  # without it, a connection for every message
        *("-s", str(task.connections), "-m", str(task.count)),
        *("-f", SENDER, "-t", address, "-F", str(letter)),
        f"127.0.0.1:{task.port}",
    ]

    def send() -> float:
        peak = 0.0
        with subprocess.Popen(command) as process:  # noqa: S603 - the program found above
            while process.poll() is None:
                peak = max(peak, peak_rss_mib(process.pid))
                try:
                    process.wait(GLANCE_EVERY)
                except subprocess.TimeoutExpired:
                    continue
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        return peak

    return send
