"""
Transfer one message over an open session: MAIL, RCPT, DATA, body, mark, dot.

Nothing that could make the relay take the message leaves before the ledger's
second mark: the body goes out up to and including its last line end, and only
the mark releases the dot (RFC 5321, section 4.1.1.4; RFC 1047 for the reason).
What the end of a transaction means is decided in `mailer.delivery.verdict`;
what becomes of the connection, in `mailer.smtp.session`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.model.smtp import CLOSING, SYNTAX, Exchange, Silence, SmtpReply, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.model.message import Envelope, Message
    from mailer.smtp.conversation import Answer, Conversation
    from mailer.smtp.settings import Timeouts

#: makes the second mark durable; False if the ledger does not allow the dot
Mark = Callable[[], Awaitable[bool]]

BLOCK = 64 * 1024  # octets between two looks at the clock

START_INPUT = 354

_PATH = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")  # ASCII without blanks and < >

_NOT_XCHAR = re.compile(rb"[^!-*,-<>-~]")  # RFC 3461, section 4: without + and =


@dataclass(frozen=True, slots=True)
class Offers:
    """Which of the extensions we use stand in the reply to EHLO."""

    dsn: bool = False  #: RFC 3461
    size: int | None = None  #: octets (RFC 1870); 0 is no fixed limit, None no SIZE

    @classmethod
    def of(cls, extensions: Mapping[str, str]) -> Offers:
        """Return what is offered by `extensions`: keyword, lower case → parameter."""
        size = extensions.get("size")
        if size is not None:
            return cls("dsn" in extensions, int(size) if size.isdecimal() else 0)
        return cls("dsn" in extensions)


class Transaction:
    """
    One message's way to the relay.

    Raises:
        ValueError: The message is none: bare CR or LF, no CRLF at its end, or an
            address that is no path.  Our own bug, found before a byte is sent.
    """

    def __init__(
        self, conversation: Conversation, offers: Offers, timeouts: Timeouts
    ) -> None:
        self._conversation = conversation
        self._timeouts = timeouts
        self.offers = offers  #: fewer, once the relay has not understood a parameter

    async def run(self, message: Message, mark: Mark) -> Exchange:
        """Transfer `message`; return how it ended, wherever that was."""
        text = stuffed(message.data)
        _check_paths(message.envelope)
        size = len(message.data)
        if self.offers.size and size > self.offers.size:
            return Exchange(Stage.MAIL, silence=Silence.TOO_LARGE)
        return (
            await self._envelope(message.envelope, size)
            or await self._body(text)
            or await self._mark(mark)
            or await self._dot()
        )

    async def _envelope(self, envelope: Envelope, size: int) -> Exchange | None:
        """Return `None` once the relay waits for the body, else how it ended."""
        if interruption := self._conversation.interruption:
            # Idle until now: what came is either its farewell or out of step.
            return _ended(Stage.MAIL, _farewell_or_surplus(interruption))
        return (
            await self._command(Stage.MAIL, lambda: mail(envelope, self.offers, size))
            or await self._command(Stage.RCPT, lambda: rcpt(envelope, self.offers))
            or await self._command(Stage.DATA, lambda: b"DATA")
        )

    async def _command(
        self, stage: Stage, command: Callable[[], bytes]
    ) -> Exchange | None:
        """Return `None` if the relay agreed to `command`, else how it ended."""
        line = command()
        answer = await self._ask(stage, line)
        if isinstance(answer, SmtpReply) and answer.code in SYNTAX:
            self.offers = Offers()  # perhaps it was a parameter: once more without
            plain = command()
            if plain != line and self._conversation.interruption is None:
                answer = await self._ask(stage, plain)
        if not _agrees(stage, answer):
            return _ended(stage, answer)
        if interruption := self._conversation.interruption:
            # A second reply: were it taken for the next command's, a refused
            # message would count as accepted.
            return _ended(stage, _farewell_or_surplus(interruption))
        return None

    async def _ask(self, stage: Stage, line: bytes) -> Answer:
        seconds = {
            Stage.MAIL: self._timeouts.mail,
            Stage.RCPT: self._timeouts.rcpt,
            Stage.DATA: self._timeouts.data,
        }[stage]
        return await self._conversation.ask(line + b"\r\n", seconds)

    async def _body(self, text: bytes) -> Exchange | None:
        """Write all of `text`; return `None` if nothing got in the way."""
        for start in range(0, len(text), BLOCK):
            block = text[start : start + BLOCK]
            silence = await self._conversation.write(block, self._timeouts.block)
            if interruption := self._conversation.interruption or silence:
                return _ended(Stage.BODY, _refusal_or_surplus(interruption))
        return None

    async def _mark(self, mark: Mark) -> Exchange | None:
        """Return `None` if the dot may follow and somebody is there to read it."""
        if not await mark():
            return Exchange(Stage.MARK, silence=Silence.WITHHELD)
        if interruption := self._conversation.interruption:
            return _ended(Stage.MARK, _refusal_or_surplus(interruption))
        return None

    async def _dot(self) -> Exchange:
        """Release the message; return the reply, or what came instead of it."""
        answer = await self._conversation.ask(b".\r\n", self._timeouts.end_of_data)
        return _ended(Stage.END_OF_DATA, answer)


def mail(envelope: Envelope, offers: Offers, size: int) -> bytes:
    """Return the MAIL command, with the parameters the relay offers to take."""
    command = b"MAIL FROM:<%b>" % envelope.reverse_path.encode("ascii")
    if offers.size is not None:
        command += b" SIZE=%d" % size
    if offers.dsn:
        command += b" RET=HDRS"
        if envelope.envid:
            command += b" ENVID=" + xtext(envelope.envid)
    return command


def rcpt(envelope: Envelope, offers: Offers) -> bytes:
    """Return the RCPT command, with the parameters the relay offers to take."""
    path = envelope.forward_path
    command = b"RCPT TO:<%b>" % path.encode("ascii")
    if offers.dsn:
        command += b" NOTIFY=FAILURE,DELAY ORCPT=rfc822;" + xtext(path)
    return command


def xtext(text: str) -> bytes:
    """Return `text` in the encoding of RFC 3461, section 4."""
    return _NOT_XCHAR.sub(lambda found: b"+%02X" % found[0][0], text.encode("ascii"))


def stuffed(data: bytes) -> bytes:
    """
    Return `data` with a second dot before each line that begins with one.

    RFC 5321, section 4.5.2.

    Raises:
        ValueError: A line does not end in CRLF.  Servers disagree about what a
            bare LF ends, and a second message could hide behind it.
    """
    line_ends = data.count(b"\r\n")
    if data.count(b"\n") != line_ends or data.count(b"\r") != line_ends:
        raise ValueError("the message has a bare CR or LF")
    if not data.endswith(b"\r\n"):
        raise ValueError("the message does not end with CRLF")
    text = data.replace(b"\r\n.", b"\r\n..")
    return b"." + text if text.startswith(b".") else text


def _check_paths(envelope: Envelope) -> None:
    """Raise `ValueError` for a path that could end a command or begin another."""
    for path in (envelope.reverse_path, envelope.forward_path):
        if not _PATH.fullmatch(path):
            raise ValueError(f"{path!r} is no address in ASCII")


def _agrees(stage: Stage, answer: Answer) -> bool:
    if not isinstance(answer, SmtpReply):
        return False
    return answer.code == START_INPUT if stage is Stage.DATA else answer.is_positive


def _ended(stage: Stage, answer: Answer) -> Exchange:
    if isinstance(answer, SmtpReply):
        return Exchange(stage, reply=answer)
    return Exchange(stage, silence=answer)


def _farewell_or_surplus(interruption: Answer) -> Answer:
    """Return a 421, which may come at any time (RFC 5321, section 3.8)."""
    return _kept(interruption, lambda reply: reply.code == CLOSING)


def _refusal_or_surplus(interruption: Answer) -> Answer:
    """Return a refusal, which some relays send before they have read it all."""
    return _kept(interruption, lambda reply: reply.is_transient or reply.is_permanent)


def _kept(interruption: Answer, is_kept: Callable[[SmtpReply], bool]) -> Answer:
    """Return what came unasked, as it is or as the `SURPLUS` that it amounts to."""
    if isinstance(interruption, SmtpReply) and not is_kept(interruption):
        return Silence.SURPLUS
    return Silence.SURPLUS if interruption is Silence.MALFORMED else interruption
