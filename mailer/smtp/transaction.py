"""
Transfer messages over an open session: MAIL, RCPT, DATA, body, mark, dot.

Nothing that could make the relay take the message leaves before the ledger's
second mark: the body goes out up to and including its last line end, and only
the mark releases the dot (RFC 5321, section 4.1.1.4; RFC 1047 for the reason).

Where the relay offers PIPELINING (RFC 2920), MAIL, RCPT and DATA go out at
once, and with the dot of the message before if that is known: one round trip
for each message.  Without the offer, and after anything unusual, they go one
by one; either way the same event has the same ending.

What the end of a transaction means is decided in `mailer.delivery.verdict`;
what becomes of the connection, in `mailer.smtp.session`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from mailer.model.smtp import SYNTAX, Exchange, Silence, SmtpReply, Stage
from mailer.smtp import pipeline
from mailer.smtp.commands import ENVELOPE, Offers, check_paths, command
from mailer.smtp.endings import agrees, ended, farewell_or_surplus, refusal_or_surplus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.model.message import Message
    from mailer.smtp.conversation import Conversation
    from mailer.smtp.settings import Timeouts

#: makes the second mark durable; False if the ledger does not allow the dot
Mark = Callable[[], Awaitable[bool]]

BLOCK = 64 * 1024  # octets between two looks at the clock


class Dialogue:
    """What is said on one session: one message after the other."""

    def __init__(
        self, conversation: Conversation, offers: Offers, timeouts: Timeouts
    ) -> None:
        self._conversation = conversation
        self._timeouts = timeouts
        self._offers = offers  # fewer, once something unusual has happened
        #: the envelope which left with the last dot; only its body may follow
        self.ahead: pipeline.Group | None = None
        self._is_reset: bool | None = None  # `None`: not asked yet

    async def run(
        self, message: Message, mark: Mark, following: Message | None = None
    ) -> Exchange:
        """
        Transfer `message`; return how it ended, wherever that was.

        Args:
            message: What is transferred.
            mark: Asked between body and dot.
            following: Whose envelope may go out with the dot, as `ahead`.

        Raises:
            ValueError: An address is no path, or the envelope of another message
                is out.  Our own bug, found before anything is sent.
        """
        group, self.ahead, self._is_reset = self.ahead, None, None
        if group is not None and group.message is not message:
            raise ValueError("the envelope of another message is out")
        check_paths(message.envelope)
        if following is not None:
            check_paths(following.envelope)
        if not self._offers.fit(message):
            return Exchange(Stage.MAIL, silence=Silence.TOO_LARGE)
        return (
            await self._envelope(message, group)
            or await self._body(message)
            or await self._mark(mark)
            or await self._dot(following)
        )

    async def reset(self) -> bool:
        """Take a refused envelope back, once; return whether the relay agreed."""
        if self._is_reset is None:
            answer = await self._conversation.ask(b"RSET", self._timeouts.reset)
            self._is_reset = isinstance(answer, SmtpReply) and answer.is_positive
        return self._is_reset

    # Each returns `None` if the next may follow, else how the transaction ended.

    async def _envelope(
        self, message: Message, group: pipeline.Group | None
    ) -> Exchange | None:
        if group is None:
            if interruption := self._conversation.interruption:
                # Idle until now: what came is either its farewell or out of step.
                return ended(Stage.MAIL, farewell_or_surplus(interruption))
            if not self._offers.pipelining:
                return await self._one_by_one(message)
            lines = self._commands(message)
            group = pipeline.Group(message, self._conversation.send(*lines))
        ending = await pipeline.read(group, self._conversation, self._timeouts)
        return ending and await self._refused(ending, group)

    async def _refused(
        self, ending: Exchange, group: pipeline.Group
    ) -> Exchange | None:
        """Get over a group that was not agreed to; go on as `_envelope` does."""
        # From now on one by one: with each refused RCPT of a group comes a DATA
        # out of place, and Exim leaves after a few (smtp_max_synprot_errors).
        self._offers = replace(self._offers, pipelining=False)
        ending, self._is_reset = await pipeline.confirm(
            ending, group, self._conversation, self._timeouts
        )
        if self._is_reset and ending.reply and ending.reply.code in SYNTAX:
            self._is_reset = None
            self._offers = Offers()  # perhaps a parameter, perhaps the group itself
            return await self._one_by_one(group.message)
        return ending

    async def _one_by_one(self, message: Message) -> Exchange | None:
        for stage in ENVELOPE:
            if ending := await self._command(stage, message):
                return ending
        return None

    async def _command(self, stage: Stage, message: Message) -> Exchange | None:
        seconds = self._timeouts.for_reply(stage)
        line = command(stage, message, self._offers)
        answer = await self._conversation.ask(line, seconds)
        if isinstance(answer, SmtpReply) and answer.code in SYNTAX:
            self._offers = Offers()  # perhaps it was a parameter: once more without
            plain = command(stage, message, self._offers)
            if plain != line and self._conversation.interruption is None:
                answer = await self._conversation.ask(plain, seconds)
        if not agrees(stage, answer):
            return ended(stage, answer)
        if interruption := self._conversation.interruption:
            # A second reply: were it taken for the next command's, a refused
            # message would count as accepted.
            return ended(stage, farewell_or_surplus(interruption))
        return None

    async def _body(self, message: Message) -> Exchange | None:
        for block in _blocks(message):
            silence = await self._conversation.write(block, self._timeouts.block)
            if interruption := self._conversation.interruption or silence:
                return ended(Stage.BODY, refusal_or_surplus(interruption))
        return None

    async def _mark(self, mark: Mark) -> Exchange | None:
        if not await mark():
            return Exchange(Stage.MARK, silence=Silence.WITHHELD)
        if interruption := self._conversation.interruption:
            return ended(Stage.MARK, refusal_or_surplus(interruption))
        return None

    async def _dot(self, following: Message | None) -> Exchange:
        """
        Release the message; return the reply, or what came instead of it.

        A message's content may begin a group (RFC 2920, section 3.1), so the
        next envelope leaves in the same write.
        """
        if following and self._offers.pipelining and self._offers.fit(following):
            lines = self._commands(following)
            dot, *due = self._conversation.send(b".", *lines)
            self.ahead = pipeline.Group(following, due)
        else:
            (dot,) = self._conversation.send(b".")
        answer = await self._conversation.answer(dot, self._timeouts.end_of_data)
        return ended(Stage.END_OF_DATA, answer)

    def _commands(self, message: Message) -> list[bytes]:
        return [command(stage, message, self._offers) for stage in ENVELOPE]


def _blocks(message: Message) -> Iterator[memoryview]:
    for piece in message.pieces:
        text = memoryview(piece.stuffed)
        for start in range(0, len(text), BLOCK):
            yield text[start : start + BLOCK]
