"""What troubles the mailbox is known until it was read again, not for one minute."""

from __future__ import annotations

from clocks import FastClock
from daemons import at_work, pass_, until
from offices import BEFORE, Desk, an_office
from relays import run

from mailer.operations.heartbeat import last_ticks


def test_a_mailbox_left_in_peace_is_still_in_trouble(tmp_path):
    """A wrong setting is tried each quarter of an hour, and ticks come each minute."""
    clock = FastClock(BEFORE, speed=600)

    def trouble():
        tick = last_ticks(tmp_path / "office").get("collect")
        return tick.trouble if tick else ""

    async def scenario(desk, relay):
        away = desk.post.maildir.with_name("away")
        desk.post.maildir.rename(away)
        async with relay, at_work(desk, relay):
            await until(trouble, "it is known")
            await pass_(clock, 5)
            later = trouble()
            away.rename(desk.post.maildir)
            await until(lambda: not trouble(), "it is over")
            return later

    with an_office(tmp_path / "office", clock) as office:
        desk = Desk(office, clock)
        later = run(scenario(desk, desk.a_relay()))

    assert "source" in later
