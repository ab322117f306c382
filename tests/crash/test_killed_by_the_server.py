"""
SIGKILL at each point of the dialogue, placed exactly by the server.

The sender is another process; nothing in it knows of the test.
"""

from __future__ import annotations

import signal
from collections import defaultdict

from killing import CONNECTIONS, Shot, a_range, assert_promises_kept
from relays import run

from mailer.model.smtp import Stage
from mailer.sandbox.behaviours import Deed, Kill

QUEUED = b"250 2.0.0 Ok: queued\r\n"

#: the stage, and what the server does there: `Kill` is the sender's end
POINTS = {
    "EHLO": (Stage.EHLO, (Kill, Deed.STALL)),
    "MAIL": (Stage.MAIL, (Kill, Deed.STALL)),
    "RCPT": (Stage.RCPT, (Kill, Deed.STALL)),
    "DATA": (Stage.DATA, (Kill, Deed.STALL)),
    "body": (Stage.BODY, (Kill, Deed.STALL)),
    "dot, before storing": (Stage.END_OF_DATA, (Kill, Deed.STALL)),
    "dot, after storing": (Stage.END_OF_DATA, (Deed.STORE, Kill, Deed.STALL)),
    "dot, after the 250": (Stage.END_OF_DATA, (Deed.STORE, QUEUED, Kill)),
}

#: each point is hit when it is reached for the first time, and in full swing
COUNTDOWNS = (1, 3, 7)


def test_killed_at_each_point_of_the_dialogue(folder):
    """Nobody twice, nobody missing, and a doubt only where a dot may be out."""

    async def scenario():
        async with a_range(folder) as shooting:
            doubts = defaultdict(list)
            for point, (stage, then) in POINTS.items():
                for countdown in COUNTDOWNS:
                    # There is one EHLO for each connection, and no more.
                    nth = min(countdown, CONNECTIONS)
                    end = await shooting.run(Shot(nth, stage, then))
                    assert -signal.SIGKILL == end, point
                    doubts[point].append(shooting.on_the_wire())
            return shooting, doubts, await shooting.run()

    shooting, doubts, ended = run(scenario())

    assert 0 == ended
    assert len(POINTS) * len(COUNTDOWNS) == shooting.kills
    assert_promises_kept(shooting)
    for point, counts in doubts.items():
        assert max(counts) <= CONNECTIONS, point
    for point in ("EHLO", "MAIL", "RCPT", "DATA"):
        assert 0 == doubts[point][0], point
    for point in ("dot, before storing", "dot, after storing"):
        assert 1 <= min(doubts[point]), point
