"""SIGKILL right before and right after a commit: the marks hold, or never were."""

from __future__ import annotations

import signal

from killing import a_range, assert_promises_kept
from relays import run

#: commits of a start: schema, recovery, plan, lease, then marks in groups
COMMITS = (1, 2, 3, 4, 5, 9, 15, 30)


def test_killed_at_one_commit_after_another(folder):
    """Two starts for each of the commits, then one that is let through."""

    async def scenario():
        async with a_range(folder) as shooting:
            ends = [
                await shooting.run(last_commit=f"{when} {number}")
                for number in COMMITS
                for when in ("before", "after")
            ]
            return shooting, ends, await shooting.run()

    shooting, ends, last = run(scenario())

    assert {-signal.SIGKILL} == set(ends)
    assert 0 == last
    assert_promises_kept(shooting)
