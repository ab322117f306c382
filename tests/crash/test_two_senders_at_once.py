"""Two senders on one ledger of nine hundred, as if there were no lock."""

from __future__ import annotations

import pytest
from killing import a_range, a_sender
from promises import assert_promises_kept
from relays import run

from mailer.model.delivery import DeliveryState as S

CONNECTIONS = 4


@pytest.mark.parametrize(
    "place",
    [
        "folder",
        pytest.param("folder_on_server", marks=pytest.mark.server("postgresql")),
    ],
)
def test_two_senders_share_the_work(request, place):
    """Both plan, lease and send at the same time; nothing is left in doubt."""
    folder = request.getfixturevalue(place)

    async def scenario():
        async with (
            a_range(folder, CONNECTIONS) as shooting,
            a_sender(folder) as other,
        ):
            senders = shooting.sender, other
            for sender in senders:
                await sender.start("unlocked")
            ends = [await sender.end() for sender in senders]
            said = [sender.said for sender in senders]
            return ends, said, shooting.rows(), shooting.relay.accepted

    ends, said, rows, accepted = run(scenario(), 120)

    assert [0, 0] == ends
    assert all("accepted" in each for each in said)  # neither was idle
    assert {S.ACCEPTED} == {row.state for row in rows}
    assert len(rows) == len(accepted)
    assert_promises_kept(rows, accepted)
