"""
A19: nothing that an office writes becomes a second message at a lenient server.

Servers disagree about what ends a message.  This Postfix takes a dot between
bare line feeds for the end, as all did until 2023 (CVE-2023-51764); what the
sender meant as text would be commands to it, and a mail with a forged sender.
"""

from __future__ import annotations

import contextlib
import json
import socket
from email import message_from_bytes
from email.policy import SMTP
from typing import TYPE_CHECKING

import pytest
from offices import BEFORE, LIST, Desk
from postfix import postfix
from relays import TEXT, At, a_message, mail_out, run
from waiting import until

from mailer.errors import MailerError
from mailer.files.office_folder import make_office
from mailer.operations.campaign_status import approve, start
from mailer.operations.import_recipients import import_recipients
from mailer.operations.office import open_office
from mailer.sandbox.clock import VirtualClock

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from mailer.operations.office import Office

#: what one server or another takes for the end of a message
ENDS = {
    "lf-dot-lf": "\n.\n",
    "lf-dot-crlf": "\n.\r\n",
    "crlf-dot-lf": "\r\n.\n",
    "crlf-dot-crlf": "\r\n.\r\n",
    "cr-dot-cr": "\r.\r",
    "cr-dot-crlf": "\r.\r\n",
    "crlf-dot-cr": "\r\n.\r",
    "nul": "\r\n\0.\r\n\n\0.\n",
}
#: those which our Postfix takes for it, beside the one that is
TAKEN = ("lf-dot-lf", "lf-dot-crlf", "crlf-dot-lf")

LENIENT = {"smtpd_forbid_bare_newline": "no", "smtpd_forbid_unauth_pipelining": "no"}

FORGED = (
    "MAIL FROM:<ministrica@posiljatelj.example>\r\n"
    "RCPT TO:<zrtev@mesto.example>\r\n"
    "DATA\r\n"
    "Subject: podtaknjeno\r\n\r\nNakažite denar.\r\n.\r\n"
)
ADDRESS = "obcina@mesto.example"
#: what a register may hold: to a careless program this is a dot between line ends
NAME = "Trg =?utf-8?q?=0D=0A=2E=0D=0A?="
FILE = "priloga.txt"

CAMPAIGN = """\
title = "Poskus"
list = "municipalities"
author = "Preizkuševalka"
purpose = "Poskus."

[texts]
note = {note}

[[step]]
name = "letter"
to = "everyone"
at = 2019-04-08T09:00:00
attachments = ["priloga.txt"]
"""


def hostile(end: str) -> str:
    return f"Spoštovani{end}{FORGED}konec{end}.{end}"


@pytest.fixture(scope="module")
def server():
    """Run a Postfix that is as lenient as it can be."""
    with postfix(settings=LENIENT) as running:
        yield running


@pytest.fixture(scope="module")
def letters(server, tmp_path_factory):
    """Send a letter for each end, with it at every entrance; return what arrived."""
    folder, clock = tmp_path_factory.mktemp("office"), VirtualClock(BEFORE)
    make_office(folder)
    for name, end in ENDS.items():
        write_campaign(folder / "templates" / name, hostile(end))
    before = set(server.stored)
    with open_office(folder, clock) as office:
        with office.register_file.open("a", encoding="utf-8") as file:
            file.write(f"999,Mesto,{NAME},0,Goriška,SI043,,,mesto,{ADDRESS},\n")
        take_list(office, "Mesto")
        for name in ENDS:
            desk = Desk(office, clock, name)
            approve(office, desk.opened, "načelnica")
            start(office, desk.opened, 1, "načelnica")
            desk.until("letter")
            run(desk.round(At(server.port)))
    until(lambda: server.is_at_rest, "Postfix has delivered everything")
    return [parsed(path) for path in set(server.stored) - before]


def write_campaign(folder: Path, text: str) -> None:
    (folder / "attachments").mkdir(parents=True)
    (folder / "attachments" / FILE).write_bytes(text.encode())
    for name, template in {
        "letter.subject.j2": text,
        "letter.txt.j2": text + "{{ texts.note }}{{ organisation.nominative }}\n",
        "letter.html.j2": f"<html><body><pre>{text}{{{{ texts.note }}}}</pre></body>",
    }.items():
        (folder / name).write_bytes(template.encode())
    # JSON's strings are TOML's
    campaign = CAMPAIGN.format(note=json.dumps(text))
    (folder / "campaign.toml").write_text(campaign, "utf-8")


def take_list(office: Office, name: str) -> None:
    file = office.folder / "recipients" / "list.csv"
    file.write_bytes(f'e-mail;name\n{ADDRESS};"{name}"\n'.encode())
    import_recipients(
        office, file, LIST, skip_invalid=False, may_shrink=lambda _before, _after: False
    )


def parsed(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=SMTP)


def campaign(message: EmailMessage) -> str:
    return str(message["List-Id"]).strip("<>").partition(".")[0]


def body(path: Path) -> bytes:
    return path.read_bytes().replace(b"\n", b"\r\n").partition(b"\r\n\r\n")[2]


pytestmark = pytest.mark.server("postfix")


def test_each_letter_arrives_as_one_message(letters):
    """Those that were written, and no other."""
    assert "podtaknjeno" not in {message["Subject"] for message in letters}
    assert {ADDRESS} == {message["Delivered-To"] for message in letters}
    assert sorted(ENDS) == sorted(map(campaign, letters))


@pytest.mark.parametrize("end", ENDS)
def test_it_says_what_was_written(letters, end):
    """The file byte by byte, the text line by line."""
    (letter,) = (one for one in letters if campaign(one) == end)
    (file,) = letter.iter_attachments()
    text = letter.get_body(("plain",)).get_content()
    written = hostile(ENDS[end])

    assert written.encode() == file.get_payload(decode=True)
    assert text.splitlines() == f"{written}{written}{NAME}".splitlines()


@pytest.mark.parametrize("end", ENDS)
def test_a_list_may_not_hold_it(office, end):
    """A name that ends a line is refused where it comes in."""
    with pytest.raises(MailerError, match=r"holds U\+000[AD]|NUL"):
        take_list(office, f"Kraj{ENDS[end]}{FORGED}")


def test_dots_arrive_as_they_are(server):
    """Also a line that is nothing but one."""
    before = set(server.stored)
    message = a_message(ADDRESS)
    run(mail_out(At(server.port), [message]))
    until(lambda: set(server.stored) - before, "Postfix delivers")
    (path,) = set(server.stored) - before

    assert TEXT.partition(b"\r\n\r\n")[2] == body(path)


@pytest.mark.parametrize("end", TAKEN)
def test_this_server_can_be_fooled(server, end):
    """Else nothing were shown: sent as it is, the same text becomes two messages."""
    before = set(server.stored)
    text = f"Subject: x\r\n\r\n{hostile(ENDS[end])}\r\n.\r\n"
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection,
        connection.makefile("rwb", buffering=0) as raw,
    ):
        for words in (
            "HELO careless.example\r\n",
            "MAIL FROM:<a@posiljatelj.example>\r\n",
            f"RCPT TO:<{ADDRESS}>\r\n",
            "DATA\r\n",
            text,
            "QUIT\r\n",
        ):
            assert raw.readline()[:1] in b"23"
            raw.write(words.encode())
        with contextlib.suppress(ConnectionResetError):  # it has heard too much
            raw.read()
    until(lambda: server.is_at_rest, "Postfix has delivered everything")
    arrived = [parsed(path) for path in set(server.stored) - before]

    assert {"x", "podtaknjeno"} == {message["Subject"] for message in arrived}
