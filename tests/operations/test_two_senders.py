"""B04: two senders on one ledger, as if there were no lock: the ledger holds alone."""

from __future__ import annotations

import signal

import pytest
from killing import Shot, a_range, a_sender
from promises import assert_promises_kept
from relays import run

from mailer.model.delivery import DeliveryState as S

PEOPLE = [f"obcina{number}" for number in range(120)]
CONNECTIONS = 4

#: stages of the dialogue that the first has been through when the second begins
BEGINNINGS = (1, 40, 300)


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_the_second_takes_away_what_the_first_has_begun(running, beginning):
    """It recovers, though the first lives: they send each another's deliveries."""
    folder = running(*PEOPLE).office.folder

    async def scenario():
        async with (
            a_range(folder, CONNECTIONS) as shooting,
            a_sender(folder) as other,
        ):
            # A shot that hits nobody: it is only the signal for the second.
            shot = shooting.relay.shot = Shot(beginning, signal=signal.SIGCONT)
            shooting.relay.target = await shooting.sender.start("unlocked")
            await shot.fired.wait()
            await other.start("takeover")
            ends = await shooting.sender.end(), await other.end()
            return ends, shooting.rows(), shooting.relay.accepted

    ends, rows, accepted = run(scenario())
    in_doubt = [row for row in rows if row.state is S.IN_DOUBT]

    assert (0, 0) == ends
    assert len(PEOPLE) == len(rows)
    assert {S.ACCEPTED} >= {row.state for row in rows} - {S.IN_DOUBT}
    assert len(in_doubt) <= CONNECTIONS
    assert_promises_kept(rows, accepted)
