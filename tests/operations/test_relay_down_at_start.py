"""A relay that is down costs nothing but time."""

from __future__ import annotations

from relays import run

from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState as S


def test_a_relay_that_is_down_uses_up_no_attempt(running):
    """Nothing was begun with anybody; the next round sends."""
    desk = running("obcina", "urad", "tajnistvo")

    async def scenario():
        relay = desk.a_relay()
        async with relay:
            port = relay.port
        return await desk.round(_Closed(port))

    summary = run(scenario())

    assert "connect: lost" in summary.relay_trouble
    assert {} == dict(summary.outcomes)
    assert [(S.PLANNED, 0)] * 3 == [
        (row.state, row.attempts) for row in desk.ledger().values()
    ]
    assert CampaignStatus.RUNNING is desk.status.status

    desk.send()

    assert {S.ACCEPTED} == set(desk.states().values())


class _Closed:
    """A port on which nobody listens any more."""

    def __init__(self, port):
        self.port = port
