"""
Transfer messages over an open session: MAIL, RCPT, DATA, body, mark, dot.

Nothing that could make the relay take the message leaves before the ledger's
second mark: the body goes out up to and including its last line end, and only
the mark releases the dot (RFC 5321, section 4.1.1.4; RFC 1047 for the reason).

Where the relay offers PIPELINING (RFC 2920), MAIL, RCPT and DATA go out at
once, and with the dot of the message before if that is known: one round trip
for each message.  Without the offer, and after a refusal until a message was
taken, they go one by one; either way the same event has the same ending.

What the end of a transaction means is decided in `mailer.delivery.verdict`;
what becomes of the connection, in `mailer.smtp.session`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from mailer.model.smtp import SYNTAX, Exchange, Silence, SmtpReply, Stage
from mailer.smtp import pipeline
from mailer.smtp.commands import ENVELOPE, Offers, commands
from mailer.smtp.endings import agrees, ended, farewell_or_surplus, refusal_or_surplus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mailer.model.message import Message
    from mailer.smtp.conversation import Conversation
    from mailer.smtp.settings import Timeouts

#: makes the second mark durable; False if the ledger does not allow the dot
Mark = Callable[[], Awaitable[bool]]

#: octets between two looks at the clock: 1 kB/s is slow, but not stuck
BLOCK = 128 * 1024


class Dialogue:
    """What is said on one session: one message after the other."""

    def __init__(
        self, conversation: Conversation, offers: Offers, timeouts: Timeouts
    ) -> None:
        self._conversation = conversation
        self._timeouts = timeouts
        self._offers = offers  # fewer, once a command was not understood
        self._is_wary = False  # since a refusal
        #: whose envelope left with the last dot; only its body may follow
        self.ahead: Message | None = None
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
        ahead, self.ahead, self._is_reset = self.ahead, None, None
        if ahead is not None and ahead is not message:
            raise ValueError("the envelope of another message is out")
        behind = () if following is None else commands(following, self._offers)
        ending = (
            await self._envelope(message, is_out=ahead is not None)
            or await self._body(message)
            or await self._mark(mark)
        )
        if ending is not None:
            return ending
        if not self._may_announce(following):
            return await self._dot()
        self.ahead = following
        return await self._dot(behind)

    async def reset(self) -> bool:
        """Take a refused envelope back, once; return whether the relay agreed."""
        if self._is_reset is None:
            answer = await self._conversation.ask(b"RSET", self._timeouts.reset)
            self._is_reset = isinstance(answer, SmtpReply) and answer.is_positive
        return self._is_reset

    def _may_announce(self, following: Message | None) -> bool:
        return (
            following is not None
            and self._may_group
            and self._offers.objection(following) is None
        )

    @property
    def _may_group(self) -> bool:
        return self._offers.pipelining and not self._is_wary

    # Each returns `None` if the next may follow, else how the transaction ended.

    async def _envelope(self, message: Message, *, is_out: bool) -> Exchange | None:
        if not is_out:
            lines = commands(message, self._offers)
            if objection := self._offers.objection(message):
                return objection
            if interruption := self._conversation.interruption:
                # Idle until now: what came is either its farewell or out of step.
                return ended(Stage.MAIL, farewell_or_surplus(interruption))
            if not self._may_group:
                return await self._one_by_one(message)
            self._conversation.send(*lines)
        ending = await pipeline.read(self._conversation, self._timeouts)
        return ending and await self._refused(ending, message)

    async def _refused(self, ending: Exchange, message: Message) -> Exchange | None:
        """Get over a group that was not agreed to; go on as `_envelope` does."""
        # With each refused RCPT of a group comes a DATA out of place, and servers
        # count both.  Postfix slows down from the tenth without a message between.
        self._is_wary = True
        ending, self._is_reset = await pipeline.confirm(
            ending, self._conversation, self._timeouts
        )
        if self._is_reset and ending.reply and ending.reply.code in SYNTAX:
            self._is_reset = None
            self._offers = self._offers.least  # perhaps a parameter, or the group
            return await self._one_by_one(message)
        return ending

    async def _one_by_one(self, message: Message) -> Exchange | None:
        for place in range(len(ENVELOPE)):
            if ending := await self._command(place, message):
                return ending
        return None

    async def _command(self, place: int, message: Message) -> Exchange | None:
        stage = ENVELOPE[place]
        seconds = self._timeouts.for_reply(stage)
        line = commands(message, self._offers)[place]
        answer = await self._conversation.ask(line, seconds)
        if isinstance(answer, SmtpReply) and answer.code in SYNTAX:
            self._offers = self._offers.least  # perhaps a parameter: without, then
            plain = commands(message, self._offers)[place]
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
            await self._conversation.write(block, self._timeouts.block)
            if interruption := self._conversation.interruption:
                return ended(Stage.BODY, refusal_or_surplus(interruption))
        return None

    async def _mark(self, mark: Mark) -> Exchange | None:
        if not await mark():
            return Exchange(Stage.MARK, silence=Silence.WITHHELD)
        if interruption := self._conversation.interruption:
            return ended(Stage.MARK, refusal_or_surplus(interruption))
        return None

    async def _dot(self, behind: Sequence[bytes] = ()) -> Exchange:
        """
        Release the message; return the reply, or what came instead of it.

        A message's content may begin a group (RFC 2920, section 3.1), so the
        next envelope, `behind`, leaves in the same write.
        """
        self._conversation.send(b".", *behind)
        answer = await self._conversation.answer(self._timeouts.end_of_data)
        ending = ended(Stage.END_OF_DATA, answer)
        if ending.reply is not None and ending.reply.is_positive:
            self._is_wary = False
        return ending


def _blocks(message: Message) -> Iterator[bytes | memoryview]:
    """Yield the body: a usual letter at once, more of it piece by piece, uncopied."""
    texts = [piece.stuffed for piece in message.pieces]
    if sum(map(len, texts)) <= BLOCK:
        yield b"".join(texts)
        return
    for text in texts:
        for start in range(0, len(text), BLOCK):
            yield memoryview(text)[start : start + BLOCK]
