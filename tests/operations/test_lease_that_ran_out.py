"""A relay that takes longer than a lease: nothing is sent on what is no longer ours."""

from __future__ import annotations

from datetime import timedelta

import pytest
from offices import taken
from promises import assert_promises_kept
from relays import run

from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Stage
from mailer.operations.supply import LEASE
from mailer.sandbox.relay import ScriptedRelay

PEOPLE = [f"obcina{number}" for number in range(12)]


class Dawdling(ScriptedRelay):
    """A relay in whose hands a lease runs out before the third body."""

    def __init__(self, clock, **asked):
        super().__init__(clock=clock, **asked)
        self.clock, self.bodies = clock, 0

    def steps(self, stage, address):
        """Let the time pass at the third DATA, then go on as usual."""
        self.bodies += stage is Stage.DATA
        if stage is Stage.DATA and self.bodies == 3:
            self.clock.jump(self.clock.now() + LEASE + timedelta(seconds=1))
        return super().steps(stage, address)


@pytest.fixture(autouse=True)
def _at_full_speed(monkeypatch):
    """Let everything be leased at once."""
    monkeypatch.setenv("MAILER_RELAY__RATE", "")


def test_the_dot_is_withheld_and_the_message_goes_later(running):
    """It is leased anew: everybody has it once."""
    desk = running(*PEOPLE)

    async def scenario():
        async with Dawdling(desk.clock) as relay:
            await desk.round(relay)
            return relay

    relay = run(scenario())
    calls = sum(line.startswith(b"RCPT TO:") for line in relay.heard)

    assert sorted(PEOPLE) == sorted(taken(relay))
    assert len(PEOPLE) < calls
    assert {S.ACCEPTED} == set(desk.states().values())
    assert_promises_kept(desk.ledger().values(), relay.accepted)
