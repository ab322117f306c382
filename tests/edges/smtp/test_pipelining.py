"""Envelopes that go out at once, and with the dot before: fast, and never mistaken."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from proxies import Proxy
from relays import (
    PATIENT,
    a_message,
    allowed,
    mail_out,
    run,
    settings,
    stored_paths,
    verbs,
    withheld,
)

from mailer.delivery.verdict import verdict
from mailer.model.delivery import Outcome
from mailer.model.smtp import Silence, Stage
from mailer.sandbox.behaviours import Deed
from mailer.sandbox.relay import Manner, ScriptedRelay
from mailer.smtp import session as session_module
from mailer.smtp.session import Session

PLAIN = Manner(extensions=("DSN",))
FIRST, SECOND = a_message("prva@mesto.example"), a_message("druga@mesto.example")


# Round trips.


class CountingProxy(Proxy):
    """
    Counts how often the sender's turn comes.

    It passes on at most `piece` octets of the replies at once.
    """

    def __init__(self, relay: ScriptedRelay, piece: int = 2**16) -> None:
        super().__init__(relay)
        self._piece = piece
        self._is_senders_turn = False
        self.turns = 0
        self.said = b""  #: by the sender

    async def pump(self, source, sink, *, is_reply) -> None:
        while data := await source.read(2**16):
            self.turns += not (is_reply or self._is_senders_turn)
            self._is_senders_turn = not is_reply
            self.said += b"" if is_reply else data
            piece = self._piece if is_reply else len(data)
            for start in range(0, len(data), piece):
                sink.write(data[start : start + piece])
                await asyncio.sleep(0)  # the other side may read it


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        pytest.param(Manner(), 1 + 20, id="pipelining"),
        pytest.param(PLAIN, 4 * 20, id="one by one"),
    ],
)
def test_a_message_costs_one_round_trip(manner, expected):
    """The first costs two; without PIPELINING each costs four."""

    async def scenario():
        async with ScriptedRelay(manner=manner) as relay:
            proxy = CountingProxy(relay)
            async with proxy.listening() as place:
                session = await Session.open(settings(place))
                opening = proxy.turns
                messages = [a_message(f"o{n}@mesto.example") for n in range(20)]
                for one, next_ in zip(messages, [*messages[1:], None], strict=True):
                    await session.deliver(one, allowed, next_)
                turns = proxy.turns - opening
                await session.quit()
            return turns, len(relay.accepted)

    assert (expected, 20) == run(scenario())


def test_without_a_following_message_it_is_two():
    """The envelope goes out at once, whoever follows."""

    async def scenario():
        async with ScriptedRelay() as relay:
            proxy = CountingProxy(relay)
            async with proxy.listening() as place:
                session = await Session.open(settings(place))
                opening = proxy.turns
                for _ in range(5):
                    await session.deliver(a_message(), allowed)
                turns = proxy.turns - opening
                await session.quit()
            return turns

    assert 5 * 2 == run(scenario())


@pytest.mark.parametrize("piece", [1, 2, 7, 61])
def test_replies_are_read_however_they_are_cut(piece):
    """Half a reply to the next envelope is no surplus after the dot's."""
    names = ["obcina", "druga", "tretja", "gone", "peta"]
    messages = [a_message(f"{name}@mesto.example") for name in names]

    async def scenario():
        async with ScriptedRelay() as relay:
            proxy = CountingProxy(relay, piece)
            async with proxy.listening() as place:
                exchanges = await mail_out(place, messages)
            return [each.reply.code for each in exchanges], verbs(relay).count(b"EHLO")

    assert ([250, 250, 250, 550, 250], 1) == run(scenario())


# The mark.


def test_before_the_mark_the_next_envelope_is_not_out():
    """It goes with the dot, and the dot waits for the ledger."""

    async def scenario():
        async with ScriptedRelay() as relay:
            session = await Session.open(settings(relay))
            seen = []

            async def mark() -> bool:
                for _ in range(100):  # let the relay read all that was written
                    await asyncio.sleep(0)
                seen.append((len(relay.accepted), verbs(relay).count(b"MAIL")))
                return True

            await session.deliver(FIRST, mark, SECOND)
            await session.deliver(SECOND, mark)
            await session.quit()
            return seen, stored_paths(relay)

    seen, paths = run(scenario())
    assert [(0, 1), (1, 2)] == seen
    assert ["prva@mesto.example", "druga@mesto.example"] == paths


@pytest.mark.parametrize("deeds", [[Deed.STORE, Deed.FIN], [Deed.RST], [Deed.STALL]])
def test_at_most_one_message_is_in_doubt(deeds):
    """Of the one behind it the relay has an envelope at most."""
    script = {Stage.END_OF_DATA: deeds}

    async def scenario():
        async with ScriptedRelay(manner=Manner(script=script)) as relay:
            hasty = replace(PATIENT, end_of_data=0.08)
            session = await Session.open(settings(relay, timeouts=hasty))
            first = await session.deliver(FIRST, allowed, SECOND)
            assert not session.usable
            second = await session.deliver(SECOND, allowed)
            return [verdict(each).outcome for each in (first, second)]

    assert [Outcome.IN_DOUBT, Outcome.DEFERRED] == run(scenario())


