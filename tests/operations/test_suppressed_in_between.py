"""C15: who is suppressed gets nothing, whenever that became known."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from offices import Desk, import_list, taken
from relays import run
from sqlalchemy import select

from mailer.model.campaign import CampaignStatus
from mailer.model.delivery import DeliveryState as S
from mailer.model.response import Suppression, SuppressionReason
from mailer.model.smtp import Stage
from mailer.operations.campaign_status import approve, start
from mailer.sandbox.relay import ScriptedRelay
from mailer.store import recipients, tables

PEOPLE = ("obcina", "urad", "zupan")


def suppress(desk, connection, name, reason=SuppressionReason.UNSUBSCRIBED):
    known = recipients.listed(connection, desk.opened.campaign.list_name)
    key = next(one.address_key for one in known if one.address.startswith(f"{name}@"))
    entry = Suppression(key, reason, desk.clock.now(), "asked by telephone")
    recipients.suppress(connection, entry)


def begun(office, clock, before=(), between=()):
    """Approve and start; suppress some before, some between the two."""
    desk = Desk(office, clock)
    import_list(office, PEOPLE)
    for names, act in (
        (before, lambda: approve(office, desk.opened, "načelnica")),
        (between, lambda: start(office, desk.opened, len(PEOPLE), "načelnica")),
    ):
        with office.database.write() as connection:
            for name in names:
                suppress(desk, connection, name)
        act()
    desk.until("invitation")
    return desk


def why(desk, name):
    """Return what the ledger says of an invitation, beside its state."""
    wanted = tables.delivery.c.id == desk.ledger()[name].id
    with desk.office.database.read() as connection:
        return connection.scalar(select(tables.delivery.c.evidence).where(wanted))


@pytest.mark.parametrize("when", ["before", "between"])
def test_before_and_after_the_approval(office, clock, when):
    """On the list or not: they are left out, and the ledger says why."""
    desk = begun(office, clock, **{when: ("urad",)})
    relay = desk.a_relay()

    desk.send(relay)

    assert ["obcina", "zupan"] == sorted(taken(relay))
    assert CampaignStatus.RUNNING is desk.status.status
    assert S.SUPPRESSED is desk.states()["urad"]
    assert "unsubscribed" in why(desk, "urad")


class Unsubscribing(ScriptedRelay):
    """A relay that has a body in its hands when the recipient's wish comes in."""

    def __init__(self, desk, name, **asked):
        super().__init__(**asked)
        self.desk, self.name, self.open = desk, name, ExitStack()

    def steps(self, stage, address):
        """Write it before the body, commit it after: the dot has to wait."""
        if address.startswith(f"{self.name}@") and stage is Stage.DATA:
            writing = self.open.enter_context(self.desk.office.database.write())
            suppress(self.desk, writing, self.name)
        if address.startswith(f"{self.name}@") and stage is Stage.BODY:
            self.open.close()
        return super().steps(stage, address)


def test_while_the_letter_is_on_its_way(office, clock):
    """The body is at the relay, the dot is not: the relay has nothing."""
    desk = begun(office, clock)

    async def scenario():
        async with Unsubscribing(desk, "urad", clock=desk.clock) as relay:
            await desk.round(relay)
            return relay

    relay = run(scenario())

    assert b"RCPT TO:<urad@" in b" ".join(relay.heard)
    assert ["obcina", "zupan"] == sorted(taken(relay))
    assert S.SUPPRESSED is desk.states()["urad"]
