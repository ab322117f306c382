"""B02: SIGTERM: what has its dot out gets its reply; what has not, is not finished."""

from __future__ import annotations

import signal
from collections import Counter

import pytest
from killing import Shot, a_range
from promises import assert_promises_kept
from relays import run

from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Stage
from mailer.sandbox.behaviours import Deed, Pause

PEOPLE = [f"obcina{number}" for number in range(20)]

#: the relay thinks for a while before it takes the message
SLOWLY = (Pause(0.3), Deed.STORE, b"250 2.0.0 Ok: queued\r\n")


def terminate(desk, shot):
    """Let the command be told to stop; return what the relay has, and the ledger."""

    async def scenario():
        async with a_range(desk.office.folder, connections=1) as shooting:
            shot.signal = signal.SIGTERM
            shot.hit = lambda: "Stopping after the message" in shooting.sender.said
            assert 0 == await shooting.run(shot)
            return shooting.relay.accepted, shooting.rows()

    return run(scenario())


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA])
@pytest.mark.parametrize("nth", [1, 3])
def test_a_message_without_its_dot_is_given_up(running, stage, nth):
    """It is as if it had never been begun, and nothing is in doubt."""
    desk = running(*PEOPLE)

    accepted, rows = terminate(desk, Shot(nth, stage))
    counts = Counter((row.state, row.attempts) for row in rows)

    assert nth - 1 == len(accepted)
    left = len(PEOPLE) - nth + 1
    assert Counter({(S.ACCEPTED, 1): nth - 1, (S.PLANNED, 0): left}) == counts
    assert_promises_kept(rows, accepted)


@pytest.mark.parametrize("nth", [1, 3])
def test_a_message_with_its_dot_out_gets_its_reply(running, nth):
    """However long the relay takes for it."""
    desk = running(*PEOPLE)

    accepted, rows = terminate(desk, Shot(nth, Stage.END_OF_DATA, SLOWLY))
    counts = Counter((row.state, row.attempts) for row in rows)

    assert {(S.ACCEPTED, 1): nth, (S.PLANNED, 0): len(PEOPLE) - nth} == counts
    assert_promises_kept(rows, accepted)
