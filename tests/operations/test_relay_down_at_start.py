"""A relay that is down costs nothing but time."""

from __future__ import annotations

from dataclasses import replace

from relays import run

from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Stage
from mailer.sandbox.behaviours import Deed, Pause
from mailer.sandbox.relay import Manner


def test_many_connections_do_not_make_it_a_streak(running):
    """Ten connections that find nobody are one trouble, not ten: no pause."""
    desk = running(*(f"obcina{number}" for number in range(20)))
    relay = desk.office.settings.relay.model_copy(update={"connections": 10})
    settings = desk.office.settings.model_copy(update={"relay": relay})
    desk.office = replace(desk.office, settings=settings)
    dead = Manner(script={Stage.GREETING: (Pause(0.2), Deed.FIN)})

    summary = desk.send(desk.a_relay(manner=dead))

    assert "greeting: lost" in summary.relay_trouble
    assert CampaignStatus.RUNNING is desk.status.status


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
