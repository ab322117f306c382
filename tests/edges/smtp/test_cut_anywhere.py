"""
A line that is cut at any octet, in either direction (A08).

Between sender and relay stands a proxy with scissors.  Several messages go
through a pipelined session; whatever the proxy cuts, what the ledger would be
told agrees with what the relay has.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from proxies import Proxy
from relays import a_message, run, settings, stored_paths

from mailer.delivery.verdict import verdict
from mailer.model.delivery import Outcome
from mailer.model.message import Envelope
from mailer.model.smtp import Silence
from mailer.sandbox.relay import Manner, ScriptedRelay
from mailer.smtp.session import Session, SessionRefused

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, zero seconds
#: short names, so that the envelope is most of what can be cut
LETTERS = [
    a_message(envelope=Envelope(f"b{n}@a.example", f"o{n}@b.example", f"e{n}"))
    for n in range(4)
]


@dataclass(frozen=True)
class Cut:
    """Where the first connection ends."""

    offset: int  #: octets that still pass
    is_reply: bool  #: on the way back
    is_reset: bool  #: RST to both sides, else FIN


class Scissors(Proxy):
    """Passes everything on, but cuts the first connection."""

    def __init__(self, relay: ScriptedRelay, cut: Cut) -> None:
        super().__init__(relay)
        self._cut = cut
        self._is_cut = False

    async def pump(self, source, sink, *, is_reply) -> None:
        passed = 0
        with contextlib.suppress(ConnectionError):
            while data := await source.read(2**16):
                passed += len(data)
                over = passed - self._cut.offset
                if is_reply is self._cut.is_reply and over >= 0 and not self._is_cut:
                    self._is_cut = True
                    sink.write(data[: len(data) - over])
                    await asyncio.sleep(0)  # what has passed may still be read
                    return
                sink.write(data)

    def end(self, *ends) -> None:
        if self._cut.is_reset:
            for each in ends:
                sock = each.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                each.transport.abort()
        super().end(*ends)


async def send_through(cut: Cut):
    """Return what became of each letter, whose dot was released, what is stored."""
    released, exchanges = [], []
    async with ScriptedRelay(manner=Manner()) as relay:
        async with Scissors(relay, cut).listening() as place:
            session = None
            for letter, following in zip(LETTERS, [*LETTERS[1:], None], strict=True):

                async def mark(path=letter.envelope.forward_path) -> bool:
                    await asyncio.sleep(0)  # a commit
                    released.append(path)
                    return True

                while session is None or not session.usable:
                    if session:
                        await session.quit()
                    with contextlib.suppress(SessionRefused):
                        session = await Session.open(settings(place))
                exchanges.append(await session.deliver(letter, mark, following))
            await session.quit()
        return exchanges, released, stored_paths(relay)


@given(
    st.builds(
        Cut,
        st.one_of(st.integers(0, 1100), st.integers(150, 500)),
        st.booleans(),
        st.booleans(),
    )
)
@hypothesis_settings(max_examples=600, deadline=None)
def test_cut_at_any_octet_the_ledger_is_right(cut):
    """Nothing twice, nothing believed that is not there; doubt only after the dot."""
    exchanges, released, stored = run(send_through(cut))

    assert not Counter(stored) - Counter(set(stored))
    outcomes = [verdict(each).outcome for each in exchanges]
    for letter, exchange, outcome in zip(LETTERS, exchanges, outcomes, strict=True):
        path = letter.envelope.forward_path
        if outcome is Outcome.ACCEPTED:
            assert path in stored
        elif outcome is Outcome.IN_DOUBT:
            assert path in released
            assert exchange.silence is Silence.LOST
        else:
            assert outcome is Outcome.DEFERRED
            assert path not in stored
    assert outcomes.count(Outcome.ACCEPTED) >= len(LETTERS) - 1  # one cut, one loss
    assert len(set(released)) == len(released)


def test_the_cuts_reach_every_outcome():
    """The offsets above are where something happens: else nothing was shown."""
    seen = Counter()
    for offset in range(0, 1100, 7):
        exchanges, _, stored = run(
            send_through(Cut(offset, offset % 2 == 0, is_reset=False))
        )
        for letter, exchange in zip(LETTERS, exchanges, strict=True):
            is_stored = letter.envelope.forward_path in stored
            seen[verdict(exchange).outcome, is_stored] += 1

    assert {
        (Outcome.ACCEPTED, True),
        (Outcome.DEFERRED, False),
        (Outcome.IN_DOUBT, True),
        (Outcome.IN_DOUBT, False),
    } == set(seen)