def test_a_withheld_mark_withholds_both():
    """Nothing of the second was said, and the connection is closed."""

    async def scenario():
        async with ScriptedRelay() as relay:
            session = await Session.open(settings(relay))
            exchange = await session.deliver(FIRST, withheld, SECOND)
            return exchange.silence, session.usable, verbs(relay), relay.accepted

    assert (Silence.WITHHELD, False, [b"EHLO", b"MAIL", b"RCPT", b"DATA"], []) == run(
        scenario()
    )


# What was to follow, and does not.


@pytest.mark.parametrize("way_out", [Session.forget, Session.quit])
def test_what_is_not_wanted_any_more_is_not_accepted_empty(way_out):
    """The relay waits for a body; it gets neither one nor a dot."""

    async def scenario():
        async with ScriptedRelay() as relay:
            proxy = CountingProxy(relay)
            async with proxy.listening() as place:
                session = await Session.open(settings(place))
                await session.deliver(FIRST, allowed, SECOND)
                await way_out(session)
                usable = session.usable
                await session.quit()  # once more does no harm
            return usable, stored_paths(relay), proxy.said

    usable, paths, said = run(scenario())
    assert not usable
    assert ["prva@mesto.example"] == paths
    assert said.endswith(b"\r\nDATA\r\n")


@pytest.mark.parametrize("manner", [Manner(), PLAIN], ids=["pipelining", "one by one"])
def test_if_nothing_was_announced_there_is_nothing_to_forget(manner):
    """The session goes on."""

    async def scenario():
        async with ScriptedRelay(manner=manner) as relay:
            session = await Session.open(settings(relay))
            following = SECOND if manner is PLAIN else None
            await session.deliver(FIRST, allowed, following)
            await session.forget()
            usable = session.usable
            await session.quit()
            return usable

    assert run(scenario())


def test_a_body_never_goes_under_another_envelope():
    """Equal is not the same: it must be the very message that was announced."""

    async def scenario():
        async with ScriptedRelay() as relay:
            session = await Session.open(settings(relay))
            await session.deliver(FIRST, allowed, SECOND)
            with pytest.raises(ValueError, match="another"):
                await session.deliver(a_message("druga@mesto.example"), allowed)
            return session.usable, stored_paths(relay)

    assert (False, ["prva@mesto.example"]) == run(scenario())


def test_a_following_message_that_is_none_is_our_bug():
    """It is found before the dot, so that nothing is in doubt."""

    async def scenario():
        async with ScriptedRelay() as relay:
            session = await Session.open(settings(relay))
            with pytest.raises(ValueError, match="no address"):
                await session.deliver(FIRST, allowed, a_message("a b@c.example"))
            return session.usable, relay.accepted

    assert (False, []) == run(scenario())


def test_what_is_too_large_is_not_announced():
    """It is refused here when its turn comes, and the relay hears nothing of it."""
    large = a_message(data=b"x" * 78 + b"\r\n")

    async def scenario():
        async with ScriptedRelay(manner=Manner(size=len(FIRST.data))) as relay:
            exchanges = await mail_out(relay, [FIRST, large])
            return exchanges[1].silence, verbs(relay).count(b"MAIL")

    assert (Silence.TOO_LARGE, 1) == run(scenario())


def test_the_last_message_of_a_session_announces_none(monkeypatch):
    """The next goes through another session, so its envelope does too."""
    monkeypatch.setattr(session_module, "MAX_MESSAGES", 3)

    async def scenario():
        async with ScriptedRelay() as relay:
            await mail_out(relay, [a_message(f"o{n}@a.example") for n in range(7)])
            return verbs(relay).count(b"MAIL"), verbs(relay).count(b"QUIT")

    assert (7, 3) == run(scenario())


def test_a_farewell_before_what_follows_costs_it_nothing():
    """The relay takes a message, says 421 and leaves: the next is not begun (A14)."""
    goodbye = (Deed.STORE, b"250 ok\r\n421 4.3.2 enough\r\n", Deed.FIN)

    async def scenario():
        async with ScriptedRelay(
            manner=Manner(script={Stage.END_OF_DATA: goodbye})
        ) as relay:
            exchanges = await mail_out(relay, [FIRST, SECOND])
            return [verdict(each).outcome for each in exchanges], stored_paths(relay)

    assert ([Outcome.ACCEPTED] * 2, ["prva@mesto.example", "druga@mesto.example"]) == (
        run(scenario())
    )
