"""Both letters to 212 municipalities through a real Postfix, as a user sends them."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import SMTP
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from commands import Said, at, installed
from letters import ROOT, a_bundled_campaign
from postfix import Postfix, postfix
from waiting import until

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

UNKNOWN = "obcina@bovec.example"
LETTERS = ("conference", "ministry-letter")
#: what a server writes on top of a message that it stores
SERVERS_OWN = ("return-path", "x-original-to", "delivered-to", "received")
ATTACHMENTS = ROOT / "templates" / "ministry-letter" / "attachments"


@dataclass(frozen=True)
class Sent:
    """A campaign's first step, sent, and what came of it."""

    campaign: str
    moment: str  #: when the first step was due
    said: Said  #: by the run that sent
    collected: Said  #: by the run that found the bounce
    office: Path
    stored: dict[str, bytes]  #: address → what Postfix delivered, with CRLF
    previews: dict[str, bytes]  #: address → what was shown before


@pytest.fixture(scope="module", params=LETTERS)
def sent(request, tmp_path_factory):
    """Send one letter to everybody; Postfix does not know one of them."""
    office = tmp_path_factory.mktemp("office")
    with postfix(unknown=UNKNOWN) as server:
        yield send(request.param, office, server)


def send(campaign: str, office: Path, server: Postfix) -> Sent:
    installed("init", office).done()
    moment = opening(office / "templates" / campaign / "campaign.toml")
    point_at(server, office / "mailer.toml")
    list_ = "recipients/municipalities.csv"
    for words in (
        ("recipients", "import", list_, "--list", "municipalities"),
        ("preview", campaign, "--all", "previews"),
        ("approve", campaign, "--by", "vodja službe"),
        ("start", campaign, "--confirm", "212"),
    ):
        installed(*words, office=office).done()

    said = at(moment, "run", "--once", office=office).done()
    until(lambda: len(server.stored) >= 211, "Postfix delivers to 211")
    until(lambda: any((server.office / "new").iterdir()), "Postfix sends a bounce")
    return Sent(
        campaign,
        moment,
        said,
        at(moment, "run", "--once", office=office),
        office,
        by_address([path.read_bytes() for path in server.stored]),
        by_address([path.read_bytes() for path in (office / "previews").iterdir()]),
    )


def opening(definition: Path) -> str:
    """Return when the first step is due; `init` gave it a day that lies ahead."""
    local = tomllib.loads(definition.read_text("utf-8"))["step"][0]["at"]
    return local.replace(tzinfo=ZoneInfo("Europe/Ljubljana")).isoformat()


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


def by_address(messages: list[bytes]) -> dict[str, bytes]:
    """Return the messages by their only recipient, with CRLF as on the wire."""
    found = {}
    for raw in messages:
        address = parsed(raw)["To"].addresses[0].addr_spec
        assert address not in found, f"{address} has it twice"
        found[address] = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return found


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=SMTP)


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
class TestPostfix:
    """One office, one relay, one letter to everybody."""

    def test_the_relay_accepts_all(self, sent):
        """Also the one whose mailbox it finds missing later."""
        assert "212 accepted" in sent.said.text

    def test_everybody_has_it_once(self, sent):
        """The server stored what the ledger says; nobody is left out."""
        assert set(sent.previews) - {UNKNOWN} == set(sent.stored)
        assert len(sent.stored) == 211

    def test_what_arrived_is_what_was_shown(self, sent):
        """Byte by byte, but for when it was sent and what the server adds on top."""
        for address, raw in sent.stored.items():
            expected = timeless(sent.previews[address])

            assert expected == timeless(without(raw, *SERVERS_OWN)), address

    def test_it_parses_back(self, sent):
        """Subject, text and attachments are the intended ones, for everybody."""
        attachments = a_bundled_campaign(sent.campaign).steps[0].attachments
        files = {name: (ATTACHMENTS / name).read_bytes() for name in attachments}
        for address, raw in sent.stored.items():
            message = parsed(raw)
            text = message.get_body(("plain",)).get_content()
            shown = parsed(sent.previews[address])
            found = {
                part.get_filename(): part.get_payload(decode=True)
                for part in message.iter_attachments()
                if part.get_content_type() != "text/calendar"
            }

            assert files == found
            assert shown["Subject"] == message["Subject"]
            assert shown.get_body(("plain",)).get_content() == text
            assert "Spoštovani" in text

    def test_the_bounce_is_understood(self, sent):
        """Postfix's own report ends at the delivery, and at the address."""
        words = ("report", sent.campaign, "--format", "json")
        report = json.loads(installed(*words, office=sent.office).done().out)
        counts = report["opening"]["counts"]
        listed = installed("suppress", "list", "--json", office=sent.office).done()
        suppressed = json.loads(listed.out)["suppressed"]

        assert sent.collected.code == 0
        assert {"accepted": 211, "bounced": 1} == {k: n for k, n in counts.items() if n}
        assert [(UNKNOWN, "hard_bounce")] == [
            (one["address"], one["reason"]) for one in suppressed
        ]

    def test_a_second_look_changes_nothing(self, sent):
        """Nobody gets it twice, and the bounce is counted once."""
        again = at(sent.moment, "run", "--once", office=sent.office)

        assert again.code == 0
        assert "accepted" not in again.text
        assert "bounce" not in again.text
