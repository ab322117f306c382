"""
Call a function in a limited process, which is thrown away when it misbehaves.

Mail is written by strangers, and what reads it can be brought to use all memory,
to compute for ever, or to crash: then the process ends and not the program, and
the caller is given a value that says so.
One process serves many calls; it is started by the first.
What the function does is not known here.
"""

from __future__ import annotations

import importlib
import io
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Generic, TypeVar

from mailer.errors import IsolationError
from mailer.isolation import child

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

T = TypeVar("T")

#: address space: the interpreter and its libraries, a message of 25 MB, and some
#: copies of it that are decoded
MEMORY_BYTES = 1024 * 1024 * 1024
#: a message takes milliseconds, the biggest a second
CPU_SECONDS = 5.0
#: by the clock on the wall: more, since a busy machine is not the message's fault
WALL_SECONDS = 20.0
#: to start, on a busy machine
START_SECONDS = 60.0
#: of one answer; nothing that is read out of a message is as long as this
MAX_ANSWER_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may use."""

    memory_bytes: int = MEMORY_BYTES
    cpu_seconds: float = CPU_SECONDS
    wall_seconds: float = WALL_SECONDS


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that gave no value."""

    why: str  #: in words: "it needs too much memory"


class Worker(Generic[T]):
    """
    A process in which a function is called.

    Args:
        function: Of a module, taking bytes and what is `given`.
        given: Its other arguments, the same at each call; they are pickled.
        modules: Whose classes a value may consist of; of no others is it made.
        limits: What one call may use.
    """

    def __init__(
        self,
        function: Callable[..., T],
        *given: object,
        modules: Collection[str],
        limits: Limits | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._modules = frozenset(modules)
        self._task = pickle.dumps(
            {
                "path": sys.path,
                "module": function.__module__,
                "name": function.__qualname__,
                "given": pickle.dumps(given),
                "memory_bytes": self._limits.memory_bytes,
                "cpu_seconds": self._limits.cpu_seconds,
            }
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def call(self, data: bytes) -> T | Failure:
        """
        Return what the function makes of `data`, or why it gave nothing.

        Raises:
            IsolationError: There is no process, whatever the data are.
        """
        if self._process is not None and self._process.poll() is not None:
            self._end()  # between two calls: not this one's fault
        line = self._socket or self._start()
        deadline = time.monotonic() + self._limits.wall_seconds
        try:
            _send(line, data, deadline)
            did_well, value = self._read(_receive(line, deadline))
        except TimeoutError:
            self._end()
            return Failure(f"it takes longer than {self._limits.wall_seconds:g} s")
        except (OSError, EOFError, pickle.UnpicklingError, ValueError) as error:
            return Failure(self._cause_of_death(error))
        if did_well:
            read: T = value
            return read
        self._end()  # what is left of its memory may be in pieces
        return Failure(str(value))

    def close(self) -> None:
        """End the process, if there is one."""
        self._end()

    def _start(self) -> socket.socket:
        deadline = time.monotonic() + START_SECONDS
        with tempfile.TemporaryFile() as said:
            try:
                line = self._open(said)
                _send(line, self._task, deadline)
                _expect(child.READY, line, deadline)
            except (OSError, EOFError, ValueError) as error:
                ended = self._end()
                why = _last_line(said) or f"{type(error).__name__}: {error}"
                raise IsolationError.at(
                    "the reader of mail",
                    f"cannot be started ({why}; it ended with {ended})",
                    "see whether the machine has memory and processes left",
                ) from error
        return line

    def _open(self, errors: IO[bytes]) -> socket.socket:
        """Begin a process; return our end of the line to it."""
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-I", "-B", "-X", "utf8", child.__file__],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env={},  # there may be passwords in ours
                cwd="/",
                start_new_session=True,  # Ctrl-C is not for it
            )
        return self._socket

    def _read(self, answer: bytes) -> tuple[bool, Any]:
        try:
            found = _Reader(answer, self._modules).load()
        except Exception as error:  # whatever octets can bring about
            raise pickle.UnpicklingError(str(error)) from error
        if not (isinstance(found, tuple) and len(found) == 2):  # noqa: PLR2004 - a pair
            raise pickle.UnpicklingError("no pair")
        return found

    def _cause_of_death(self, error: Exception) -> str:
        """Return why the process gave no answer, and make room for another."""
        ended = self._end()
        if ended == -signal.SIGPROF:
            return f"it takes longer than {self._limits.cpu_seconds:g} s of computing"
        if ended == child.OUT_OF_MEMORY:
            return "it needs too much memory"
        if ended < 0:
            return f"its reader was ended by {signal.Signals(-ended).name}"
        return f"its reader gave no answer ({type(error).__name__})"

    def _end(self) -> int:
        """Return how the process ended; the hard way if it has not yet."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is None:
            return 0
        process, self._process = self._process, None
        try:
            # It ends by itself as soon as nobody listens, unless it is at work.
            return process.wait(0.5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return 0


class _Reader(pickle.Unpickler):
    """Makes a value of plain data and of known classes, and of nothing else."""

    def __init__(self, answer: bytes, modules: Collection[str]) -> None:
        super().__init__(io.BytesIO(answer))
        self._modules = modules

    def find_class(self, module: str, name: str) -> type:
        """Return a class; whoever took over the process could name a function."""
        if module in self._modules and "." not in name:
            found = getattr(importlib.import_module(module), name, None)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"{module}.{name}")


def _last_line(file: IO[bytes]) -> str:
    """Return what a process said last, "" if nothing."""
    file.seek(0)
    lines = file.read(1 << 16).decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _send(line: socket.socket, data: bytes, deadline: float) -> None:
    for each in (child.LENGTH.pack(len(data)), data):
        line.settimeout(max(deadline - time.monotonic(), 0.001))
        line.sendall(each)


def _expect(greeting: bytes, line: socket.socket, deadline: float) -> None:
    if _receive(line, deadline) != greeting:
        raise ValueError("it does not greet")


def _receive(line: socket.socket, deadline: float) -> bytes:
    (size,) = child.LENGTH.unpack(_exactly(line, child.LENGTH.size, deadline))
    if size > MAX_ANSWER_BYTES:
        raise ValueError(f"an answer of {size} bytes")
    return _exactly(line, size, deadline)


def _exactly(line: socket.socket, size: int, deadline: float) -> bytes:
    received = bytearray()
    while len(received) < size:
        line.settimeout(max(deadline - time.monotonic(), 0.001))
        some = line.recv(size - len(received))
        if not some:
            raise EOFError
        received += some
    return bytes(received)
