"""The words of a mail transaction: stages, replies, and what came instead of one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

#: the relay leaves (RFC 5321, section 3.8); says nothing about what was asked
CLOSING = 421

#: the relay does not understand a command or its parameters
SYNTAX = frozenset({500, 501, 503, 555})


class Stage(Enum):
    """The last thing that was begun with the relay, in order."""

    CONNECT = "connect"
    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    MARK = "mark"  #: the ledger's second mark, between the body and the dot
    END_OF_DATA = "end_of_data"  #: the final dot is on the wire


class Silence(Enum):
    """What came instead of a reply."""

    TIMEOUT = "timeout"
    LOST = "lost"  #: refused, reset or closed by the other side
    MALFORMED = "malformed"  #: bytes, but no reply (RFC 5321, section 4.2)
    SURPLUS = "surplus"  #: more bytes than replies were due: out of step
    NOT_OFFERED = "not_offered"  #: STARTTLS or AUTH is not among the extensions
    UNTRUSTED = "untrusted"  #: certificate, name or handshake
    TOO_LARGE = "too_large"  #: over the SIZE the relay announced (RFC 1870); not asked
    NEEDS_8BIT = "needs_8bit"  #: octets over 127 and no 8BITMIME (RFC 6152); not asked
    #: letters beyond ASCII before the @ and no SMTPUTF8 (RFC 6531); not asked
    NEEDS_EAI = "needs_eai"
    WITHHELD = "withheld"  #: the ledger did not allow the dot
    CANCELLED = "cancelled"  #: we were told to stop


#: found before anything was said: the session is as it was
UNASKED = frozenset({Silence.TOO_LARGE, Silence.NEEDS_8BIT, Silence.NEEDS_EAI})


class Security(Enum):
    """How the connection to the relay is kept private."""

    TLS = "tls"  #: from the first byte (RFC 8314)
    STARTTLS = "starttls"  #: after the command, or not at all (RFC 3207)
    NONE = "none"  #: in clear, without a password, and only to this machine


class Authentication(Enum):
    """What we show the relay besides our name."""

    PASSWORD = "password"  # noqa: S105 - the word, not one
    XOAUTH2 = "xoauth2"  #: an access token, as Google and Microsoft want it


@dataclass(frozen=True, slots=True)
class SmtpReply:
    """The relay's answer to a command (RFC 5321, section 4.2)."""

    code: int  #: 200 to 599
    text: str = ""  #: cleaned: printable, at most 500 characters
    enhanced: str = ""  #: RFC 3463 "5.1.1" if its class agrees with the code's

    @property
    def is_positive(self) -> bool:
        """Return whether it is a 2yz; only the first digit counts (4.3.2)."""
        return self.code // 100 == 2  # noqa: PLR2004 - the first digit

    @property
    def is_transient(self) -> bool:
        """Return whether it is a 4yz."""
        return self.code // 100 == 4  # noqa: PLR2004 - the first digit

    @property
    def is_permanent(self) -> bool:
        """Return whether it is a 5yz."""
        return self.code // 100 == 5  # noqa: PLR2004 - the first digit


@dataclass(frozen=True, slots=True)
class Exchange:
    """How one attempt ended: at which stage, with a reply or without."""

    stage: Stage
    reply: SmtpReply | None = None
    silence: Silence | None = None  #: set exactly when there is no reply

    def __str__(self) -> str:
        """Return "rcpt: 550 5.1.1 no such user" or "end_of_data: lost"."""
        if self.reply is None:
            said = self.silence.value if self.silence else "nothing"
        else:
            parts = (str(self.reply.code), self.reply.enhanced, self.reply.text)
            said = " ".join(part for part in parts if part)
        return f"{self.stage.value}: {said}"
