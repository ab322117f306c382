"""M02: a refusal and some deferrals in one batch: the rest goes, each is listed."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from commands import Command
from offices import taken
from relays import run

from mailer.model.delivery import DeliveryState as S
from mailer.model.smtp import Stage
from mailer.sandbox.behaviours import Deed
from mailer.sandbox.relay import ScriptedRelay

REFUSED, DEFERRED = "gone", ("greylist", "defer.dot.1", "bye", "busy")
TAKEN = ("obcina", "urad", "zupan")
#: what the relay says once to a recipient, beside what its own table has
ONCE = {
    "bye": (b"421 4.3.2 Service shutting down\r\n", Deed.FIN),
    "busy": (b"454 4.7.0 Too many messages\r\n",),
}


class Busy(ScriptedRelay):
    """A relay that has enough for a moment, at RCPT."""

    def __init__(self, **asked):
        super().__init__(**asked)
        self.left = dict(ONCE)

    def steps(self, stage, address):
        """Say it once to each, then go on as usual."""
        name = address.partition("@")[0]
        if stage is Stage.RCPT and name in self.left:
            return self.left.pop(name)
        return super().steps(stage, address)


@pytest.fixture
def desk(running):
    """Return a campaign in which the troubles stand between the others."""
    return running("obcina", REFUSED, *DEFERRED, "urad", "zupan")


def test_the_rest_is_sent_and_what_waits_goes_by_itself(desk):
    """550 ends one row; 421, 450, 451 and 454 end none."""

    async def scenario():
        async with Busy(clock=desk.clock) as relay:
            await desk.round(relay)
            between = desk.states()
            for _ in range(4):
                desk.clock.jump(desk.clock.now() + timedelta(minutes=45))
                await desk.round(relay)
            return between, relay

    between, relay = run(scenario())

    assert S.REFUSED is between.pop(REFUSED)
    assert {S.PLANNED} == {between[name] for name in DEFERRED}
    assert {S.ACCEPTED} == {between[name] for name in TAKEN}
    assert sorted((*TAKEN, *DEFERRED)) == sorted(taken(relay))


def test_the_report_has_a_line_for_each(desk, monkeypatch, capsys):
    """Refused, waiting and accepted are told apart by name, with the reply."""
    desk.send(Busy(clock=desk.clock))
    mailer = Command(desk.office.folder, monkeypatch, capsys)

    said = mailer("report", desk.name, "--format", "csv").done()

    found = {
        row["address"].partition("@")[0]: (row["step invitation"], row["last_reply"])
        for row in csv.DictReader(said.out.splitlines())
    }
    assert ("refused", "rcpt: 550 5.1.1 User unknown") == found.pop(REFUSED)
    assert {"accepted"} == {found.pop(name)[0] for name in TAKEN}
    assert set(DEFERRED) == set(found)
    assert {"deferred"} == {state for state, _reply in found.values()}
    assert ["421", "450", "451", "454"] == sorted(
        reply.split()[1] for _state, reply in found.values()
    )
