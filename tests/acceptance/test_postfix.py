"""Both letters to 212 municipalities through a real Postfix, as a user sends them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import SMTP
from typing import TYPE_CHECKING

import pytest
from commands import Said, at, installed
from letters import ROOT, a_bundled_campaign
from postfix import TAKES_ALL, Postfix, postfix
from waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import EmailMessage
    from pathlib import Path

MOMENT = "2027-03-02T09:00:00+01:00"  # a Tuesday
UNKNOWN = "obcina@bovec.example"
LETTERS = ("conference", "ministry-letter")
#: what a server writes on top of a message that it stores
SERVERS_OWN = ("return-path", "x-original-to", "delivered-to", "received")
ATTACHMENTS = ROOT / "templates" / "ministry-letter" / "attachments"


@dataclass(frozen=True)
class Sent:
    """The first step of both campaigns, sent, and what came of it."""

    office: Path
    said: Said  #: by the run that sent
    collected: Said  #: by the run that found the bounces
    stored: dict[str, dict[str, bytes]]  #: campaign → address → what Postfix has
    previews: dict[str, dict[str, bytes]]  #: the same, as it was shown before


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """Send both letters to everybody; that one is unknown, Postfix finds out later."""
    office = tmp_path_factory.mktemp("office")
    with postfix([UNKNOWN], settings=TAKES_ALL) as server:
        yield send(office, server)


def send(office: Path, server: Postfix) -> Sent:
    # A new office's campaigns open at once, if it is made in working hours.
    at(MOMENT, "init", ".", office=office).done()
    point_at(server, office / "mailer.toml")
    list_ = ("recipients/municipalities.csv", "--list", "municipalities")
    installed("recipients", "import", *list_, office=office).done()
    for campaign in LETTERS:
        for words in (
            ("preview", campaign, "--all", "previews"),
            ("approve", campaign, "--by", "vodja službe"),
            ("start", campaign, "--confirm", "212"),
        ):
            installed(*words, office=office).done()

    said = at(MOMENT, "run", "--once", office=office).done()
    bounces = server.office / "new"
    until(lambda: len(server.stored) == 2 * 211, "Postfix delivers to 211")
    until(lambda: len(list(bounces.iterdir())) == len(LETTERS), "Postfix bounces")
    return Sent(
        office,
        said,
        at(MOMENT, "run", "--once", office=office).done(),
        sorted_out(server.stored),
        sorted_out((office / "previews").iterdir()),
    )


def point_at(server: Postfix, settings: Path) -> None:
    """Edit mailer.toml, as the office's administrator does."""
    text = settings.read_text("utf-8")
    for key, value in {
        "host": '"127.0.0.1"',
        "port": server.port,
        "security": '"none"',
        "rate": '""',
        "source": f'"maildir:{server.office}"',
    }.items():
        text, count = re.subn(rf"(?m)^{key} = \S+", f"{key} = {value}", text)
        assert count == 1, key
    settings.write_text(text, "utf-8")


def sorted_out(files: Iterable[Path]) -> dict[str, dict[str, bytes]]:
    """Return messages by campaign and recipient, with CRLF as on the wire."""
    found: dict[str, dict[str, bytes]] = {name: {} for name in LETTERS}
    for path in files:
        raw = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        message = parsed(raw)
        campaign = message["List-Id"].strip("<>").partition(".")[0]
        address = message["To"].addresses[0].addr_spec
        assert address not in found[campaign], f"{address} has it twice"
        found[campaign][address] = raw
    return found


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=SMTP)


def enclosed(message: EmailMessage) -> dict[str, bytes]:
    """Return what is attached, by name, but for the calendar."""
    return {
        part.get_filename(): part.get_payload(decode=True)
        for part in message.iter_attachments()
        if part.get_content_type() != "text/calendar"
    }


def without(raw: bytes, *names: str) -> bytes:
    """Return a message without some header fields, everything else as it was."""
    head, gap, body = raw.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head)
    names_too = tuple(f"{name}:".encode() for name in names)
    kept = [one for one in fields if not one.lower().startswith(names_too)]
    return b"\r\n".join(kept) + gap + body


def timeless(raw: bytes) -> bytes:
    """Return a message without Date, and its calendar without DTSTAMP."""
    raw = without(raw, "date")
    for part in parsed(raw).walk():
        if part.get_content_type() == "text/calendar":
            calendar = re.sub(rb"DTSTAMP:\S+", b"", part.get_payload(decode=True))
            raw = raw.replace(part.get_payload().encode(), calendar)
    return raw


@pytest.mark.server("postfix")
@pytest.mark.parametrize("campaign", LETTERS)
class TestPostfix:
    """One office, one relay, two letters to everybody."""

    def test_the_relay_accepts_all(self, sent, campaign):
        """Also what is for the one whose mailbox it finds missing later."""
        assert f"{campaign}: 212 accepted" in sent.said.text

    def test_everybody_has_it_once(self, sent, campaign):
        """The server stored what the ledger says; nobody is left out."""
        assert set(sent.previews[campaign]) - {UNKNOWN} == set(sent.stored[campaign])
        assert 211 == len(sent.stored[campaign])

    def test_what_arrived_is_what_was_shown(self, sent, campaign):
        """Byte by byte, but for when it was sent and what the server adds on top."""
        for address, raw in sent.stored[campaign].items():
            expected = timeless(sent.previews[campaign][address])

            assert expected == timeless(without(raw, *SERVERS_OWN)), address

    def test_it_parses_back(self, sent, campaign):
        """Subject, text and attachments are the intended ones, for everybody."""
        attachments = a_bundled_campaign(campaign).steps[0].attachments
        files = {name: (ATTACHMENTS / name).read_bytes() for name in attachments}
        for address, raw in sent.stored[campaign].items():
            message, shown = parsed(raw), parsed(sent.previews[campaign][address])
            text = message.get_body(("plain",)).get_content()
            found = enclosed(message)

            # A form of its own may be beside the files that all get.
            assert files.items() <= found.items()
            assert enclosed(shown) == found
            assert shown["Subject"] == message["Subject"]
            assert shown.get_body(("plain",)).get_content() == text
            assert "Spoštovani" in text

    def test_the_bounce_is_understood(self, sent, campaign):
        """Postfix's own report ends at the delivery, and at the address."""
        words = ("report", campaign, "--format", "json")
        report = json.loads(installed(*words, office=sent.office).done().out)
        counts = report["opening"]["counts"]
        listed = installed("suppress", "list", "--json", office=sent.office).done()
        suppressed = json.loads(listed.out)["suppressed"]

        assert "2 bounce-hard" in sent.collected.text
        assert {"accepted": 211, "bounced": 1} == {k: n for k, n in counts.items() if n}
        assert [(UNKNOWN, "hard_bounce")] == [
            (one["address"], one["reason"]) for one in suppressed
        ]


@pytest.mark.server("postfix")
def test_a_second_look_changes_nothing(sent):
    """Nobody gets it twice, and each bounce is counted once."""
    again = at(MOMENT, "run", "--once", office=sent.office).done()

    assert "accepted" not in again.text
    assert "bounce" not in again.text
