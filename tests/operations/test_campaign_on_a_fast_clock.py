"""B18: a whole campaign on a clock that runs sixty times too fast."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from clocks import FastClock
from offices import BEFORE, Desk, an_office, taken
from relays import run

from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Security
from mailer.scheduling.daemon import Daemon
from mailer.smtp.settings import RelaySettings

PEOPLE = [f"obcina{number}" for number in range(20)]
SILENT_STEPS = ("invitation", "reminder", "last-call")


def test_b18_the_ledger_is_what_the_plan_said(tmp_path):
    """Each silent step once for each, in the sending window; nothing else."""
    clock = FastClock(BEFORE)

    async def scenario(desk):
        async with desk.a_relay() as relay:
            settings = RelaySettings(
                host="127.0.0.1", port=relay.port, security=Security.NONE
            )
            for step in desk.opened.campaign.steps:
                if time := desk.opened.times.get(step.name):
                    clock.jump(time.due - timedelta(minutes=1))
                for _ in range(3):  # before its time, at its time, and after
                    await Daemon(desk.office, settings, lambda _text: None).once()
                    clock.jump(clock.now() + timedelta(minutes=2))
            return relay

    with an_office(tmp_path / "office", clock) as office:
        desk = Desk.running(office, clock, PEOPLE)
        relay = run(scenario(desk))
        states = {step: desk.states(step) for step in SILENT_STEPS}
        rows = [row for step in SILENT_STEPS for row in desk.ledger(step).values()]
        window = office.window
        hours = [row.first_begun_at.astimezone(zone_of(office)) for row in rows]

    assert dict.fromkeys(PEOPLE, len(SILENT_STEPS)) == Counter(taken(relay))
    for step in SILENT_STEPS:
        assert dict.fromkeys(PEOPLE, S.ACCEPTED) == states[step]
    assert all(window.opens <= at.time() < window.closes for at in hours)


def zone_of(office):
    return office.settings.office.zone
