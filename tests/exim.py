"""
An Exim of our own for tests: a real relay on 127.0.0.1 that keeps what it gets.

What an address outside its list gets is Exim's own word for it: a 550 without
an enhanced code.  Everything that is not written here is as Exim comes: it
checks that nobody speaks out of turn, and leaves after three protocol errors.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jails import a_free_port, jail, served, write
from next_hops import names_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from certificates import Certificate
    from next_hops import Beyond

PROGRAM = "/usr/sbin/exim4"
USER = "Debian-exim"
FOLDERS = ("mail", "run/exim4", "var/log/exim4", "var/spool/exim4")

_CONFIGURATION = """\
primary_hostname = relay.posiljatelj.example
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_certificate = /etc/cert.pem
tls_privatekey = /etc/key.pem
tls_advertise_hosts = *
acl_smtp_rcpt = rcpt
keep_environment =
# deliver each at once, as the user that has received it, without another look
smtp_accept_queue_per_connection = 0
deliver_drop_privilege

begin acl
rcpt:
  require verify = recipient
  accept

begin routers
everybody:
  driver = accept
  condition = ${{if !inlisti{{$local_part@$domain}}{{{unknown}}}}}
  transport = kept

begin transports
kept:
  driver = appendfile
  maildir_format
  directory = /mail
  user = Debian-exim
  return_path_add
"""


#: a relay that hands on, and gives up after seconds
_HANDS_ON = """\
primary_hostname = relay.posiljatelj.example
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
acl_smtp_rcpt = accept
keep_environment =
deliver_drop_privilege
smtp_accept_queue_per_connection = 0
# both are off in an Exim that nobody has told otherwise: the extension, and to warn
# of a delay who has sent a List-Id
dsn_advertise_hosts = *
delay_warning_condition = yes
delay_warning = 3s:1d

begin routers
office:
  driver = manualroute
  domains = posiljatelj.example
  route_list = * 127.0.0.1
  self = send
  transport = office
nowhere:
  driver = dnslookup
  domains = *.invalid
  transport = onward
  no_more
everybody:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = onward

begin transports
office:
  driver = smtp
  protocol = lmtp
  port = {beyond.office}
  allow_localhost
onward:
  driver = smtp
  port = {beyond.host}
  allow_localhost

begin retry
* * F,30s,1s
"""


@dataclass(frozen=True)
class Exim:
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
        return (self.home / "var/log/exim4/mainlog").read_text("utf-8", "replace")


@contextlib.contextmanager
def exim(unknown: Sequence[str], certificate: Certificate) -> Iterator[Exim]:
    """Run an Exim that refuses the addresses in `unknown`."""
    with jail([PROGRAM], [USER], dict.fromkeys(FOLDERS, USER)) as home:
        port = a_free_port()
        listed = ":".join(unknown)
        text = _CONFIGURATION.format(port=port, unknown=listed)
        write(home, "etc/exim4/exim4.conf", text)
        for source, name in (
            (certificate.chain, "cert.pem"),
            (certificate.key, "key.pem"),
        ):
            shutil.copy(source, home / "etc" / name)
            # Exim reads them as its own user, when a session is secured.
            shutil.chown(home / "etc" / name, (home / "mail").stat().st_uid)
        with served(home, PROGRAM, "-bdf", port=port):
            yield Exim(home, port)


@contextlib.contextmanager
def exim_beyond(beyond: Beyond) -> Iterator[Exim]:
    """Run an Exim that hands on; it looks into its queue each second."""
    with jail([PROGRAM], [USER], dict.fromkeys(FOLDERS, USER)) as home:
        port = a_free_port()
        text = _HANDS_ON.format(port=port, beyond=beyond)
        write(home, "etc/exim4/exim4.conf", text)
        for name, text in names_of(beyond.name_server).items():
            write(home, f"etc/{name}", text)
        with served(home, PROGRAM, "-bdf", "-q1s", port=port):
            yield Exim(home, port)
