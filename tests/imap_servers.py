"""
An IMAP server that does what a test tells it: nothing that a good one would.

It speaks TLS on loopback and knows one mailbox; a script says what comes
instead of its answer when a command begins with certain words.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from certificates import Certificate

    #: octets, what to do, or the status "NO …" that ends the command
    Answer: TypeAlias = bytes | Callable[["Session"], None] | str

GREETING = b"* OK ready\r\n"
CAPABILITIES = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 MOVE\r\n"


@dataclass
class Session:
    """One connection: what it hears and what it says."""

    server: ScriptedImap
    line: ssl.SSLSocket

    def say(self, octets: bytes) -> None:
        """Send something."""
        self.line.sendall(octets)

    def flood(self, octets: bytes) -> None:
        """Send the same until nobody listens."""
        while True:
            self.say(octets * 1000)

    def wait(self) -> None:
        """Say nothing until the test ends."""
        self.server.ended.wait(60)

    def run(self) -> None:
        """Greet and answer until one side hangs up."""
        self._play(self.server.greeting)
        with self.line.makefile("rb") as heard:
            for raw in heard:
                tag, _, command = raw.decode().rstrip("\r\n").partition(" ")
                self.server.heard.append(command)
                if command.startswith("AUTHENTICATE"):
                    self.say(b"+ \r\n")
                    next(heard)
                answer = self._answer(command)
                status = answer if isinstance(answer, str) else "OK done"
                self._play(answer)
                self.say(f"{tag} {status}\r\n".encode())
                if command == "LOGOUT":
                    return

    def _answer(self, command: str) -> Answer:
        for words, answer in self.server.script.items():
            if re.match(words, command):
                return answer
        return self.server.usual(command)

    def _play(self, answer: Answer) -> None:
        if callable(answer):
            answer(self)
        elif isinstance(answer, bytes):
            self.say(answer)


@dataclass
class ScriptedImap:
    """A server with some messages, and a script."""

    messages: dict[int, bytes] = field(default_factory=dict)  #: by UID
    script: dict[str, Answer] = field(default_factory=dict)  #: pattern → instead
    greeting: Answer = GREETING
    validity: int = 7
    heard: list[str] = field(default_factory=list)  #: commands, in order
    port: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def usual(self, command: str) -> bytes:
        """Return what a good server says before the tagged line."""
        words = command.split()
        match words[:2]:
            case ["CAPABILITY"]:
                return CAPABILITIES
            case ["SELECT", _]:
                following = max(self.messages, default=0) + 1
                return (
                    f"* {len(self.messages)} EXISTS\r\n"
                    f"* OK [UIDVALIDITY {self.validity}] as always\r\n"
                    f"* OK [UIDNEXT {following}] next\r\n"
                    "* OK [PERMANENTFLAGS (\\\\Seen \\\\*)] all\r\n"
                ).encode()
            case ["UID", "SEARCH"]:
                found = " ".join(map(str, self._in(words[3])))
                return f"* SEARCH {found}\r\n".encode()
            case ["UID", "FETCH"]:
                give = self.described if "RFC822.SIZE" in command else self.fetched
                return b"".join(map(give, self._in(words[2])))
            case _:
                return b""

    def described(self, uid: int) -> bytes:
        """Return the answer to a FETCH of what is known about a message."""
        date = '"07-Apr-2019 09:00:00 +0200"'
        about = f"UID {uid} RFC822.SIZE {len(self.messages[uid])} INTERNALDATE {date}"
        return f"* {uid} FETCH ({about})\r\n".encode()

    def fetched(self, uid: int) -> bytes:
        """Return the answer to a FETCH of a message."""
        raw = self.messages[uid]
        return b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (uid, uid, len(raw), raw)

    def _in(self, numbers: str) -> list[int]:
        """Return the messages in a set such as 1,3:9 or *."""
        highest = max(self.messages, default=0)
        found = set()
        for each in numbers.replace("*", str(highest)).split(","):
            first, _, last = each.partition(":")
            found |= {*range(int(first), int(last or first) + 1)}
        return sorted(found & self.messages.keys())


@contextlib.contextmanager
def a_server(certificate: Certificate, server: ScriptedImap) -> Iterator[ScriptedImap]:
    """Let it listen until the block ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    threads = []

    def serve(connection: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            context.wrap_socket(connection, server_side=True) as line,
        ):
            Session(server, line).run()

    def accept(listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                threads.append(threading.Thread(target=serve, args=[connection]))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]
        accepting = threading.Thread(target=accept, args=[listening])
        accepting.start()
        try:
            yield server
        finally:
            server.ended.set()
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join(20)
            for one in threads:
                one.join(20)
