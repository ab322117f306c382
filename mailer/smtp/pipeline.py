"""
Read the replies to an envelope whose three commands went out at once (RFC 2920).

The first command that the relay did not agree to is the stage of the ending,
as it is one by one.  But the rest is out already, so what follows a refusal is
read as well: only when replies and commands match to the last is it certain
whose refusal it is, and a wrong guess would suppress somebody's address.
A relay that leaves out one reply and gives the next cannot be found out.
What is done after a refusal is decided in `mailer.smtp.transaction`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.model.smtp import CLOSING, Exchange, Silence, SmtpReply, Stage
from mailer.smtp.commands import ENVELOPE
from mailer.smtp.endings import agrees, ended, farewell_or_surplus, is_refusal

if TYPE_CHECKING:
    from mailer.smtp.conversation import Answer, Conversation
    from mailer.smtp.settings import Timeouts


async def read(conversation: Conversation, timeouts: Timeouts) -> Exchange | None:
    """Return `None` once the relay waits for the body, else how it ended."""
    for stage in ENVELOPE:
        answer = await conversation.answer(timeouts.for_reply(stage))
        if not agrees(stage, answer):
            return ended(stage, answer)
    if interruption := conversation.interruption:
        # One reply too many: perhaps the 354 is the answer to something else.
        return ended(Stage.DATA, farewell_or_surplus(interruption))
    return None


async def confirm(
    ending: Exchange, conversation: Conversation, timeouts: Timeouts
) -> tuple[Exchange, bool]:
    """
    Return how the group really ended, and whether it has been taken back.

    A reply too many shifts those after it, and the last of them is still to
    come.  RSET fetches it: a reply to RSET other than 2yz is not RSET's, and
    the group ended out of step.  If none comes, or a farewell, the refusal
    stands and the connection is not used again.
    """
    if not is_refusal(ending.reply) or is_leave(ending.reply):
        return ending, False
    last: Answer | None = ending.reply
    for _ in ENVELOPE[ENVELOPE.index(ending.stage) + 1 :]:
        last = await conversation.answer(timeouts.reset)
    if isinstance(last, SmtpReply) and last.is_positive:
        return ended(ending.stage, Silence.SURPLUS), False  # never DATA's reply
    if not is_refusal(last):
        # 354 although nobody is to get it (RFC 2920, section 3.1, and some do).
        # RSET would be text now, and a lone dot an empty letter where the 354
        # was meant: the caller closes, which is never wrong.
        return ending, False
    answer = conversation.interruption
    if answer is None:
        answer = await conversation.ask(b"RSET", timeouts.reset)
        if isinstance(answer, SmtpReply) and answer.is_positive:
            return ending, True
    if answer is Silence.SURPLUS or not is_leave(answer):
        return ended(ending.stage, Silence.SURPLUS), False
    return ending, False


def is_leave(answer: Answer | None) -> bool:
    """Return whether nothing more will come: a 421, or no reply at all."""
    return not isinstance(answer, SmtpReply) or answer.code == CLOSING
