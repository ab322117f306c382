"""
An OpenSMTPD of our own for tests: a relay on 127.0.0.1 that keeps what it gets.

It knows no PIPELINING: a second line that has come with a command is answered
with a 500 and the end of the session.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jails import ROOT, a_free_port, jail, served, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from certificates import Certificate

PROGRAM = "/usr/sbin/smtpd"
MAILDIR = "/usr/libexec/opensmtpd/mail.maildir"  # which it starts through a shell
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
        # It does not start without authorities, although it asks none here.
        authorities = certificate.chain.read_text("ascii")
        write(home, "etc/ssl/certs/ca-certificates.crt", authorities)
        with served(home, PROGRAM, "-d", port=port):
            yield OpenSmtpd(home, port)
