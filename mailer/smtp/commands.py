"""
Spell the commands of one envelope, with the parameters that the relay takes.

Pure: nothing is written here.  The order of the commands, and whether they go
one by one or at once, is decided in `mailer.smtp.transaction`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mailer.model.smtp import Exchange, Silence, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.model.message import Message

#: the stages of an envelope, in the order of its commands
ENVELOPE = (Stage.MAIL, Stage.RCPT, Stage.DATA)

# No blank and no < > that could end it; the domain in ASCII, as DNS has it.
_PATH = re.compile(r"[!-;=?-~\u0080-\U0010ffff]+@[!-;=?-~]+")

_NOT_XCHAR = re.compile(rb"[^!-*,-<>-~]")  # RFC 3461, section 4: without + and =

_NOT_QCHAR = re.compile(r"[^!-*,-<>-\[\]-~]")  # RFC 6533, section 3: nor backslash


@dataclass(frozen=True, slots=True)
class Offers:
    """Which of the extensions we use stand in the reply to EHLO."""

    dsn: bool = False  #: RFC 3461
    size: int | None = None  #: octets (RFC 1870); 0 is no fixed limit, None no SIZE
    pipelining: bool = False  #: RFC 2920
    eight_bit: bool = False  #: RFC 6152
    utf8: bool = False  #: RFC 6531

    @classmethod
    def of(cls, extensions: Mapping[str, str]) -> Offers:
        """Return what is offered by `extensions`: keyword, lower case → parameter."""
        size: int | None = None
        if "size" in extensions:
            limit = extensions["size"]
            size = int(limit) if limit.isdecimal() else 0
        return cls(
            dsn="dsn" in extensions,
            size=size,
            pipelining="pipelining" in extensions,
            eight_bit="8bitmime" in extensions,
            utf8="smtputf8" in extensions,
        )

    @property
    def least(self) -> Offers:
        """Return what is left to a relay that stumbles over what it has offered."""
        return replace(self, dsn=False, size=None, pipelining=False)

    def objection(self, message: Message) -> Exchange | None:
        """Return why the relay need not be asked for `message`; `None` if it may."""
        if self.size and message.size > self.size:
            return Exchange(Stage.MAIL, silence=Silence.TOO_LARGE)
        if not (self.eight_bit or message.is_7bit):
            return Exchange(Stage.MAIL, silence=Silence.NEEDS_8BIT)
        if not (self.utf8 or message.envelope.forward_path.isascii()):
            return Exchange(Stage.RCPT, silence=Silence.NEEDS_EAI)
        return None


def commands(message: Message, offers: Offers) -> tuple[bytes, bytes, bytes]:
    """
    Return MAIL, RCPT and DATA for `message`, without CRLF.

    Raises:
        ValueError: An address could end its command or begin another: our own bug.
    """
    return mail(message, offers), rcpt(message, offers), b"DATA"


def mail(message: Message, offers: Offers) -> bytes:
    """Return the MAIL command, with the parameters the relay offers to take."""
    envelope = message.envelope
    line = b"MAIL FROM:<%b>" % _path(envelope.reverse_path)
    if offers.size is not None:
        line += b" SIZE=%d" % message.size
    if not message.is_7bit:
        line += b" BODY=8BITMIME"
    if not envelope.forward_path.isascii():
        line += b" SMTPUTF8"
    if offers.dsn:
        line += b" RET=HDRS"
        if envelope.envid:
            line += b" ENVID=" + xtext(envelope.envid)
    return line


def rcpt(message: Message, offers: Offers) -> bytes:
    """Return the RCPT command, with the parameters the relay offers to take."""
    path = message.envelope.forward_path
    line = b"RCPT TO:<%b>" % _path(path)
    if offers.dsn:
        line += b" NOTIFY=FAILURE,DELAY ORCPT=" + _original(path)
    return line


def xtext(text: str) -> bytes:
    """Return `text` in the encoding of RFC 3461, section 4."""
    return _NOT_XCHAR.sub(lambda found: b"+%02X" % found[0][0], text.encode("ascii"))


def _original(path: str) -> bytes:
    """Return the address as ORCPT has it (RFC 3461, 4.2; RFC 6533, section 3)."""
    if path.isascii():
        return b"rfc822;" + xtext(path)
    encoded = _NOT_QCHAR.sub(lambda found: rf"\x{{{ord(found[0]):02X}}}", path)
    return b"utf-8;" + encoded.encode("ascii")


def _path(address: str) -> bytes:
    if not (_PATH.fullmatch(address) and address.isprintable()):
        raise ValueError(f"{address!r} is no address that a command can hold")
    return address.encode()
