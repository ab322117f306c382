"""
What lies behind a relay: the next host's answers, and names that nobody has.

A relay that hands on finds here the host for everybody, which says what the
test asks it to say, and a name server that knows no name at all.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.model.smtp import Stage
from mailer.sandbox.manner import Manner
from mailer.sandbox.relay import ScriptedRelay

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mailer.sandbox.behaviours import Step


@dataclass(frozen=True)
class Beyond:
    """Where a relay hands its mail on to; all on this machine."""

    host: int  #: the port of the next host, for all domains but these two
    office: int  #: the port of the office's mailbox, which speaks LMTP
    name_server: str  #: the address that it asks about names under .invalid


class NextHost(ScriptedRelay):
    """
    Takes mail for everybody but those for whom it has another answer.

    It offers no DSN, so it is the relay that has to say that a message arrived.
    """

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        """Let local parts have `answers` to RCPT; they may change meanwhile."""
        super().__init__(manner=Manner(extensions=("PIPELINING", "8BITMIME")))
        self.answers = dict(answers)

    def steps(self, stage: Stage, address: str) -> Sequence[Step] | None:
        """Return the answer to RCPT; `None` is the usual."""
        answer = self.answers.get(address.partition("@")[0])
        return (answer + b"\r\n",) if stage is Stage.RCPT and answer else None


def names_of(name_server: str) -> dict[str, str]:
    """Return the files below /etc by which a program asks only this server."""
    return {
        "hosts": "127.0.0.1 localhost\n",
        "nsswitch.conf": "hosts: files dns\n",
        "resolv.conf": f"nameserver {name_server}\n",
    }


@contextlib.contextmanager
def no_such_names() -> Iterator[str]:
    """Run a name server that knows no name; give its address, the port is 53."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        # Where a resolver lets one choose the address only, it must be a free one.
        for last in range(2, 255):
            with contextlib.suppress(OSError):
                server.bind((f"127.53.53.{last}", 53))
                break
        assert server.getsockname()[1] == 53, "no place for a name server"
        answering = threading.Thread(target=_answer, args=(server,))
        answering.start()
        try:
            yield server.getsockname()[0]
        finally:
            server.sendto(b"", server.getsockname())  # it waits for a question
            answering.join(10)


def _answer(server: socket.socket) -> None:
    """Answer each question with NXDOMAIN (RFC 1035, 4.1.1) until an empty one."""
    while True:
        question, asker = server.recvfrom(512)
        if not question:
            return
        # The question as it came: response, recursion available, name error.
        server.sendto(question[:2] + b"\x81\x83\0\1\0\0\0\0\0\0" + question[12:], asker)
