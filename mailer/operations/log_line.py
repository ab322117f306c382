"""
What stands in a line of the office's log: ids and numbers, never a person.

Neither addresses nor names, nor anything in the relay's words: those quote the
address.  Who a delivery was for, and what was said, is in the ledger
(`mailer timeline`), where it can be erased.
The same names as in the ledger; times in UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailer.errors import MailerError
    from mailer.model.delivery import Delivery, Outcome
    from mailer.model.smtp import Exchange
    from mailer.operations.office import Office

#: what a line may say; the type, so that no text of others comes in by mistake
Value = str | int | float | None


def log(office: Office, event: str, **said: Value) -> None:
    """Add a line on what happened; every value is our own word, or a number."""
    at = office.clock.now().isoformat(timespec="milliseconds")
    office.log.write({"time": at, "event": event, **said})


def log_attempt(
    office: Office,
    delivery: Delivery,
    outcome: Outcome,
    exchange: Exchange,
    *,
    relay: str,
    seconds: float,
    octets: int,
) -> None:
    """
    Add the line of one attempt.

    Args:
        office: Whose log it is.
        delivery: What was attempted.
        outcome: What became of it.
        exchange: How it ended.
        relay: "host:port".
        seconds: From its first command to its end.
        octets: Of the message.
    """
    log(
        office,
        "attempt",
        campaign=delivery.campaign,
        step=delivery.step,
        delivery=delivery.id,
        reference=delivery.reference,
        attempt=delivery.attempts,
        outcome=outcome.value,
        relay=relay,
        seconds=round(seconds, 3),
        octets=octets,
        **how_it_ended(exchange),
    )


def log_trouble(office: Office, work: str, error: MailerError) -> None:
    """Add that a tick could not do its work; the words are in `mailer doctor`."""
    log(
        office,
        "trouble",
        work=work,
        error=type(error).__name__,
        exit_code=int(error.exit_code),
    )


def how_it_ended(exchange: Exchange) -> dict[str, Value]:
    """Return stage and reply, without the reply's words."""
    reply, silence = exchange.reply, exchange.silence
    return {
        "stage": exchange.stage.value,
        "code": reply.code if reply else None,
        "status": reply.enhanced if reply else None,
        "silence": silence.value if silence else None,
    }
