"""A thousand invitations through each of Debian's mail servers, over STARTTLS."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from certificates import a_certificate
from commands import edit
from exim import exim
from offices import BEFORE, Desk
from opensmtpd import opensmtpd
from postfix import postfix
from relays import At, a_message, mail_out, run
from sqlalchemy import select
from turns import Turns
from waiting import until

from mailer.delivery.verdict import verdict
from mailer.files.office_folder import make_office
from mailer.model.delivery import DeliveryState as S
from mailer.model.delivery import Outcome
from mailer.model.smtp import Security
from mailer.operations.office import open_office
from mailer.sandbox.clock import VirtualClock
from mailer.store.tables import attempt, delivery

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.model.delivery import Delivery
    from mailer.operations.office import Office

#: one in fifty has gone, and in one place three in a row have
GONE = {*range(25, 1000, 50), 501, 502, 503}
PEOPLE = [
    f"{'gone' if number in GONE else 'obcina'}@kraj-{number}.example"
    for number in range(1000)
]
UNKNOWN = {address for address in PEOPLE if address.startswith("gone")}

SERVERS = {"postfix": postfix, "exim": exim, "opensmtpd": opensmtpd}
#: OpenSMTPD never offers PIPELINING
ROUND_TRIPS = {"postfix": 1, "exim": 1, "opensmtpd": 4}

#: what a server writes on top of a message that it stores
SERVERS_OWN = re.compile(
    rb"(?:(?:return-path|x-original-to|delivered-to|received):.*\n(?:[ \t].*\n)*)*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sent:
    """A round of sending, and what both sides have of it."""

    rows: dict[str, Delivery]  #: by address
    digests: dict[str, str]  #: by reference, of what went out
    stored: list[bytes]  #: as the relay keeps them, but for its own fields; CRLF

    def having(self, state: S) -> set[str]:
        """Return the addresses that came so far."""
        return {address for address, row in self.rows.items() if row.state is state}


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=pytest.mark.server(name)) for name in SERVERS],
)
def name(request):
    """Return the name of the server."""
    return request.param


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Make the server's certificate."""
    return a_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secured(certificate):
    """Return the relay's settings that ask for STARTTLS, and trust the server."""
    return {"security": Security.STARTTLS, "ca_file": str(certificate.chain)}


@pytest.fixture(scope="module")
def relay(name, certificate):
    """Run the server; it refuses who is unknown, at RCPT."""
    with SERVERS[name](sorted(UNKNOWN), certificate) as running:
        yield running


@pytest.fixture(scope="module")
def sent(relay, secured, tmp_path_factory):
    """Send to everybody; wait until the relay has delivered what it took."""
    folder, clock = tmp_path_factory.mktemp("office"), VirtualClock(BEFORE)
    make_office(folder)
    edit(folder / "mailer.toml", 'rate = "60/min"', 'rate = ""')
    before = set(relay.stored)
    with open_office(folder, clock) as office:
        desk = Desk.writing_to(office, clock, PEOPLE)
        asyncio.run(asyncio.wait_for(desk.round(At(relay.port), **secured), 240))
        sent = Sent(desk.rows(), digests(office), [])
    count = len(sent.having(S.ACCEPTED))
    until(lambda: len(set(relay.stored) - before) >= count, "the relay delivers")
    sent.stored.extend(as_sent(path) for path in set(relay.stored) - before)
    return sent


def digests(office: Office) -> dict[str, str]:
    """Return what the ledger has of each message: reference → digest."""
    query = select(delivery.c.reference, attempt.c.digest).join(
        attempt, attempt.c.delivery == delivery.c.id
    )
    with office.database.read() as connection:
        return dict(map(tuple, connection.execute(query)))


def as_sent(path: Path) -> bytes:
    """Return a message as it was on the wire."""
    raw = path.read_bytes()
    assert b"\r" not in raw
    return SERVERS_OWN.sub(b"", raw, count=1).replace(b"\n", b"\r\n")


def field(name: bytes, message: bytes) -> str:
    """Return the address, or the id, that stands in a field."""
    (found,) = re.findall(rb"(?m)^%b: <?([^\s<>]+)>?\r$" % name, message)
    return found.decode()


def test_stored_is_what_was_accepted(sent):
    """Each that the ledger calls accepted is there once, and no other."""
    accepted = sent.having(S.ACCEPTED)

    assert set(PEOPLE) - UNKNOWN == accepted
    assert dict.fromkeys(accepted, 1) == Counter(
        field(b"To", message) for message in sent.stored
    )


def test_a_refusal_belongs_to_its_recipient(sent):
    """However many commands were out when it came."""
    assert UNKNOWN == sent.having(S.REFUSED)
    assert all("550" in sent.rows[address].last_exchange for address in UNKNOWN)
    assert {1} == {row.attempts for row in sent.rows.values()}


def test_the_bytes_are_the_ones_in_the_ledger(sent):
    """What is stored has the digest that was committed before its dot."""
    for message in sent.stored:
        reference = field(b"Message-ID", message).partition("@")[0]

        assert sent.digests[reference] == hashlib.sha256(message).hexdigest()


def test_the_round_trips_of_a_message(name, relay, secured):
    """One with PIPELINING, four without; and a few for each session."""
    messages = [a_message(f"obcina-{n}@mesto.example") for n in range(300)]

    async def scenario():
        async with Turns(relay.port).listening() as turns:
            exchanges = await mail_out(At(turns.port), messages, **secured)
        return turns.count, exchanges

    count, exchanges = run(scenario())

    assert {Outcome.ACCEPTED} == {verdict(one).outcome for one in exchanges}
    assert ROUND_TRIPS[name] <= count / len(messages) < ROUND_TRIPS[name] * 1.1


@pytest.mark.server("exim")
def test_exim_hangs_up_on_many_refusals(certificate, secured):
    """It counts each RSET; whose turn it was is not refused for that, nor lost."""
    gone, last = min(UNKNOWN), "urad@mesto.example"
    messages = [a_message(path) for path in [gone] * 20 + [last]]

    with exim([gone], certificate) as relay:
        exchanges = run(mail_out(At(relay.port), messages, **secured))
        until(lambda: "too many nonmail commands" in relay.log, "Exim has hung up")

    assert [550] * 20 + [250] == [one.reply and one.reply.code for one in exchanges]
