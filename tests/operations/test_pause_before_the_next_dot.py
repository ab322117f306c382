"""A pause takes effect before the next final dot, not after the list is through."""

from __future__ import annotations

import pytest
from offices import taken

from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState as S
from mailer.operations.campaign_status import cancel, pause, resume
from mailer.sandbox.relay import ScriptedRelay

PEOPLE = [f"obcina{number}" for number in range(20)]


@pytest.fixture
def paused(running):
    """Pause a campaign of twenty at the moment when the relay takes the third."""
    desk = running(*PEOPLE)

    def on_accepted(_message):
        if len(relay.accepted) == 3:
            pause(desk.office, desk.name, "načelnica")

    relay = ScriptedRelay(on_accepted=on_accepted, clock=desk.clock)
    desk.send(relay)
    return desk, relay


def test_a_pause_stops_before_the_next_dot(paused):
    """Only dots that were out already come after it: one per connection."""
    desk, relay = paused
    connections = desk.office.settings.relay.connections

    assert 3 <= len(relay.accepted) < 3 + connections
    assert CampaignStatus.PAUSED is desk.status.status
    assert "paused by načelnica" == desk.status.pause_reason
    assert set(taken(relay)) == {
        name for name, state in desk.states().items() if state is S.ACCEPTED
    }
    assert {S.ACCEPTED, S.PLANNED} == set(desk.states().values())


def test_resuming_sends_exactly_the_rest(paused):
    """Nobody twice, nobody forgotten."""
    desk, first = paused
    resume(desk.office, desk.name, "načelnica")
    second = desk.a_relay()

    desk.send(second)

    assert sorted(PEOPLE) == sorted(taken(first) + taken(second))


def test_a_cancelled_campaign_sends_nothing_more(paused):
    """What was planned is cancelled, by name, in the ledger."""
    desk, first = paused

    cancelled = cancel(desk.office, desk.name, "načelnica")
    relay = desk.a_relay()
    desk.send(relay)

    assert [] == relay.accepted
    assert len(PEOPLE) - len(first.accepted) == cancelled
    assert {S.ACCEPTED, S.CANCELLED} == set(desk.states().values())
