"""
A session with the relay, and whether it may be used again.

Opened in `mailer.smtp.opening`; one message goes through it at a time, by
`mailer.smtp.transaction`, with at most the envelope of the next behind it.
What the end of one means is decided in `mailer.delivery.verdict`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mailer.model.smtp import CLOSING, SYNTAX, UNASKED, Exchange, Stage
from mailer.smtp.conversation import Conversation
from mailer.smtp.opening import Opening, SessionRefused
from mailer.smtp.pipeline import is_leave
from mailer.smtp.transaction import Dialogue

if TYPE_CHECKING:
    from mailer.model.message import Message
    from mailer.smtp.commands import Offers
    from mailer.smtp.settings import RelaySettings
    from mailer.smtp.transaction import Mark

__all__ = ["Session", "SessionRefused"]

MAX_IDLE = 60  # seconds; relays close idle sessions after a few minutes
MAX_MESSAGES = 100  # many relays end a session there, and say 421 at a bad moment


class Session:
    """An open session; one message at a time."""

    def __init__(
        self, transport: asyncio.Transport, offers: Offers, settings: RelaySettings
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._conversation = Conversation(transport)
        self._timeouts = settings.timeouts
        self._dialogue = Dialogue(self._conversation, offers, self._timeouts)
        self._is_broken = False
        self._messages = 0
        self._used_at = self._loop.time()

    @classmethod
    async def open(cls, settings: RelaySettings) -> Session:
        """
        Connect, secure the connection, log in.

        Raises:
            SessionRefused: Somewhere on the way it ended; nothing was sent.
        """
        transport, offers = await Opening(settings).run()
        return cls(transport, offers, settings)

    @property
    def usable(self) -> bool:
        """
        Return whether another message may go through this session.

        It may not after anything that was not clean, when something came
        unasked (a farewell, for instance) or instead of a reply to what follows,
        when it was idle for a minute, or after its hundredth message.
        """
        ahead = self._conversation.next_answer  # the relay's, to what follows
        return not (
            self._is_broken
            or self._conversation.interruption
            or (ahead and is_leave(ahead))
            or self._messages >= MAX_MESSAGES
            or self._loop.time() - self._used_at > MAX_IDLE
        )

    async def deliver(
        self, message: Message, mark: Mark, following: Message | None = None
    ) -> Exchange:
        """
        Transfer one message; return how that ended, whatever happened.

        `mark` is awaited between body and dot.  If it returns False or raises,
        the connection is closed and the relay never has the message.

        `following` is what will be delivered next, if that is known by now.  Its
        envelope goes out with the dot where the relay allows it, which saves a
        round trip; nothing of it can be accepted before its own dot.  Either
        call `deliver` with that very object next, or `forget` it.

        Cancelled before the dot, it closes and passes the cancellation on:
        nothing was transferred.  Once `mark` has returned True it must be let
        finish: shielding it, for up to ten minutes, is the caller's duty.
        Forced nevertheless, it closes, and the delivery is in doubt.

        Raises:
            ValueError: The message is none, or not the one that was to follow;
                see `Dialogue.run`.
        """
        if self._messages + 1 >= MAX_MESSAGES:
            following = None  # not through this session
        self._is_broken = True  # until it has ended well
        try:
            exchange = await self._dialogue.run(message, mark, following)
            self._is_broken = not await self._is_clean_after(exchange)
        finally:
            if self._is_broken:
                self._conversation.abort()
        self._messages += 1
        self._used_at = self._loop.time()
        return exchange

    async def forget(self) -> None:
        """
        Take back what was to follow, as it will not be delivered here.

        The relay may be waiting for its body by now.  All that we could say
        would be text in it, and a dot would send it; so the connection is
        closed, and the next message costs a new session.  If no envelope is
        out, nothing is done.
        """
        if self._dialogue.ahead is not None:
            await self.quit()

    async def quit(self) -> None:
        """Say goodbye, without insisting on an answer, and close."""
        may_speak = not (self._is_broken or self._dialogue.ahead)
        self._is_broken = True
        if may_speak and self._conversation.interruption is None:
            await self._conversation.ask(b"QUIT", self._timeouts.reset)
        await self._conversation.close(self._timeouts.reset)

    async def _is_clean_after(self, exchange: Exchange) -> bool:
        """
        Return whether both sides agree that a new transaction may begin.

        After an acceptance they do.  A refused recipient leaves MAIL standing:
        RSET takes it back in one round trip, where a new session would cost
        five or more, and a list has many refused recipients.  Its reply cannot
        be mistaken, since `exchange` is known already and any oddity closes.
        Everything else is not worth the risk.
        """
        reply = exchange.reply
        if self._conversation.interruption is not None:
            return False
        if reply is None:
            return exchange.silence in UNASKED
        if exchange.stage is Stage.END_OF_DATA:
            return reply.is_positive
        if exchange.stage is not Stage.RCPT or reply.code in SYNTAX | {CLOSING}:
            return False
        if not (reply.is_transient or reply.is_permanent):
            return False
        return await self._dialogue.reset()
