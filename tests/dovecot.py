"""
A Dovecot of our own for tests: one mailbox, read by IMAP, filled by LMTP.

Whatever comes for the office's domain lands in the one Maildir.  Its user is let
in by a password, or by an access token that was signed with the server's secret.
Whether there is a Dovecot here at all is asked in `servers`.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import imaplib
import json
import os
import shutil
import ssl
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jails import a_free_port, greets
from waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certificates import Certificate

DOVECOT = "/usr/sbin/dovecot"
NOBODY = 65534
USER, PASSWORD = "pisarna", "geslo s presledkom in čšž"
SECRET = b"the server's own secret"
IN_2100 = 4102444800  #: as POSIX counts seconds

_CONFIGURATION = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = required
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
mail_location = maildir:{home}/mail
mail_uid = {nobody}
mail_gid = {nobody}
first_valid_uid = {nobody}
hostname = posta.posiljatelj.example
auth_mechanisms = plain xoauth2
auth_failure_delay = 0
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {home}/oauth2
}}
passdb {{
  driver = passwd-file
  mechanisms = plain
  args = {home}/users
}}
userdb {{
  driver = static
  args = uid={nobody} gid={nobody} home={home}/mail allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imap}
    ssl = yes
  }}
}}
service anvil {{
  # no patience with wrong passwords is needed here: no delay
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
"""

#: the server checks the signature of a token by itself, and asks nobody else
_OAUTH2 = """\
introspection_mode = local
username_attribute = sub
local_validation_key_dict = fs:posix:prefix={home}/keys/
"""


@dataclass(frozen=True)
class Dovecot:
    """A running server."""

    home: Path
    port: int
    lmtp_port: int

    @property
    def maildir(self) -> Path:
        """Return the Maildir that its user reads."""
        return self.home / "mail"

    @property
    def stored(self) -> list[Path]:
        """Return the messages in the inbox."""
        folders = (self.maildir / name for name in ("new", "cur"))
        return sorted(path for folder in folders for path in folder.glob("*"))

    @property
    def log(self) -> str:
        """Return what it has logged."""
        return (self.home / "log").read_text("utf-8", "replace")

    @property
    def address(self) -> str:
        """Return the mailbox as settings name it."""
        return f"imaps://{USER}@127.0.0.1:{self.port}/INBOX"

    def log_in(self) -> imaplib.IMAP4_SSL:
        """Return a session as a person's mail program has it."""
        trusted = ssl.create_default_context(cafile=str(self.home / "cert.pem"))
        client = imaplib.IMAP4_SSL("127.0.0.1", self.port, ssl_context=trusted)
        client.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
        return client

    def append(self, messages: Sequence[bytes], folder: str = "INBOX") -> None:
        """Put messages into a folder."""
        with self.log_in() as client:
            for raw in messages:
                assert client.append(folder, "", "", raw)[0] == "OK"

    def flags(self, folder: str = "INBOX") -> list[str]:
        """Return what a mail program sees: the flags of each message, in order."""
        with self.log_in() as client:
            count = int(client.select(folder, readonly=True)[1][0] or 0)
            if not count:
                return []
            answers = client.fetch("1:*", "(FLAGS)")[1]
            return [line.decode().partition("FLAGS ")[2] for line in answers]


def a_token(user: str = USER, secret: bytes = SECRET, until: int = IN_2100) -> str:
    """Return an access token (RFC 7519), signed with the server's secret or another."""
    parts = {"alg": "HS256", "typ": "JWT"}, {"sub": user, "exp": until}
    signed = ".".join(_part(json.dumps(one).encode()) for one in parts)
    return f"{signed}.{_part(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def _part(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


@contextlib.contextmanager
def dovecot(certificate: Certificate, settings: str = "") -> Iterator[Dovecot]:
    """
    Run a Dovecot.

    Args:
        certificate: What it shows.
        settings: Lines beside what stands in `_CONFIGURATION`.
    """
    # Its processes run as other users: pytest's folders are closed to them.
    home = Path(tempfile.mkdtemp(prefix="mailer-dovecot-", dir="/tmp"))
    try:
        server = _configure(home, certificate, settings)
        with (home / "said").open("wb") as said:
            process = subprocess.Popen(
                [DOVECOT, "-F", "-c", home / "conf"], stdout=said, stderr=said
            )
        try:
            until(
                lambda: process.poll() is not None or greets(server.lmtp_port), "LMTP"
            )
            assert process.poll() is None, (home / "said").read_text("utf-8")
            yield server
        finally:
            process.terminate()
            process.wait(20)
    finally:
        shutil.rmtree(home)


def _configure(home: Path, certificate: Certificate, settings: str) -> Dovecot:
    """Write the configuration, with ports that were free just now."""
    home.chmod(0o755)
    (home / "mail").mkdir()
    os.chown(home / "mail", NOBODY, NOBODY)
    shutil.copy(certificate.chain, home / "cert.pem")
    shutil.copy(certificate.key, home / "key.pem")
    server = Dovecot(home, a_free_port(), a_free_port())
    values = {"home": home, "imap": server.port, "lmtp": server.lmtp_port}
    text = _CONFIGURATION.format(**values, nobody=NOBODY)
    (home / "conf").write_text(text + settings)
    (home / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", "utf-8")
    (home / "oauth2").write_text(_OAUTH2.format(home=home))
    keys = home / "keys" / "default" / "HS256"
    keys.mkdir(parents=True)
    (keys / "default").write_bytes(base64.b64encode(SECRET))
    return server
