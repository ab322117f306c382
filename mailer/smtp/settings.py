"""
How this office reaches its relay.

Decides only that a password never travels in clear; which server it is, and
whence the password comes, is the office's settings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address

from mailer.errors import ConfigurationError
from mailer.model.smtp import Authentication, Security, Stage


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait at each stage: RFC 5321, section 4.5.3.2, or longer."""

    connect: float = 30  #: for each of the relay's network addresses
    greeting: float = 300
    ehlo: float = 300
    starttls: float = 300  #: the reply, then the handshake
    auth: float = 300
    mail: float = 300
    rcpt: float = 300
    data: float = 120
    block: float = 180  #: until the network has taken a piece of the body
    #: a time too short here sends the message twice (section 4.5.3.2.6)
    end_of_data: float = 600
    reset: float = 20  #: RSET and QUIT: nothing depends on their replies

    def for_reply(self, stage: Stage) -> float:
        """Return how long to wait for the reply to a command of the envelope."""
        if stage is Stage.MAIL:
            return self.mail
        return self.rcpt if stage is Stage.RCPT else self.data


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Where the relay is and how to be let in."""

    host: str
    port: int
    security: Security = Security.STARTTLS
    username: str = ""  #: "" is no AUTH
    password: str = field(default="", repr=False)  #: or the access token
    auth: Authentication = Authentication.PASSWORD
    local_hostname: str = ""  #: for EHLO; "" is the address of our end, in brackets
    timeouts: Timeouts = Timeouts()
    ca_file: str = ""  #: PEM; "" is what the system trusts

    @property
    def place(self) -> str:
        """Return "host:port"."""
        return f"{self.host}:{self.port}"

    def __post_init__(self) -> None:
        """
        Refuse what would send mail or a password in clear.

        Raises:
            ConfigurationError: Security is "none", and the relay is another
                machine or wants a password.
        """
        if self.security is not Security.NONE:
            return
        if not _is_loopback(self.host):
            raise ConfigurationError.at(
                "mailer.toml, relay.security",
                f'"none" would send mail to {self.host} in clear',
                'use "starttls" or "tls"',
            )
        if self.username:
            raise ConfigurationError.at(
                "mailer.toml, relay.username",
                'with security "none" the password would travel in clear',
                'use "starttls" or "tls", or leave the user name empty',
            )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name; only one of them is this machine by definition
        return host.lower() == "localhost"  # RFC 6761, section 6.3
