"""The limited process: what it survives, what ends it, what it may not do."""

from __future__ import annotations

import contextlib
import os
import signal
import types
from pathlib import Path

import pytest
from misbehaving import Told, compute, echo, environment, misbehave, number
from waiting import until

from mailer.errors import IsolationError
from mailer.isolation.worker import Failure, Limits, Worker

MODULES = ("misbehaving",)
QUICK = Limits(cpu_seconds=0.3, wall_seconds=3.0)


@pytest.fixture
def a_worker():
    """Return a function: what `Worker` takes → a worker that is closed afterwards."""
    with contextlib.ExitStack() as stack:

        def start(function, *given, limits=QUICK):
            worker = Worker(function, *given, modules=MODULES, limits=limits)
            return stack.enter_context(contextlib.closing(worker))

        yield start


def test_it_gives_the_functions_value(a_worker):
    """Of a known class, and with what was given once for all."""
    worker = a_worker(echo, "pred ")

    assert Told("pred in za") == worker.call(b"in za")
    assert Told("pred čšž") == worker.call("čšž".encode())


def test_one_process_serves_many_calls(a_worker):
    """It is not this one."""
    worker = a_worker(number)
    numbers = {worker.call(b"") for _ in range(50)}

    assert 1 == len(numbers)
    assert os.getpid() not in numbers


def test_a_process_that_was_killed_between_two_calls_is_replaced(a_worker):
    """By a machine that has no memory left, say: the next message is not to blame."""
    worker = a_worker(number)
    process = worker.call(b"")
    os.kill(process, signal.SIGKILL)
    until(lambda: b"Z" in _state(process), "it is dead")

    assert worker.call(b"") not in (process, os.getpid())


def _state(process: int) -> bytes:
    """Return the letter of a process's state (proc(5), stat)."""
    return Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[0]


def test_it_ends_when_nobody_needs_it(a_worker):
    """Also if whoever started it was killed: its socket is closed then."""
    worker = a_worker(number)
    process = worker.call(b"")
    worker.close()

    until(lambda: not Path(f"/proc/{process}").exists(), "it has ended", 5)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("compute", "0.3 s of computing"),
        ("sleep", "longer than 3 s"),
        ("remember", "too much memory"),
        ("recurse", "RecursionError"),
        ("crash", "SIGSEGV"),
        ("leave", "no answer"),
        ("connect", "PermissionError"),
        ("run", "PermissionError"),
        ("trick", "no answer"),
        ("talk", "no answer"),
        ("babble", "no answer"),
    ],
)
def test_a_call_that_goes_wrong_is_a_value(a_worker, message, why):
    """It says why, in words; and the next call is none the worse for it."""
    worker = a_worker(misbehave)
    failed = worker.call(message.encode())

    assert isinstance(failed, Failure)
    assert why in failed.why
    assert Told("survived") == worker.call(b"behave")


def test_a_process_that_cannot_be_started_is_nobodys_message(a_worker):
    """Nothing is taken then: else all mail would be called unreadable."""
    stray = types.FunctionType(echo.__code__, {}, "stray")
    stray.__module__ = "nowhere"
    worker = a_worker(stray)

    for _ in range(2):
        with pytest.raises(IsolationError, match="No module named 'nowhere'"):
            worker.call(b"")


def test_what_a_parser_prints_disturbs_nobody(a_worker, capfd):
    """Standard output and error lead nowhere."""
    assert Told("survived") == a_worker(misbehave).call(b"mutter")
    assert ("", "") == capfd.readouterr()


def test_nothing_is_written(a_worker, tmp_path):
    """A file may be made, but nothing comes into it."""
    found = a_worker(misbehave).call(f"write {tmp_path / 'x'}".encode())

    assert isinstance(found, Failure)
    assert not (tmp_path / "x").exists() or b"" == (tmp_path / "x").read_bytes()


def test_passwords_are_not_in_its_environment(a_worker, monkeypatch):
    """Those of the office are where they belong."""
    monkeypatch.setenv("MAILBOX_PASSWORD", "geslo")

    assert "MAILBOX_PASSWORD" not in a_worker(environment).call(b"")


@pytest.mark.parametrize("number_", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_stops_the_program_does_not_fail_the_message(a_worker, number_):
    """A service manager signals every process; the one at work ends its message."""
    worker = a_worker(number)
    process = worker.call(b"")
    os.kill(process, number_)

    assert process == worker.call(b"")


def test_the_time_of_one_message_is_not_the_next_ones(a_worker):
    """The limit is for each call, however many there are."""
    worker = a_worker(compute, limits=Limits(cpu_seconds=0.5))

    assert [True] * 5 == [worker.call(b"0.2") for _ in range(5)]
