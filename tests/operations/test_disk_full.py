"""A disk that fills up in the middle stops the sending; nobody is lost or doubled."""

from __future__ import annotations

import pytest
from disks import full_disk
from offices import taken
from relays import run

from mailer.errors import StoreError
from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Security
from mailer.scheduling.daemon import Daemon
from mailer.smtp.settings import RelaySettings
from mailer.store import ledger

PEOPLE = [f"obcina{number}" for number in range(90)]


@pytest.mark.parametrize("pages_left", [0, 1, 2, 4])
def test_a_full_disk_stops_before_the_next_dot(running, pages_left):
    """What could not be marked is not sent; with room again the rest goes."""
    desk = running(*PEOPLE)
    desk.plan()
    relay = desk.a_relay()

    async def scenario():
        async with relay:
            with (
                full_disk(desk.office.database, pages_left),
                pytest.raises(StoreError, match="the disk is full"),
            ):
                await desk.round(relay)
            with desk.office.database.write() as connection:
                found = ledger.recover(connection, desk.clock.now())
            await desk.round(relay)
            return found.in_doubt

    in_doubt = run(scenario())
    states = desk.states()

    assert len(taken(relay)) == len(set(taken(relay)))
    assert in_doubt <= desk.office.settings.relay.connections
    assert set(PEOPLE) == set(states)
    assert in_doubt == list(states.values()).count(S.IN_DOUBT)
    assert len(PEOPLE) - in_doubt == list(states.values()).count(S.ACCEPTED)


def test_the_daemon_puts_a_failed_round_in_order_by_itself(running):
    """With room again the next tick sends the rest; nothing stays begun."""
    desk = running(*PEOPLE)
    desk.plan()
    relay = desk.a_relay()

    async def scenario():
        async with relay:
            settings = RelaySettings("127.0.0.1", relay.port, Security.NONE)
            daemon = Daemon(desk.office, settings, said.append)
            with (
                full_disk(desk.office.database, 1),
                pytest.raises(StoreError, match="the disk is full"),
            ):
                await daemon.send()
            left = {S.BEGUN, S.ON_THE_WIRE} & set(desk.states().values())
            await daemon.send()
            return bool(left)

    said: list[str] = []
    is_unfinished = run(scenario())
    states = list(desk.states().values())

    assert {S.ACCEPTED, S.IN_DOUBT} >= set(states)
    assert len(PEOPLE) - states.count(S.IN_DOUBT) == states.count(S.ACCEPTED)
    assert is_unfinished == any(one.startswith("recovered") for one in said)
    assert len(taken(relay)) == len(set(taken(relay)))
