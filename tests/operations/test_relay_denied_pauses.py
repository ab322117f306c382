"""A17: five refusals in a row speak about us: the campaign pauses, nobody is lost."""

from __future__ import annotations

from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState as S
from mailer.operations.campaign_status import resume
from mailer.sandbox.relay import ScriptedRelay


def test_five_denied_in_a_row_pause_and_go_back_to_planned(running):
    """`Relay access denied` to everybody refuses nobody for good."""
    people = [f"obcina{number}" for number in range(12)]
    desk = running(*people)
    denied = dict.fromkeys(_addresses(desk), "relay-denied")

    summary = desk.send(ScriptedRelay(denied, clock=desk.clock))

    assert CampaignStatus.PAUSED is desk.status.status
    assert "5 times in a row" in desk.status.pause_reason
    assert desk.status.pause_reason == summary.paused
    assert dict.fromkeys(people, S.PLANNED) == desk.states()
    assert set() == desk.suppressed()


def test_once_the_relay_relents_everybody_gets_the_message(running):
    """`mailer resume` goes on where it stopped."""
    people = [f"obcina{number}" for number in range(8)]
    desk = running(*people)
    denied = dict.fromkeys(_addresses(desk), "relay-denied")
    desk.send(ScriptedRelay(denied, clock=desk.clock))

    resume(desk.office, desk.name, "načelnica")
    desk.send()

    assert dict.fromkeys(people, S.ACCEPTED) == desk.states()


def _addresses(desk):
    file = desk.office.folder / "recipients" / "list.csv"
    return [
        cell
        for line in file.read_text("utf-8").splitlines()
        for cell in line.split(",")
        if "@" in cell
    ]
