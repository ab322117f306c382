"""B16: a database server that is restarted in the middle: nobody is lost or doubled."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from offices import an_office, taken
from postgres import cluster  # noqa: F401 - a fixture
from relays import run
from servers import pytest_runtest_setup  # noqa: F401 - a hook, found by its name

from mailer.errors import StoreError
from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Security
from mailer.operations.lock import sender_lock
from mailer.scheduling.daemon import Daemon
from mailer.smtp.settings import RelaySettings

pytestmark = pytest.mark.server("postgresql")

PEOPLE = [f"obcina{number}" for number in range(60)]


@pytest.fixture
def office(tmp_path, clock, cluster, monkeypatch):  # noqa: F811 - the fixture
    """Open an office whose ledger is on a server."""
    with cluster.fresh() as url:
        monkeypatch.setenv("MAILER_OFFICE__DATABASE", url)
        with an_office(tmp_path / "office", clock) as opened:
            yield opened


@pytest.mark.parametrize("when", [1, 17, 40])
def test_a_restart_in_the_middle_of_a_round(running, cluster, when):  # noqa: F811 - the fixture
    """What was on the wire is in doubt, and the rest goes out once."""
    desk = running(*PEOPLE)
    desk.plan()
    restarts = []

    def on_accepted(_message):
        if len(relay.accepted) == when:
            cluster.stop("immediate")  # before the relay has said so
            restarts.append(asyncio.create_task(asyncio.to_thread(cluster.start)))

    relay = desk.a_relay(on_accepted=on_accepted)

    async def scenario():
        async with relay:
            settings = RelaySettings("127.0.0.1", relay.port, Security.NONE)
            daemon = Daemon(desk.office, settings, said.append)
            with suppress(StoreError):
                await daemon.send()
            [done] = restarts
            await done
            at_the_restart = len(relay.accepted)
            daemon.recover()
            await daemon.send()
            return at_the_restart

    said: list[str] = []
    with sender_lock(desk.office):
        at_the_restart = run(scenario())
    states = desk.states()
    accepted = {name for name, state in states.items() if state is S.ACCEPTED}
    in_doubt = {name for name, state in states.items() if state is S.IN_DOUBT}

    assert when <= at_the_restart < len(PEOPLE)
    assert len(taken(relay)) == len(set(taken(relay)))
    assert set(PEOPLE) == accepted | in_doubt
    assert accepted <= set(taken(relay))
    assert len(in_doubt) <= 2 * desk.office.settings.relay.connections
