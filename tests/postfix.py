"""
A Postfix of our own for tests: a real relay on 127.0.0.1 that keeps what it gets.

It has its own configuration, queue and log in a folder of its own, and ends
with the block that started it.  Mail to the office lands in one Maildir, mail
to everybody else in another; whom it does not know, it refuses.
Whether there is a Postfix here at all is asked in `servers`.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jails import a_free_port, greets
from next_hops import names_of
from waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from certificates import Certificate
    from next_hops import Beyond

POSTFIX = "/usr/sbin/postfix"
NOBODY = 65534

_MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/log
maillog_file_prefixes = {home}
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.posiljatelj.example
mydestination =
local_recipient_maps =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtp_dns_support_level = disabled
smtp_host_lookup = native
virtual_mailbox_domains = static:all
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = regexp:{home}/mailboxes
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
virtual_minimum_uid = 100
"""

#: what makes of it a relay that hands on, and gives up after seconds; a message that
#: is looked at while its last attempt is about to end would be left alone for minutes
_HANDS_ON = """\
transport_maps = regexp:{home}/routes
smtp_dns_support_level = enabled
smtp_host_lookup = dns
queue_run_delay = 1s
minimal_backoff_time = 3s
maximal_backoff_time = 3s
delay_warning_time = 3s
maximal_queue_lifetime = 30s
"""

_ROUTES = """\
/@posiljatelj\\.example$/ lmtp:inet:127.0.0.1:{beyond.office}
/\\.invalid$/ smtp:
/./ smtp:[127.0.0.1]:{beyond.host}
"""

#: settings of a relay that finds out too late whom it does not know: it bounces
TAKES_ALL = {"smtpd_reject_unlisted_recipient": "no"}

_MAILBOXES = """\
/@posiljatelj\\.example$/ office/
!/^({unknown})$/ municipalities/
"""


@dataclass(frozen=True)
class Postfix:
    """A running relay."""

    home: Path
    port: int

    @property
    def office(self) -> Path:
        """Return the Maildir of the sender's domain: bounces and replies."""
        return self.home / "mail" / "office"

    @property
    def stored(self) -> list[Path]:
        """Return the messages that were delivered to somebody else."""
        return sorted((self.home / "mail" / "municipalities" / "new").glob("*"))

    @property
    def is_at_rest(self) -> bool:
        """Return whether nothing waits in its queue."""
        folders = ("maildrop", "incoming", "active", "deferred")
        queues = (self.home / "queue" / folder for folder in folders)
        return not any(path.is_file() for one in queues for path in one.rglob("*"))

    @property
    def log(self) -> str:
        """Return what it has logged."""
        return (self.home / "log").read_text("utf-8", "replace")


@contextlib.contextmanager
def postfix(
    unknown: Sequence[str] = (),
    certificate: Certificate | None = None,
    settings: Mapping[str, str] | None = None,
    beyond: Beyond | None = None,
) -> Iterator[Postfix]:
    """
    Run a Postfix.

    Args:
        unknown: Addresses which it does not know.
        certificate: With it, STARTTLS is offered.
        settings: Beside what stands in `_MAIN`; such as `TAKES_ALL`.
        beyond: With it, nothing is kept here but handed on there.
    """
    # Its processes run as other users: pytest's folders are closed to them.
    home = Path(tempfile.mkdtemp(prefix="mailer-postfix-", dir="/tmp"))
    try:
        port = _configure(home, unknown, settings or {})
        if certificate is not None:
            _secure(home, certificate)
        if beyond is not None:
            _hand_on(home, beyond)
        subprocess.run(
            [POSTFIX, "-c", home / "etc", "start"], check=True, capture_output=True
        )
        try:
            until(lambda: greets(port), "Postfix greets")
            yield Postfix(home, port)
        finally:
            stop = [POSTFIX, "-c", home / "etc", "stop"]
            subprocess.run(stop, check=True, capture_output=True)
    finally:
        shutil.rmtree(home)


def _configure(home: Path, unknown: Sequence[str], settings: Mapping[str, str]) -> int:
    """Write the configuration; return the port, which was free just now."""
    home.chmod(0o755)
    for name in ("etc", "queue", "data", "mail"):
        (home / name).mkdir(mode=0o755)
    shutil.chown(home / "data", "postfix")
    os.chown(home / "mail", NOBODY, NOBODY)
    # The office's mailbox is there before its first mail, as with any provider.
    for folder in ("", "new", "cur", "tmp"):
        made = home / "mail" / "office" / folder
        made.mkdir(mode=0o700, exist_ok=True)
        os.chown(made, NOBODY, NOBODY)
    port = a_free_port()
    main = _MAIN.format(home=home, nobody=NOBODY)
    main += "".join(f"{name} = {value}\n" for name, value in settings.items())
    (home / "etc" / "main.cf").write_text(main)
    (home / "etc" / "master.cf").write_text(_services(port))
    pattern = "|".join(re.escape(address) for address in unknown)
    (home / "mailboxes").write_text(_MAILBOXES.format(unknown=pattern))
    return port


def _secure(home: Path, certificate: Certificate) -> None:
    """Let it offer STARTTLS."""
    shutil.copy(certificate.chain, home / "etc" / "cert.pem")
    shutil.copy(certificate.key, home / "etc" / "key.pem")
    with (home / "etc" / "main.cf").open("a") as file:
        file.write(
            f"smtpd_tls_security_level = may\n"
            f"smtpd_tls_cert_file = {home}/etc/cert.pem\n"
            f"smtpd_tls_key_file = {home}/etc/key.pem\n"
        )


def _hand_on(home: Path, beyond: Beyond) -> None:
    """Let it route by a table, and know no other names than those given."""
    (home / "routes").write_text(_ROUTES.format(beyond=beyond))
    with (home / "etc" / "main.cf").open("a") as file:
        file.write(_HANDS_ON.format(home=home))
    # Of its programs only this one looks for names; in its queue it finds no others.
    (home / "queue" / "etc").mkdir()
    for name, text in names_of(beyond.name_server).items():
        (home / "queue" / "etc" / name).write_text(text)
    postconf = ["postconf", "-c", home / "etc", "-F", "smtp/unix/chroot=y"]
    subprocess.run(postconf, check=True)


def _services(port: int) -> str:
    """Return Debian's master.cf: nothing in a chroot, and our port."""
    lines = []
    for line in Path("/usr/share/postfix/master.cf.dist").read_text().splitlines():
        words = line.split()
        if not words or line.startswith(("#", " ", "\t")):
            lines.append(line)
            continue
        words[4] = "n"  # the column "chroot"
        if words[:2] == ["smtp", "inet"]:
            words[0] = f"127.0.0.1:{port}"
        lines.append(" ".join(words))
    return "\n".join(lines) + "\n"
