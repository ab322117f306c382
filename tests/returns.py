"""
What comes back to an office: letters to the addresses of `PEOPLE`, sent through a
real relay that hands on, and the reports it writes into a real mailbox.

Nobody answers here; the next host refuses, puts off or takes, and each address
stands for one of these.  Which reports follow is said where they are tested.
`python tests/returns.py` keeps what they have written as `samples`.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certificates import a_certificate
from commands import aside, at, edit
from dovecot import PASSWORD, dovecot
from exim import exim_beyond
from next_hops import Beyond, NextHost, no_such_names
from offices import BEFORE, Desk
from opensmtpd import opensmtpd_beyond
from postfix import postfix
from proxies import Proxy
from relays import At, run
from samples import KEY, SAMPLES, keep
from typer.testing import CliRunner
from waiting import until

from mailer.cli.app import app
from mailer.files.office_folder import make_office
from mailer.operations.office import open_office
from mailer.sandbox.clock import VirtualClock

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from certificates import Certificate
    from commands import Said
    from dovecot import Dovecot
    from exim import Exim
    from opensmtpd import OpenSmtpd
    from postfix import Postfix

    from mailer.model.delivery import DeliveryState
    from mailer.operations.collect_mail import CollectSummary

#: by the office's clock; the letters left five minutes before
AFTERWARDS = datetime(2019, 4, 8, 7, 10, tzinfo=UTC)

#: one for each fate, and what the next host says to RCPT; "" takes it
PEOPLE = {
    "gone@kraj.example": b"550 5.1.1 User unknown",
    "full@kraj.example": b"552 5.2.2 Mailbox full",
    "over@kraj.example": b"452 4.2.2 Mailbox over quota",
    # the words of RFC 5321, section 4.2.3
    "later@kraj.example": b"450 4.2.0 Requested mail action not taken: "
    b"mailbox unavailable",
    "late@kraj.example": b"450 4.2.0 Greylisted",  # until its delay is known
    "asked@kraj.example": b"",  # and the sender asked to be told
    "town@kraj.example": b"",
    "office@nowhere.invalid": b"",
}

SERVERS = {
    "postfix": lambda beyond: postfix(beyond=beyond),
    "exim": exim_beyond,
    "opensmtpd": opensmtpd_beyond,
}


class AsksForSuccess(Proxy):
    """Asks the relay to report that it went well, where the address says so."""

    async def pump(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        *,
        is_reply: bool,
    ) -> None:
        """Pass on line by line; one parameter of a command is another then."""
        while line := await source.readline():
            if not is_reply and line.startswith(b"RCPT TO:<asked@"):
                line = line.replace(b"NOTIFY=", b"NOTIFY=SUCCESS,")
            sink.write(line)
            await sink.drain()


@dataclass(frozen=True)
class Post:
    """An office, the relay it sends through, and the mailbox it collects from."""

    name: str  #: one of `SERVERS`
    folder: Path
    relay: Exim | OpenSmtpd | Postfix
    mailbox: Dovecot
    next_host: NextHost

    def send(self) -> None:
        """Write to everybody."""
        clock = VirtualClock(BEFORE)

        async def scenario(desk: Desk) -> None:
            async with AsksForSuccess(At(self.relay.port)).listening() as place:
                await desk.round(place)

        with open_office(self.folder, clock) as office:
            run(scenario(Desk.writing_to(office, clock, [*PEOPLE])))

    def wait_for_the_first(self) -> None:
        """Wait until all have had a report but the one who needs none."""
        self._wait(len(PEOPLE) - 1)
        # Now that its delay is known, this one may be taken.
        del self.next_host.answers["late"]

    def wait_for_the_last(self) -> None:
        """Wait until the server has given up on the two who are put off for ever."""
        until(lambda: "late@kraj.example" in self._taken(), f"{self.name} tries again")
        self._wait(len(PEOPLE) + 1)

    def _wait(self, count: int) -> None:
        try:
            until(lambda: len(self.mailbox.stored) >= count, f"{count} reports")
        except AssertionError as error:
            error.add_note(self.relay.log[-5000:])
            raise

    def _taken(self) -> set[str]:
        """Return for whom the next host has the letter."""
        return {one.forward_path for one in self.next_host.accepted}

    def collect(self) -> tuple[CollectSummary, dict[str, DeliveryState]]:
        """Look into the mailbox; return that, and where each letter stands then."""
        clock = VirtualClock(AFTERWARDS)
        with open_office(self.folder, clock) as office:
            desk = Desk(office, clock)
            return desk.collect(), {to: row.state for to, row in desk.rows().items()}

    def fetch(self) -> Said:
        """Do so as a user does."""
        moment = AFTERWARDS.isoformat()
        return at(moment, "inbox", "fetch", office=self.folder).done()

    def shown(self, *words: str) -> dict[str, Any]:
        """Return what a command, run in this process, says to a program."""
        said = CliRunner().invoke(
            app, ["--office", str(self.folder), *words], catch_exceptions=False
        )
        assert said.exit_code == 0, said.stderr
        shown: dict[str, Any] = json.loads(said.stdout)
        return shown


@contextlib.contextmanager
def a_post(folder: Path, name: str) -> Iterator[Post]:
    """
    Make an office, and run the server called `name`, its mailbox and its next host.

    Args:
        folder: For the office; it is there and empty.
        name: One of `SERVERS`.
    """
    certificate = a_certificate(folder)
    answers = {to.partition("@")[0]: answer for to, answer in PEOPLE.items() if answer}
    with contextlib.ExitStack() as running:
        mailbox = running.enter_context(dovecot(certificate))
        next_host = running.enter_context(aside(NextHost(answers)))
        name_server = running.enter_context(no_such_names())
        beyond = Beyond(next_host.port, mailbox.lmtp_port, name_server)
        relay = running.enter_context(SERVERS[name](beyond))
        _make(folder, mailbox, certificate)
        yield Post(name, folder, relay, mailbox, next_host)


def _make(folder: Path, mailbox: Dovecot, certificate: Certificate) -> None:
    """Make the office, and let it read this mailbox."""
    make_office(folder)
    (folder / "office.key").write_text(KEY.hex(), "ascii")
    (folder / "password").write_text(PASSWORD, "utf-8")
    mailbox_is = (
        f'source = "{mailbox.address}"\n'
        f'password_file = "password"\nca_file = "{certificate.chain}"'
    )
    edit(folder / "mailer.toml", r'source = "\S+"', mailbox_is)


def _rewrite() -> None:
    """Let all servers write their reports, and keep them."""
    shutil.rmtree(SAMPLES, ignore_errors=True)
    SAMPLES.mkdir()
    for name in SERVERS:
        with contextlib.ExitStack() as running:
            folder = running.enter_context(tempfile.TemporaryDirectory())
            post = running.enter_context(a_post(Path(folder), name))
            post.send()
            post.wait_for_the_first()
            post.wait_for_the_last()
            for path in post.mailbox.stored:
                keep(path.read_bytes(), name)


if __name__ == "__main__":
    _rewrite()
