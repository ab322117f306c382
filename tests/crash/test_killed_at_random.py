"""At least twenty kills over one campaign of 212, at seeded random instants."""

from __future__ import annotations

import random

from killing import Shot, a_range, assert_promises_kept
from relays import run

KILLS = 20
SEED = 2019


def test_twenty_kills_over_a_campaign(folder):
    """Each start recovers what the last one left; the promises hold at the end."""
    chance = random.Random(SEED)  # noqa: S311 - no secret

    async def scenario():
        async with a_range(folder) as shooting:
            end = -1
            while end:
                # Up to a whole commit after a stage, wherever that is.
                shot = Shot(chance.randint(1, 90), delay=chance.uniform(0, 0.004))
                end = await shooting.run(shot)
            return shooting

    shooting = run(scenario())

    assert KILLS <= shooting.kills
    assert_promises_kept(shooting)
