"""Two `mailer run` on one office, and one that is killed: each letter goes once."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from commands import RUNNER, aside, environment
from killing import point_at
from offices import BEFORE, Desk, an_office, taken
from waiting import until

from mailer.errors import ExitCode
from mailer.model.delivery import DeliveryState as S
from mailer.operations.office import open_office
from mailer.sandbox.clock import VirtualClock
from mailer.sandbox.relay import ScriptedRelay

STARTS = 4  #: of which all but the last are killed
PEOPLE = [f"obcina{number}" for number in range(40)]
NOW = "2019-04-08T09:05:00+02:00"


@pytest.fixture
def folder(tmp_path):
    """Make an office whose invitation is due."""
    folder = tmp_path / "office"
    clock = VirtualClock(BEFORE)
    with an_office(folder, clock) as office:
        Desk.running(office, clock, PEOPLE)
    return folder


@contextmanager
def a_run(folder, *words):
    """Start `mailer run` as a process of its own; end it afterwards."""
    with (folder / "said.txt").open("a") as said:
        process = subprocess.Popen(
            [sys.executable, RUNNER, NOW, "--office", folder, "run", *words],
            env=environment(),
            stdout=said,
            stderr=said,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(60)


def said(folder):
    return " ".join((folder / "said.txt").read_text("utf-8").split())


def until_it_runs(folder, number):
    """Wait for the n-th process to have begun."""
    until(lambda: said(folder).count("Running;") == number, "it runs")


def states(folder):
    clock = VirtualClock(BEFORE)
    with open_office(folder, clock) as office:
        return Desk(office, clock).states()


def is_over(folder):
    """Return whether the invitation has come to an end for everybody."""
    found = states(folder)
    return found and {S.ACCEPTED, S.IN_DOUBT} >= set(found.values())


def test_the_second_ends_and_says_who_is_at_work(folder):
    """Which process, on which machine, since when; the first sends each once."""
    relay = ScriptedRelay()
    with aside(relay):
        point_at(folder, relay, connections=2)
        with a_run(folder) as first:
            until(lambda: relay.accepted, "the first is at work")
            with a_run(folder) as second, a_run(folder, "--once") as third:
                codes = {second.wait(60), third.wait(60)}
            until(lambda: len(relay.accepted) >= len(PEOPLE), "all have it")
            first.terminate()
            code = first.wait(60)

    who = rf"process {first.pid} on {socket.gethostname()}, since Mon 8 Apr 2019, 09:0"
    assert {ExitCode.LEASED} == codes
    assert ExitCode.DONE == code
    assert 2 == len(re.findall(who, said(folder)))
    assert sorted(PEOPLE) == sorted(taken(relay))
    assert {S.ACCEPTED} == set(states(folder).values())


def test_two_at_the_same_moment(folder):
    """One of them sends, whichever that is."""
    relay = ScriptedRelay()
    with aside(relay):
        point_at(folder, relay, connections=2)
        with a_run(folder) as one, a_run(folder) as other:
            until(lambda: len(relay.accepted) >= len(PEOPLE), "all have it")
            until(lambda: None in {one.poll(), other.poll()}, "one goes on")
            until(lambda: {one.poll(), other.poll()} != {None}, "one has ended")
            for each in (one, other):
                if each.poll() is None:
                    each.terminate()
            codes = sorted((one.wait(60), other.wait(60)))

    assert [ExitCode.DONE, ExitCode.LEASED] == codes
    assert sorted(PEOPLE) == sorted(taken(relay))


def test_killed_and_started_again_until_all_have_it(folder):
    """SIGKILL at any moment of the daemon; SIGTERM ends it well."""
    relay = ScriptedRelay()
    with aside(relay):
        point_at(folder, relay, connections=2)
        for number in range(1, STARTS):
            enough = len(relay.accepted) + 3
            with a_run(folder) as running:
                until_it_runs(folder, number)
                until(
                    lambda most=enough: len(relay.accepted) >= most or is_over(folder),
                    "some have it",
                )
                time.sleep(0.01 * number)
                os.kill(running.pid, signal.SIGKILL)
        with a_run(folder) as running:
            until_it_runs(folder, STARTS)
            until(lambda: is_over(folder), "all are settled")
            running.terminate()
            code = running.wait(60)

    left = states(folder)
    in_doubt = {name for name, state in left.items() if state is S.IN_DOUBT}
    assert code in {ExitCode.DONE, ExitCode.IN_DOUBT}
    assert set(PEOPLE) == set(left)
    assert len(taken(relay)) == len(set(taken(relay)))
    assert set(PEOPLE) - in_doubt <= set(taken(relay))
    assert len(in_doubt) <= 2 * (STARTS - 1)
