"""
Decide what the end of an attempt means for its delivery.

The relay answers each command with a three-digit reply (RFC 5321, section
4.2), or it does not answer.  "What was said, and at which stage" becomes one
of four outcomes and names whose fault it was.  The numbers in the comments
are the rows of the decision table, which stands row by row in the tests.

When to try again is decided in `mailer.delivery.retry`; what several ends in
a row mean, in `mailer.delivery.breaker`.
"""

from __future__ import annotations

from mailer.model.delivery import Fault, Outcome, Verdict
from mailer.model.smtp import CLOSING, SYNTAX, Exchange, Silence, SmtpReply, Stage

ACCEPTED = Verdict(Outcome.ACCEPTED)
OUR_STOP = Verdict(Outcome.DEFERRED, Fault.NOBODY)
HOST = Verdict(Outcome.DEFERRED, Fault.HOST)
OFFICE = Verdict(Outcome.DEFERRED, Fault.OFFICE)  # pause; the row stays planned
LATER = Verdict(Outcome.DEFERRED, Fault.RECIPIENT)
NOT_TAKEN = Verdict(Outcome.REFUSED, Fault.RECIPIENT)
NO_SUCH_ADDRESS = Verdict(Outcome.REFUSED, Fault.RECIPIENT, suppress=True)
MESSAGE = Verdict(Outcome.REFUSED, Fault.MESSAGE)
IN_DOUBT = Verdict(Outcome.IN_DOUBT, Fault.HOST)

#: the mailbox, its domain or its syntax is wrong (row 23; RFC 3463, section 3.2);
#: 5.1.10 is the null MX of RFC 7505, 5.2.1 a mailbox that was shut
NOWHERE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})

#: 552 since RFC 821, which old servers also say for "too many recipients"
EXCEEDED = 552

MAILBOX_FULL = "5.2.2"


def verdict(exchange: Exchange) -> Verdict:
    """
    Return what became of an attempt which ended with `exchange`.

    Total: every stage with every reply or silence has a verdict.
    Silence is harmless until the dot is on the wire; after that the relay may
    have stored the message without our knowing (RFC 1047).
    """
    if exchange.reply is None:
        return _after_silence(exchange.stage, exchange.silence)
    return _after_reply(exchange.stage, exchange.reply)


def _after_silence(stage: Stage, silence: Silence | None) -> Verdict:
    """Return the verdict where no reply came, or none that can be read."""
    if stage is Stage.END_OF_DATA:  # 36 to 39
        return IN_DOUBT
    match silence:
        case Silence.WITHHELD | Silence.CANCELLED:  # 32
            return OUR_STOP
        case Silence.NOT_OFFERED | Silence.UNTRUSTED:  # 8, 9
            return OFFICE
        case Silence.TOO_LARGE | Silence.NEEDS_8BIT:  # 16: the same for everybody
            return OFFICE
        case Silence.NEEDS_EAI:  # no relay will do that is not another one
            return NOT_TAKEN
        case _ if stage is Stage.STARTTLS:
            # 9: what disturbs the handshake may want us to go on without it
            return OFFICE
        case _:  # 1, 3, 7, 12, 26, 30
            return HOST


def _after_reply(stage: Stage, reply: SmtpReply) -> Verdict:
    """Return the verdict where the relay answered."""
    match stage:
        case Stage.END_OF_DATA:  # first: nearly every message ends here
            return _to_the_dot(reply)
        case Stage.CONNECT | Stage.GREETING | Stage.EHLO:  # 3, 4, 6, 7
            return OFFICE if reply.is_permanent else HOST
        case Stage.STARTTLS:  # 8: never in clear instead
            return OFFICE
        case Stage.AUTH:  # 11, 12; an endless challenge (3yz) is no way in either
            return HOST if reply.is_transient else OFFICE
        case Stage.MAIL:
            return _to_mail(reply)
        case Stage.RCPT:
            return _to_rcpt(reply)
        case Stage.DATA:
            return _to_data(reply)
        case Stage.BODY | Stage.MARK:
            return _too_early(reply)


def _to_mail(reply: SmtpReply) -> Verdict:
    if reply.code in SYNTAX:  # 18: once more, then the breaker decides
        return HOST
    # 16, 17: size and sender are the same for everybody; 14, 15, and out of place
    return OFFICE if reply.is_permanent else HOST


def _to_rcpt(reply: SmtpReply) -> Verdict:
    if reply.code == CLOSING:  # 22
        return HOST
    if reply.code == EXCEEDED or reply.enhanced == MAILBOX_FULL:
        # 21: transient, says RFC 5321, section 4.5.3.1.10; full today, empty later
        return LATER
    if reply.is_permanent and reply.enhanced in NOWHERE:
        # 23; before 18, because Postfix says 501 5.1.3 of a malformed address
        return NO_SUCH_ADDRESS
    if reply.code in SYNTAX:  # 18
        return HOST
    if reply.is_permanent:  # 24: relaying denied, policy, no reason given
        return NOT_TAKEN
    return LATER if reply.is_transient else HOST  # 20, and out of place


def _to_data(reply: SmtpReply) -> Verdict:
    if reply.code in SYNTAX:  # 18
        return HOST
    # 28; 27, 29: a 2yz leaves the relay in a state we do not know
    return MESSAGE if reply.is_permanent else HOST


def _too_early(reply: SmtpReply) -> Verdict:
    """Return the verdict of a reply that came before the dot was out (30, 31)."""
    if reply.is_permanent:
        return MESSAGE
    return LATER if reply.is_transient and reply.code != CLOSING else HOST


def _to_the_dot(reply: SmtpReply) -> Verdict:
    if reply.is_positive:  # 33: any 2yz here; none earlier accepts anything
        return ACCEPTED
    if reply.is_permanent:  # 35
        return MESSAGE
    if reply.is_transient:  # 34: the relay must not deliver (RFC 5321, 4.2.5)
        return HOST if reply.code == CLOSING else LATER
    return IN_DOUBT  # 38
