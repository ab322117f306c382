"""
The limited process: reads bytes, calls one function with them, gives its value.

It is started as a file and not as a module, knows the standard library only,
and lets itself be told what to import; then it shuts the doors behind it.
Over its standard input, which is a socket, come and go frames: four octets of
length and a pickle.  It ends when the socket does, or by one of its limits.
Who starts it, and what becomes of a message that ended it, is in
`mailer.isolation.worker`.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import resource
import signal
import struct
import sys
from typing import Any

#: of what a frame holds: its length in octets
LENGTH = struct.Struct(">I")

#: the first frame, before anything a stranger wrote is read
READY = b"ready"

#: how it ends where there is not even room for the message
OUT_OF_MEMORY = 3

#: what nobody does who only reads a message
_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
)


def main() -> None:
    """Serve until the other side hangs up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Meant for the program that started us; a message must not die of it.
        signal.signal(number, signal.SIG_IGN)
    task = pickle.loads(_receive())  # noqa: S301 - of the program that started us
    sys.path[:] = task["path"]
    function: Any = importlib.import_module(task["module"])
    for name in task["name"].split("."):
        function = getattr(function, name)
    given = pickle.loads(task["given"])  # noqa: S301 - the same
    _limit(task["memory_bytes"])
    _send(READY)
    while True:
        try:
            message = _receive()
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        # The kernel's own end (SIGPROF): also of what never looks at a signal.
        signal.setitimer(signal.ITIMER_PROF, task["cpu_seconds"])
        try:
            answer = pickle.dumps((True, function(message, *given)))
        except MemoryError:
            answer = pickle.dumps((False, "it needs too much memory"))
        except Exception as error:  # noqa: BLE001 - whatever a parser raises
            answer = pickle.dumps(
                (False, f"its reader failed ({type(error).__name__})")
            )
        signal.setitimer(signal.ITIMER_PROF, 0)
        _send(answer)


def _limit(memory_bytes: int) -> None:
    """Shut the doors: memory, files, programs, network."""
    for what, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # not every Unix has all
            resource.setrlimit(what, (most, most))
    sys.addaudithook(_refuse)


def _refuse(event: str, _arguments: object) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} in a process that only reads")


def _receive() -> bytes:
    """Return the next frame; end this process if there will be none."""
    (size,) = LENGTH.unpack(_exactly(LENGTH.size))
    return _exactly(size)


def _exactly(size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        some = os.read(0, min(size - len(received), 1 << 20))
        if not some:
            os._exit(0)
        received += some
    return bytes(received)


def _send(answer: bytes) -> None:
    view = memoryview(LENGTH.pack(len(answer)) + answer)
    while view:
        view = view[os.write(0, view) :]


if __name__ == "__main__":
    main()
