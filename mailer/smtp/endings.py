"""
Name how a transaction ended: the stage, and what was said there.

What came without being asked for is kept only where it can be an answer; it is
`SURPLUS` otherwise.  What an ending means is decided in
`mailer.delivery.verdict`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.model.smtp import CLOSING, Exchange, Silence, SmtpReply, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.smtp.conversation import Answer

START_INPUT = 354


def agrees(stage: Stage, answer: Answer) -> bool:
    """Return whether the relay agreed to the envelope's command of that stage."""
    if not isinstance(answer, SmtpReply):
        return False
    return answer.code == START_INPUT if stage is Stage.DATA else answer.is_positive


def is_refusal(answer: Answer | None) -> bool:
    """Return whether it is a 4yz or 5yz."""
    return isinstance(answer, SmtpReply) and (
        answer.is_transient or answer.is_permanent
    )


def ended(stage: Stage, answer: Answer) -> Exchange:
    """Return the exchange which ended with `answer`."""
    if isinstance(answer, SmtpReply):
        return Exchange(stage, reply=answer)
    return Exchange(stage, silence=answer)


def farewell_or_surplus(interruption: Answer) -> Answer:
    """Return a 421, which may come at any time (RFC 5321, section 3.8)."""
    return _kept(interruption, lambda reply: reply.code == CLOSING)


def refusal_or_surplus(interruption: Answer) -> Answer:
    """Return a refusal, which some relays send before they have read it all."""
    return _kept(interruption, is_refusal)


def _kept(interruption: Answer, is_kept: Callable[[SmtpReply], bool]) -> Answer:
    """Return what came unasked, as it is or as the `SURPLUS` that it amounts to."""
    if isinstance(interruption, SmtpReply) and not is_kept(interruption):
        return Silence.SURPLUS
    return Silence.SURPLUS if interruption is Silence.MALFORMED else interruption
