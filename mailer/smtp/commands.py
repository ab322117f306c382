"""
Spell what goes over the wire: the commands of one envelope, and the body.

Pure: nothing is written here.  The order of the commands, and whether they go
one by one or at once, is decided in `mailer.smtp.transaction`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.model.smtp import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.model.message import Envelope, Message

#: the stages of an envelope, in the order of its commands
ENVELOPE = (Stage.MAIL, Stage.RCPT, Stage.DATA)

_PATH = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")  # ASCII without blanks and < >

_NOT_XCHAR = re.compile(rb"[^!-*,-<>-~]")  # RFC 3461, section 4: without + and =


@dataclass(frozen=True, slots=True)
class Offers:
    """Which of the extensions we use stand in the reply to EHLO."""

    dsn: bool = False  #: RFC 3461
    size: int | None = None  #: octets (RFC 1870); 0 is no fixed limit, None no SIZE
    pipelining: bool = False  #: RFC 2920

    @classmethod
    def of(cls, extensions: Mapping[str, str]) -> Offers:
        """Return what is offered by `extensions`: keyword, lower case → parameter."""
        size: int | None = None
        if "size" in extensions:
            limit = extensions["size"]
            size = int(limit) if limit.isdecimal() else 0
        return cls("dsn" in extensions, size, "pipelining" in extensions)

    def fit(self, message: Message) -> bool:
        """Return whether `message` is within the size that was announced."""
        return not self.size or message.size <= self.size


def command(stage: Stage, message: Message, offers: Offers) -> bytes:
    """Return the envelope's command of that stage, without CRLF."""
    match stage:
        case Stage.MAIL:
            return mail(message.envelope, offers, message.size)
        case Stage.RCPT:
            return rcpt(message.envelope, offers)
        case _:
            return b"DATA"


def mail(envelope: Envelope, offers: Offers, size: int) -> bytes:
    """Return the MAIL command, with the parameters the relay offers to take."""
    line = b"MAIL FROM:<%b>" % envelope.reverse_path.encode("ascii")
    if offers.size is not None:
        line += b" SIZE=%d" % size
    if offers.dsn:
        line += b" RET=HDRS"
        if envelope.envid:
            line += b" ENVID=" + xtext(envelope.envid)
    return line


def rcpt(envelope: Envelope, offers: Offers) -> bytes:
    """Return the RCPT command, with the parameters the relay offers to take."""
    path = envelope.forward_path
    line = b"RCPT TO:<%b>" % path.encode("ascii")
    if offers.dsn:
        line += b" NOTIFY=FAILURE,DELAY ORCPT=rfc822;" + xtext(path)
    return line


def xtext(text: str) -> bytes:
    """Return `text` in the encoding of RFC 3461, section 4."""
    return _NOT_XCHAR.sub(lambda found: b"+%02X" % found[0][0], text.encode("ascii"))


def check_paths(envelope: Envelope) -> None:
    """Raise `ValueError` for a path that could end a command or begin another."""
    for path in (envelope.reverse_path, envelope.forward_path):
        if not _PATH.fullmatch(path):
            raise ValueError(f"{path!r} is no address in ASCII")
