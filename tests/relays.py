"""A relay, a session and a message for tests on real sockets."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from mailer.model.message import Envelope, Lines, Message
from mailer.model.smtp import Security, Stage
from mailer.sandbox.relay import Manner, ScriptedRelay
from mailer.smtp.session import Session, SessionRefused
from mailer.smtp.settings import RelaySettings, Timeouts

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from mailer.model.smtp import Exchange
    from mailer.smtp.transaction import Mark


CREDENTIALS = ("pisarna", "geslo-č")
LOGIN = dict(zip(("username", "password"), CREDENTIALS, strict=True))


class Way(Enum):
    """How a message comes to its dot."""

    ONE_BY_ONE = "one by one"  #: the relay offers no PIPELINING
    GROUPED = "grouped"  #: MAIL, RCPT and DATA at once
    BEHIND = "behind another"  #: they leave with the dot of another message
    BEFORE = "before another"  #: another's leave with its dot


SHORT = Timeouts(**dict.fromkeys(Timeouts.__slots__, 0.08))
PATIENT = Timeouts(**dict.fromkeys(Timeouts.__slots__, 20.0))


TEXT = b"Subject: Vabilo\r\n\r\nSpo=C5=A1tovani\r\n.\r\n..dots\r\n.end\r\n"


def a_message(
    to: str = "obcina@mesto.example", data: bytes = TEXT, **changes: Any
) -> Message:
    values = {
        "envelope": Envelope("b-token@posiljatelj.example", to, "e17.1"),
        "message_id": "<17@posiljatelj.example>",
        "pieces": (Lines(data),),
    }
    return Message(**(values | changes))


def settings(relay: ScriptedRelay | At, **changes: Any) -> RelaySettings:
    values = {
        "host": "127.0.0.1",
        "port": relay.port,
        "security": Security.NONE,
        "timeouts": PATIENT,
    }
    return RelaySettings(**(values | changes))


@dataclass(frozen=True)
class At:
    """Where a server of the test's own listens, as `settings` wants it."""

    port: int


async def allowed() -> bool:
    """Be a mark that the ledger has made."""
    return True


async def withheld() -> bool:
    """Be a mark that the ledger has not made."""
    return False


def run(scenario: Coroutine[Any, Any, Any], seconds: float = 60) -> Any:
    """Run `scenario`; whatever hangs fails."""
    return asyncio.run(asyncio.wait_for(scenario, seconds))


@dataclass(frozen=True)
class Attempt:
    """How one attempt ended, and what the other side knows about it."""

    exchange: Exchange
    relay: ScriptedRelay
    was_usable: bool = False
    message: Message | None = None
    #: the message behind it and how that ended, if it came so far
    following: tuple[Message, Exchange] | None = None


class FromTheSecond(dict[Stage, Any]):
    """A relay's script which leaves the first message alone."""

    def __init__(self, script: Mapping[Stage, Any]) -> None:
        super().__init__(script)
        self._seen = Counter[Stage]()

    def __contains__(self, stage: object) -> bool:
        assert isinstance(stage, Stage)
        self._seen[stage] += 1
        return super().__contains__(stage) and self._seen[stage] > 1


async def attempt(
    manner: Manner | None = None,
    message: Message | None = None,
    mark: Mark = allowed,
    way: Way = Way.GROUPED,
    **changes: Any,
) -> Attempt:
    """Send `message` to a relay of that manner, through a session of its own."""
    manner, message = manner or Manner(), message or a_message()
    if way is Way.ONE_BY_ONE:
        others = [each for each in manner.extensions if each != "PIPELINING"]
        manner = replace(manner, extensions=tuple(others))
    if way is Way.BEHIND:
        manner = replace(manner, script=FromTheSecond(manner.script))
    async with ScriptedRelay(manner=manner) as relay:
        try:
            session = await Session.open(settings(relay, **changes))
        except SessionRefused as refused:
            return Attempt(refused.exchange, relay)
        if way is Way.BEHIND:
            await session.deliver(a_message("prva@mesto.example"), allowed, message)
        other = a_message("naslednja@mesto.example") if way is Way.BEFORE else None
        exchange = await session.deliver(message, mark, other)
        following = None
        if other and session.usable and exchange.stage is Stage.END_OF_DATA:
            following = other, await session.deliver(other, allowed)
        usable = session.usable
        await session.quit()
        return Attempt(exchange, relay, usable, message, following)


async def mail_out(
    relay: ScriptedRelay | At, messages: Sequence[Message], **changes: Any
) -> list[Exchange]:
    """Deliver as a sender does: each message tells what is to follow."""
    session, exchanges = await Session.open(settings(relay, **changes)), []
    for message, following in zip(messages, [*messages[1:], None], strict=True):
        if not session.usable:
            await session.quit()
            session = await Session.open(settings(relay, **changes))
        exchanges.append(await session.deliver(message, allowed, following))
    await session.quit()
    return exchanges


def stored_paths(relay: ScriptedRelay) -> list[str]:
    """Return for whom the relay has messages, in order."""
    return [each.forward_path for each in relay.accepted]


def verbs(relay: ScriptedRelay) -> list[bytes]:
    """Return what the relay has heard, without parameters."""
    return [line.partition(b" ")[0] for line in relay.heard]
