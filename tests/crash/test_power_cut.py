"""
B10: the power fails at any instant: what the disk has is enough to go on from.

The sender is stopped wherever it is, its files are copied as they are, and it
goes on.  A copy is what a machine finds when it starts again; the relay stands
still meanwhile, and knows what it had taken by then.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
from pathlib import Path

from disks import assert_sound
from killing import a_range
from offices import BEFORE, Desk
from relays import run
from waiting import until

from mailer.model.delivery import DeliveryState as S
from mailer.operations.office import open_office
from mailer.sandbox.clock import VirtualClock
from mailer.store import ledger

CONNECTIONS = 8
CUTS = 12
SEED = 2019


def test_any_instant_can_be_gone_on_from(folder, tmp_path):
    """Who has the letter is not planned, nobody is lost, few are in doubt."""
    chance = random.Random(SEED)  # noqa: S311 - no secret
    cuts = {}

    async def cut_again_and_again(relay):
        while len(cuts) < CUTS:
            await asyncio.sleep(chance.uniform(0.005, 0.05))
            if relay.target and relay.accepted:
                copy = tmp_path / f"cut-{len(cuts)}"
                copy_at_once(folder, copy, relay.target)
                cuts[copy] = {one.forward_path for one in relay.accepted}

    async def scenario():
        async with a_range(folder, CONNECTIONS) as shooting:
            cutting = asyncio.create_task(cut_again_and_again(shooting.relay))
            await shooting.run()
            cutting.cancel()
            return len(shooting.rows())

    everybody = run(scenario())

    assert CUTS == len(cuts)
    assert {0, everybody}.isdisjoint(map(len, cuts.values()))
    for copy, taken in cuts.items():
        states = recovered(copy)
        in_doubt = {address for address, one in states.items() if one is S.IN_DOUBT}
        accepted = {address for address, one in states.items() if one is S.ACCEPTED}

        assert everybody == len(states)
        assert accepted <= taken <= accepted | in_doubt
        assert len(in_doubt) <= CONNECTIONS
        assert {S.ACCEPTED, S.IN_DOUBT, S.PLANNED} >= set(states.values())
        assert_sound(copy / "mailer.db")


def copy_at_once(folder, copy, number):
    """Copy an office as it is at one instant of the process that works in it."""
    os.kill(number, signal.SIGSTOP)
    try:
        until(lambda: stands_still(number), "the sender stands still")
        # Memory that programs share is gone when the power is.
        ignored = shutil.ignore_patterns("*-shm", "*-ballast")
        shutil.copytree(folder, copy, ignore=ignored)
    finally:
        os.kill(number, signal.SIGCONT)


def stands_still(number):
    """Return whether a process is stopped with all of its threads (proc(5), stat)."""
    return all(
        (task / "stat").read_text("ascii").rpartition(")")[2].split()[0] == "T"
        for task in Path(f"/proc/{number}/task").iterdir()
    )


def recovered(folder):
    """Start again from a copy; return everybody's state."""
    clock = VirtualClock(BEFORE)
    with open_office(folder, clock) as office:
        with office.database.write() as connection:
            ledger.recover(connection, clock.now())
        rows = Desk(office, clock).rows()
    return {address: row.state for address, row in rows.items()}
