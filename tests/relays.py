"""A relay, a session and a message for tests on real sockets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mailer.model.message import Envelope, Message
from mailer.model.smtp import Security
from mailer.sandbox.relay import Manner, ScriptedRelay
from mailer.smtp.session import Session, SessionRefused
from mailer.smtp.settings import RelaySettings, Timeouts

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from mailer.model.smtp import Exchange
    from mailer.smtp.transaction import Mark

SHORT = Timeouts(**dict.fromkeys(Timeouts.__slots__, 0.08))
PATIENT = Timeouts(**dict.fromkeys(Timeouts.__slots__, 20.0))


def a_message(to: str = "obcina@mesto.example", **changes: Any) -> Message:
    values = {
        "envelope": Envelope("b-token@posiljatelj.example", to, "e17.1"),
        "message_id": "<17@posiljatelj.example>",
        "data": b"Subject: Vabilo\r\n\r\nSpo\xc5\xa1tovani\r\n.\r\n..dots\r\n.end\r\n",
    }
    return Message(**(values | changes))


def settings(relay: ScriptedRelay, **changes: Any) -> RelaySettings:
    values = {
        "host": "127.0.0.1",
        "port": relay.port,
        "security": Security.NONE,
        "timeouts": PATIENT,
    }
    return RelaySettings(**(values | changes))


async def allowed() -> bool:
    """Be a mark that the ledger has made."""
    return True


async def withheld() -> bool:
    """Be a mark that the ledger has not made."""
    return False


def run(scenario: Coroutine[Any, Any, Any]) -> Any:
    """Run `scenario`; whatever hangs fails."""
    return asyncio.run(asyncio.wait_for(scenario, 60))


@dataclass(frozen=True)
class Attempt:
    """How one attempt ended, and what the other side knows about it."""

    exchange: Exchange
    relay: ScriptedRelay
    was_usable: bool = False


async def attempt(
    manner: Manner | None = None,
    message: Message | None = None,
    mark: Mark = allowed,
    **changes: Any,
) -> Attempt:
    """Send `message` to a relay of that manner, through a session of its own."""
    async with ScriptedRelay(manner=manner or Manner()) as relay:
        try:
            session = await Session.open(settings(relay, **changes))
        except SessionRefused as refused:
            return Attempt(refused.exchange, relay)
        exchange = await session.deliver(message or a_message(), mark)
        usable = session.usable
        await session.quit()
        return Attempt(exchange, relay, usable)
