"""What becomes of a letter behind the relay, as a real relay reports it."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from commands import edit
from offices import BEFORE, Desk
from postfix import postfix
from relays import At, run
from waiting import until

from mailer.files.office_folder import make_office
from mailer.model.delivery import DeliveryState as S
from mailer.model.incoming import IncomingKind as K
from mailer.operations.office import open_office
from mailer.sandbox.clock import VirtualClock
from mailer.sandbox.relay import ScriptedRelay

if TYPE_CHECKING:
    from mailer.model.delivery import Delivery
    from mailer.operations.collect_mail import CollectSummary

#: the server behind the relay refuses them, only the first as unknown
REFUSED = {"gone": "5.1.1", "relay-denied": "5.7.1", "refuse.dot": "5.7.1"}
#: it puts them off until the relay gives up: `Action: failed`, but `Status: 4.…`
EXPIRED = {
    "greylist.9999": "4.7.1",
    "full": "4.2.2",
    "defer.dot": "4.3.0",
    "drop.rcpt": "4.4.2",
    "lost.dot": "4.4.2",
}
DELIVERED = {"obcina", "slow"}

#: a relay that warns after a second, and gives up after a few
HASTY = {
    "queue_run_delay": "1s",
    "minimal_backoff_time": "1s",
    "maximal_backoff_time": "1s",
    "delay_warning_time": "1s",
    "maximal_queue_lifetime": "4s",
}

pytestmark = pytest.mark.server("postfix")


@dataclass(frozen=True)
class Reported:
    """What the office knows after all reports; each by local part."""

    rows: dict[str, Delivery]
    suppressed: set[str]
    collected: CollectSummary
    arrived: set[str]  #: at the server behind the relay


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """Send through a Postfix to a server behind it; collect what Postfix says."""
    return run(scenario(tmp_path_factory.mktemp("office")))


async def scenario(folder):
    make_office(folder)
    async with ScriptedRelay() as behind:
        onward = f"{{ * = smtp:[127.0.0.1]:{behind.port} }}"
        routes = f"inline:{{ {{ posiljatelj.example = virtual: }}, {onward} }}"
        with postfix(settings=HASTY | {"transport_maps": routes}) as relay:
            mailbox = f'source = "maildir:{relay.office}"'
            edit(folder / "mailer.toml", 'source = "maildir:mail/office"', mailbox)
            clock = VirtualClock(BEFORE)
            with open_office(folder, clock) as office:
                people = sorted({*REFUSED, *EXPIRED, *DELIVERED})
                desk = Desk.running(office, clock, people)
                await desk.round(At(relay.port))
                await asyncio.to_thread(until, lambda: relay.is_at_rest, "it gives up")
                collected = desk.collect()
                arrived = {one.forward_path.split("@")[0] for one in behind.accepted}
                return Reported(desk.ledger(), desk.suppressed(), collected, arrived)


def test_all_that_failed_is_known(reported):
    """By name, with the reason that the last server gave."""
    bounced = {
        name: row for name, row in reported.rows.items() if row.state is S.BOUNCED
    }

    assert REFUSED | EXPIRED == {
        name: row.evidence.partition(";")[0] for name, row in bounced.items()
    }


def test_the_rest_stays_accepted(reported):
    """They have it, and nobody reports that."""
    accepted = {name for name, row in reported.rows.items() if row.state is S.ACCEPTED}

    assert DELIVERED == accepted == reported.arrived


def test_only_the_address_that_is_none_is_suppressed(reported):
    """Whoever was put off for too long, or refused for our sake, is written again."""
    assert {"gone"} == reported.suppressed


def test_each_report_is_understood(reported):
    """A warning that it takes longer, and then the end."""
    expected = {
        K.BOUNCE_HARD: 1,
        K.BOUNCE_SOFT: len(REFUSED) - 1 + len(EXPIRED),
        K.DELAYED: len(EXPIRED),
    }

    assert Counter(expected) == reported.collected.kinds
    assert (0, ()) == (reported.collected.to_review, reported.collected.problems)
