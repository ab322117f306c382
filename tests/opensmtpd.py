"""
An OpenSMTPD of our own for tests: a relay on 127.0.0.1 that keeps what it gets.

It knows no PIPELINING: a second line that has come with a command is answered
with a 500 and the end of the session.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certificates import a_certificate
from jails import ROOT, a_free_port, jail, served, write
from next_hops import names_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from certificates import Certificate
    from next_hops import Beyond

PROGRAM = "/usr/sbin/smtpd"
MAILDIR = "/usr/libexec/opensmtpd/mail.maildir"  # which it starts through a shell
LMTP = "/usr/libexec/opensmtpd/mail.lmtp"
CONTROL = "/usr/sbin/smtpctl"
USERS = ("opensmtpd", "opensmtpq", "keeper")
FOLDERS = {
    "mail": "keeper",
    "tmp": ROOT,
    "var/lib/opensmtpd/empty": ROOT,
    "var/run": ROOT,
    "var/spool/smtpd": ROOT,
}

_CONFIGURATION = """\
pki "relay" cert "/etc/cert.pem"
pki "relay" key "/etc/key.pem"
table unknown {{ {unknown} }}
table everybody {{ "@" = keeper }}
listen on 127.0.0.1 port {port} tls pki "relay" hostname relay.posiljatelj.example
action "keep" maildir "/mail" virtual <everybody>
match ! rcpt-to <unknown> from any for any action "keep"
"""

#: a relay that hands on, and gives up after seconds
_HANDS_ON = """\
queue ttl 30s
bounce warn-interval 3s
listen on 127.0.0.1 port {port} hostname relay.posiljatelj.example
table everybody {{ "@" = keeper }}
action "office" lmtp "127.0.0.1:{beyond.office}" rcpt-to virtual <everybody>
action "resolved" relay
action "onward" relay host smtp://127.0.0.1:{beyond.host}
match from any for domain "posiljatelj.example" action "office"
match from any for domain "*.invalid" action "resolved"
match from any for any action "onward"
"""


@dataclass(frozen=True)
class OpenSmtpd:
    """A running relay."""

    home: Path
    port: int

    @property
    def stored(self) -> list[Path]:
        """Return the messages that were delivered."""
        return sorted((self.home / "mail" / "new").glob("*"))

    @property
    def log(self) -> str:
        """Return what it has logged."""
        return (self.home / "said").read_text("utf-8", "replace")


@contextlib.contextmanager
def opensmtpd(unknown: Sequence[str], certificate: Certificate) -> Iterator[OpenSmtpd]:
    """Run an OpenSMTPD that refuses the addresses in `unknown`."""
    with jail([PROGRAM, MAILDIR, "/bin/sh"], USERS, FOLDERS) as home:
        port = a_free_port()
        (home / "var/spool/smtpd").chmod(0o711)
        listed = ", ".join(f'"{address}"' for address in unknown)
        text = _CONFIGURATION.format(port=port, unknown=listed)
        write(home, "etc/smtpd.conf", text)
        shutil.copy(certificate.chain, home / "etc/cert.pem")
        shutil.copy(certificate.key, home / "etc/key.pem")
        (home / "etc/key.pem").chmod(0o600)
        _trust(home, certificate)
        with served(home, PROGRAM, "-d", port=port):
            yield OpenSmtpd(home, port)


@contextlib.contextmanager
def opensmtpd_beyond(beyond: Beyond) -> Iterator[OpenSmtpd]:
    """Run an OpenSMTPD that hands on; it looks into its queue each second."""
    programs = [PROGRAM, LMTP, CONTROL, "/bin/sh", "/bin/sleep"]
    with jail(programs, USERS, FOLDERS) as home:
        port = a_free_port()
        (home / "var/spool/smtpd").chmod(0o711)
        write(home, "etc/smtpd.conf", _HANDS_ON.format(port=port, beyond=beyond))
        write(home, "etc/mailname", "relay.posiljatelj.example\n")
        for name, text in names_of(beyond.name_server).items():
            write(home, f"etc/{name}", text)
        _trust(home, a_certificate(home / "etc"))
        with served(home, PROGRAM, "-d", port=port), _hurried(home):
            yield OpenSmtpd(home, port)


def _trust(home: Path, certificate: Certificate) -> None:
    """Give it an authority: it does not start without, although it asks none here."""
    authorities = certificate.chain.read_text("ascii")
    write(home, "etc/ssl/certs/ca-certificates.crt", authorities)


@contextlib.contextmanager
def _hurried(home: Path) -> Iterator[None]:
    """Say each second that all is to be tried again: its own pace is minutes."""
    again = f"while sleep 1; do {CONTROL} schedule all; done"
    hurrying = subprocess.Popen(
        # It serves only who belongs to this group, as a set-group-id program does.
        ["chroot", "--userspec=root:opensmtpq", home, "/bin/sh", "-c", again],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        hurrying.terminate()
        hurrying.wait()
