"""
The ways to send one letter to many, which `send.py` compares.

All of them render the same two templates for each address and send subject,
text and HTML to the same sink.  Only ours keeps a ledger: three marks for each
message, each on the disk before the dialogue goes on.
What is measured around them is decided in `send.py`.
"""

from __future__ import annotations

import asyncio
import smtplib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING

import aiosmtplib
import jinja2

from mailer.files.office_folder import make_office
from mailer.model.delivery import Outcome
from mailer.model.smtp import Security
from mailer.operations import campaign_status
from mailer.operations.import_recipients import import_recipients
from mailer.operations.office import open_office
from mailer.operations.open_campaign import open_campaign
from mailer.operations.plan_due import plan_due
from mailer.operations.send_due import send_due
from mailer.sandbox.clock import VirtualClock
from mailer.smtp.settings import RelaySettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SENDER = "pisarna@posiljatelj.example"
SUBJECT = "Vabilo: nacionalna konferenca o sodelovanju z občani"
PARAGRAPH = (
    "vabimo vas na konferenco, na kateri bodo občine, občani in organizacije "
    "pokazali, kako so s skupnim delom prišli do dobrih odločitev, in odkrito "
    "povedali tudi, kje se jim je zapletlo in kaj je pomagalo."
)
TEXT = "{{ salutation }}\n\n" + f"{PARAGRAPH}\n\n" * 4 + "Za {{ organisation.name }}\n"
HTML = (
    "<html><body><p>{{ salutation }}</p>\n"
    + f"<p>{PARAGRAPH}</p>\n" * 4
    + "<p>Za {{ organisation.name }}</p></body></html>\n"
)

CAMPAIGN = """\
title = "Merjenje"
list = "everyone"
purpose = "Merjenje hitrosti."

[[step]]
name = "letter"
to = "everyone"
at = 2019-04-08T09:00:00
"""
START = datetime(2019, 4, 8, 7, 0, tzinfo=UTC)  # 9:00 in the office's zone


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be sent, and where."""

    port: int  #: the sink's, on loopback
    messages: int
    connections: int
    folder: Path  #: an empty one, for whoever needs a place


def addresses(count: int) -> list[str]:
    """Return addresses which mail can never reach, each at its own domain."""
    return [f"obcina@town-{number:05}.example" for number in range(count)]


def with_mailer(task: Task) -> Callable[[], None]:
    """Return our own send loop, over an office that has planned all messages."""
    folder = task.folder
    make_office(folder)
    settings = (folder / "mailer.toml").read_text("utf-8")
    settings = settings.replace('rate = "60/min"', 'rate = ""')
    settings = settings.replace(
        "connections = 4", f"connections = {task.connections}", 1
    )
    (folder / "mailer.toml").write_text(settings, "utf-8")
    letter = folder / "templates" / "bench"
    letter.mkdir()
    (letter / "campaign.toml").write_text(CAMPAIGN, "utf-8")
    (letter / "letter.subject.j2").write_text(SUBJECT, "utf-8")
    (letter / "letter.txt.j2").write_text(TEXT, "utf-8")
    (letter / "letter.html.j2").write_text(HTML, "utf-8")
    people = folder / "recipients" / "everyone.csv"
    people.write_text("\n".join(["e-mail", *addresses(task.messages)]) + "\n", "utf-8")

    clock = VirtualClock(START)
    with open_office(folder, clock) as office:
        import_recipients(
            office,
            people,
            "everyone",
            skip_invalid=False,
            may_shrink=lambda _before, _after: False,
        )
        opened = open_campaign(office, "bench")
        campaign_status.approve(office, opened, "benchmark")
        campaign_status.start(office, opened, confirm=task.messages)
        plan_due(office, opened)

    def send() -> None:
        relay = RelaySettings("127.0.0.1", task.port, Security.NONE)
        with open_office(folder, clock) as office:
            opened = open_campaign(office, "bench")
            done = asyncio.run(send_due(office, opened, relay, stop=asyncio.Event()))
        if done.outcomes[Outcome.ACCEPTED] != task.messages:
            raise AssertionError(f"{done} instead of {task.messages} accepted")

    return send


def with_smtplib(task: Task) -> Callable[[], None]:
    """Return the loop of a hand-written mail merge: one connection, no ledger."""
    assert task.connections == 1  # noqa: S101 - smtplib has no other way
    compose = _composer()

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", task.port) as relay:
            for address in addresses(task.messages):
                relay.send_message(compose(address))

    return send


def with_aiosmtplib(task: Task) -> Callable[[], None]:
    """Return aiosmtplib's own `send_message` over several connections, no ledger."""
    compose = _composer()

    async def work(mine: Sequence[str]) -> None:
        async with aiosmtplib.SMTP(
            hostname="127.0.0.1", port=task.port, start_tls=False
        ) as relay:
            for address in mine:
                await relay.send_message(compose(address))

    async def send_all() -> None:
        everyone = addresses(task.messages)
        async with asyncio.TaskGroup() as group:
            for first in range(task.connections):
                group.create_task(work(everyone[first :: task.connections]))

    return lambda: asyncio.run(send_all())


def _composer() -> Callable[[str], EmailMessage]:
    text = jinja2.Environment(autoescape=False).from_string(TEXT)  # noqa: S701 - plain text
    html = jinja2.Environment(autoescape=True).from_string(HTML)

    def compose(address: str) -> EmailMessage:
        context = {"salutation": "Spoštovani,", "organisation": {"name": address}}
        message = EmailMessage()
        message["From"] = SENDER
        message["To"] = address
        message["Subject"] = SUBJECT
        message.set_content(text.render(context))
        message.add_alternative(html.render(context), subtype="html")
        return message

    return compose


#: name, connections → what prepares it
PATHS: dict[tuple[str, int], Callable[[Task], Callable[[], None]]] = {
    ("smtplib", 1): with_smtplib,
    ("mailer", 1): with_mailer,
    ("aiosmtplib", 4): with_aiosmtplib,
    ("mailer", 4): with_mailer,
}
