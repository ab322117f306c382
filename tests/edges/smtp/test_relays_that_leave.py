"""Relays that have had enough: of messages, of connections, of being asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from relays import (
    Way,
    a_message,
    allowed,
    attempt,
    run,
    settings,
    stored_paths,
    verbs,
)

from mailer.delivery.verdict import verdict
from mailer.model.delivery import Fault, Outcome, Verdict
from mailer.model.smtp import Stage
from mailer.sandbox.behaviours import Deed
from mailer.sandbox.relay import Manner, ScriptedRelay
from mailer.smtp.session import Session, SessionRefused

HOST = Verdict(Outcome.DEFERRED, Fault.HOST)
BYE = b"421 4.7.0 enough for one connection\r\n"


class Every(dict):
    """A relay's script that holds only for every so manieth time."""

    def __init__(self, script, period: int) -> None:
        super().__init__(script)
        self._period = period
        self._seen = Counter()

    def __contains__(self, stage) -> bool:
        self._seen[stage] += 1
        return super().__contains__(stage) and self._seen[stage] % self._period == 0


DOT = Stage.END_OF_DATA
ENOUGH = {
    "after the message": {DOT: (Deed.STORE, b"250 ok\r\n", BYE, Deed.FIN)},
    "instead of it": {DOT: (BYE, Deed.FIN)},
    "at the next": {Stage.MAIL: (BYE, Deed.FIN)},
    "silently": {Stage.MAIL: (Deed.RST,)},
}


async def send_all(relay, messages):
    """Send as a sender does: what was deferred goes again, through a new session."""
    session, waiting, deferred = await Session.open(settings(relay)), list(messages), 0
    while waiting:
        if not session.usable:
            await session.quit()
            session = await Session.open(settings(relay))
        message, *rest = waiting
        exchange = await session.deliver(message, allowed, rest[0] if rest else None)
        judged = verdict(exchange)
        assert judged in {Verdict(Outcome.ACCEPTED), HOST}
        waiting = rest if judged.outcome is Outcome.ACCEPTED else waiting
        deferred += judged == HOST
    await session.quit()
    return deferred


@pytest.mark.parametrize("extensions", [("DSN",), ("DSN", "PIPELINING")])
@pytest.mark.parametrize("how", ENOUGH)
def test_a_relay_that_takes_so_many_for_a_connection(how, extensions):
    """It says 421 after some; we come again, and nothing is lost or doubled (A14)."""
    messages = [a_message(f"o{n}@mesto.example") for n in range(100)]

    async def scenario():
        manner = Manner(extensions=extensions, script=Every(ENOUGH[how], 20))
        async with ScriptedRelay(manner=manner) as relay:
            deferred = await send_all(relay, messages)
            return deferred, stored_paths(relay), verbs(relay).count(b"EHLO")

    deferred, paths, sessions = run(scenario())
    assert [each.envelope.forward_path for each in messages] == paths
    assert deferred <= sessions - 1 <= 6  # none where it said so in time
    assert sessions >= 5


def test_a_connection_too_many_is_put_off():
    """The relay lets two in; the third costs those nothing (A15)."""

    async def scenario():
        script = Every({Stage.GREETING: (BYE, Deed.FIN)}, 3)
        async with ScriptedRelay(manner=Manner(script=script)) as relay:
            sessions = [await Session.open(settings(relay)) for _ in range(2)]
            with pytest.raises(SessionRefused) as refused:
                await Session.open(settings(relay))
            for number, session in enumerate(sessions):
                await session.deliver(a_message(f"o{number}@a.example"), allowed)
                await session.quit()
            return refused.value.exchange, stored_paths(relay)

    exchange, paths = run(scenario())
    assert (Stage.GREETING, 421) == (exchange.stage, exchange.reply.code)
    assert HOST == verdict(exchange)
    assert ["o0@a.example", "o1@a.example"] == paths


EXTRA = [
    b"250 ok\r\n",
    b"354 go\r\n",
    b"421 bye\r\n",
    b"550 5.1.1 no\r\n",
    b"What?\r\n",
]
USUAL = {
    Stage.GREETING: b"220 relay\r\n",
    Stage.EHLO: b"250-relay\r\n250 PIPELINING\r\n",
}


@pytest.mark.parametrize("way", [Way.ONE_BY_ONE, Way.GROUPED], ids=["plain", "group"])
@pytest.mark.parametrize("extra", EXTRA, ids=lambda extra: extra[:3].decode())
@pytest.mark.parametrize("stage", USUAL, ids=lambda stage: stage.value)
def test_a_reply_too_many_in_the_opening_shifts_nothing(stage, extra, way):
    """Staged in advance, it must not answer what is asked later (A05)."""
    manner = Manner(script={stage: (USUAL[stage] + extra,)})

    result = run(attempt(manner, way=way))

    blamed = verdict(result.exchange)
    assert blamed in {Verdict(Outcome.ACCEPTED), HOST} or (
        result.exchange.stage is Stage.EHLO  # the extra one was EHLO's, as it seems
    )
    assert (blamed.outcome is Outcome.ACCEPTED) is (len(result.relay.accepted) == 1)


@pytest.mark.parametrize("extra", EXTRA, ids=lambda extra: extra[:3].decode())
def test_a_reply_too_many_after_the_login_shifts_nothing(tls, extra):
    """It came with the last reply that aiosmtplib read, before it was our turn."""
    manner, trusting = tls
    said = b"235 2.7.0 ok\r\n" + extra
    manner = replace(manner, script={Stage.AUTH: (said,)})

    result = run(attempt(manner, **trusting))

    assert verdict(result.exchange) in {Verdict(Outcome.ACCEPTED), HOST}
    is_accepted = verdict(result.exchange).outcome is Outcome.ACCEPTED
    assert is_accepted is (len(result.relay.accepted) == 1)
