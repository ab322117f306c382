"""
Serve one connection of the sandbox's relay (RFC 5321, receiver's side).

Strict where a sender's mistake would show, one recipient per message, and at
each stage it first asks the relay whether something else is to be done.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import re
import signal
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from mailer.model.smtp import Stage
from mailer.sandbox.behaviours import Deed, Kill, Pause
from mailer.sandbox.login import WRONG_TOKEN, credentials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.sandbox.behaviours import Step
    from mailer.sandbox.manner import Manner
    from mailer.sandbox.reports import StoredMessage

_PATH = re.compile(rb"(?:MAIL FROM|RCPT TO):<([^<>\s]*)>((?: [!-~]+)*)", re.IGNORECASE)
_EXTENDED = frozenset({"8BITMIME", "SMTPUTF8"})  # what may be asked for in MAIL
_HEX = re.compile(r"\+([0-9A-F]{2})")


class Gone(ConnectionError):  # noqa: N818 - the end, not an error
    """The connection is over, by whosever doing."""


class Objection(Exception):  # noqa: N818 - a reply, not an error
    """What the client said is out of place; `args[0]` is our reply."""


@dataclass(slots=True)
class ReceivedEnvelope:
    """What MAIL and RCPT have said so far."""

    reverse_path: str
    envid: str = ""
    asked: set[str] = field(default_factory=set)  #: 8BITMIME, SMTPUTF8
    forward_path: str = ""
    notify: frozenset[str] = frozenset()


class Rules(Protocol):
    """What a service asks the relay it belongs to."""

    manner: Manner
    heard: list[bytes]  #: every command line, without CRLF

    def steps(self, stage: Stage, address: str) -> Sequence[Step] | None:
        """Return what is to be done at `stage`; `None` is the usual."""

    def take(self, envelope: ReceivedEnvelope, data: bytes) -> StoredMessage:
        """Take responsibility for a message."""

    def report(self, message: StoredMessage) -> None:
        """Write what became of `message` later, if something did."""


class Service:
    """The dialogue with one client."""

    def __init__(
        self,
        relay: Rules,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._relay = relay
        self._reader = reader
        self._writer = writer
        self._buffer = bytearray()
        self._envelope: ReceivedEnvelope | None = None
        self._stored: StoredMessage | None = None
        self._is_private = relay.manner.implicit_tls
        self._is_known = relay.manner.credentials is None

    async def run(self) -> None:
        """Serve until either side leaves."""
        await self._at(Stage.CONNECT, b"")
        hostname = self._relay.manner.hostname.encode()
        await self._at(Stage.GREETING, b"220 %b ESMTP sandbox\r\n" % hostname)
        with contextlib.suppress(Gone):
            while True:
                line = await self._line()
                self._relay.heard.append(line)
                try:
                    await self._command(line)
                except Objection as objection:
                    self._say(objection.args[0])

    async def _command(self, line: bytes) -> None:
        verb = line.partition(b" ")[0].upper()
        match verb:
            case b"EHLO":
                self._envelope = None
                await self._at(Stage.EHLO, self._extensions())
            case b"STARTTLS" if self._relay.manner.tls and not self._is_private:
                await self._start_tls()
            case b"AUTH" if self._relay.manner.credentials:
                await self._authenticate(line)
            case b"MAIL":
                await self._mail(line)
            case b"RCPT":
                await self._rcpt(line)
            case b"DATA":
                await self._data()
            case b"RSET" | b"NOOP":
                if verb == b"RSET":
                    self._envelope = None
                self._say(b"250 2.0.0 Ok\r\n")
            case b"QUIT":
                self._say(b"221 2.0.0 Bye\r\n")
                raise Gone
            case _:
                self._say(b"502 5.5.2 Command not recognized\r\n")

    def _extensions(self) -> bytes:
        manner = self._relay.manner
        lines = [manner.hostname, *manner.extensions]
        if manner.size is not None:
            lines.append(f"SIZE {manner.size}")
        if manner.tls and not self._is_private:
            lines.append("STARTTLS")
        elif manner.credentials:
            lines.append(" ".join(["AUTH", *manner.mechanisms]))
        *others, last = lines
        return "".join([f"250-{each}\r\n" for each in others]).encode() + (
            f"250 {last}\r\n".encode()
        )

    async def _start_tls(self) -> None:
        if not await self._at(Stage.STARTTLS, b"220 2.0.0 Ready to start TLS\r\n"):
            return
        assert self._relay.manner.tls is not None  # noqa: S101 - asked by the caller
        try:
            await self._writer.start_tls(self._relay.manner.tls)
        except OSError as error:  # the client did not like our certificate
            raise Gone from error
        self._is_private = True

    async def _authenticate(self, line: bytes) -> None:
        if self._relay.manner.tls and not self._is_private:
            raise Objection(b"538 5.7.11 Encryption required\r\n")
        _, _, arguments = line.partition(b" ")
        name, _, initial = arguments.partition(b" ")
        mechanism = name.upper()
        if mechanism.decode("latin-1") not in self._relay.manner.mechanisms:
            raise Objection(b"504 5.5.4 Unrecognized authentication type\r\n")
        given = await credentials(mechanism, initial, self._challenge)
        self._is_known = given == self._relay.manner.credentials
        if mechanism == b"XOAUTH2" and not self._is_known:
            self._relay.heard.append(await self._challenge(WRONG_TOKEN))
        accepted = b"235 2.7.0 Authentication successful\r\n"
        refused = b"535 5.7.8 Authentication credentials invalid\r\n"
        await self._at(Stage.AUTH, accepted if self._is_known else refused)

    async def _challenge(self, prompt: bytes) -> bytes:
        self._say(b"334 %b\r\n" % base64.b64encode(prompt))
        return await self._line()

    async def _mail(self, line: bytes) -> None:
        if not self._is_known:
            raise Objection(b"530 5.7.0 Authentication required\r\n")
        parsed = _PATH.fullmatch(line)
        if parsed is None or self._envelope is not None:
            raise Objection(b"503 5.5.1 Bad sequence or syntax\r\n")
        path, parameters = parsed[1].decode("latin-1"), _parameters(parsed[2])
        asked = {parameters.get("BODY", "7BIT"), *parameters} & _EXTENDED
        if not asked <= set(self._relay.manner.extensions):
            raise Objection(b"555 5.5.4 Unsupported option\r\n")
        limit = self._relay.manner.size
        if limit and int(parameters.get("SIZE", "0")) > limit:
            raise Objection(b"552 5.3.4 Message size exceeds fixed limit\r\n")
        if await self._at(Stage.MAIL, b"250 2.1.0 Ok\r\n", path):
            envid = parameters.get("ENVID", "")
            self._envelope = ReceivedEnvelope(path, _from_xtext(envid), asked)

    async def _rcpt(self, line: bytes) -> None:
        parsed = _PATH.fullmatch(line)
        if parsed is None or self._envelope is None:
            raise Objection(b"503 5.5.1 Bad sequence or syntax\r\n")
        if self._envelope.forward_path:
            raise Objection(b"452 4.5.3 One recipient at a time\r\n")
        path, parameters = parsed[1].decode("utf-8", "replace"), _parameters(parsed[2])
        if not (path.isascii() or "SMTPUTF8" in self._envelope.asked):
            raise Objection(b"553 5.6.7 Address needs SMTPUTF8\r\n")
        if await self._at(Stage.RCPT, b"250 2.1.5 Ok\r\n", path):
            self._envelope.forward_path = path
            if "NOTIFY" in parameters:
                notify = parameters["NOTIFY"].upper().split(",")
                self._envelope.notify = frozenset(notify)

    async def _data(self) -> None:
        envelope = self._envelope
        if envelope is None or not envelope.forward_path:
            raise Objection(b"503 5.5.1 No valid recipients\r\n")
        path = envelope.forward_path
        if not await self._at(Stage.DATA, b"354 End with <CRLF>.<CRLF>\r\n", path):
            return
        if not self._buffer:
            await self._more()
        await self._at(Stage.BODY, b"", path)
        data = await self._body()
        self._stored = None
        if not (data.isascii() or "8BITMIME" in envelope.asked):
            self._envelope = None
            raise Objection(b"554 5.6.1 Octets over 127 without BODY=8BITMIME\r\n")
        await self._at(Stage.END_OF_DATA, None, path, data)
        self._envelope = None
        if self._stored is not None:
            self._relay.report(self._stored)

    # What it does, and what it says.

    async def _at(
        self, stage: Stage, usual: bytes | None, address: str = "", data: bytes = b""
    ) -> bool:
        """Do what is to be done at `stage`; return whether the relay agreed."""
        steps = self._relay.steps(stage, address)
        if steps is None and usual is None:
            steps = (Deed.STORE, b"250 2.0.0 Ok: queued\r\n")
        elif steps is None:
            steps = (usual or b"",)
        agreed = False
        for step in steps:
            await self._do(step, data)
            if isinstance(step, bytes):
                agreed = step[:1] == (b"3" if stage is Stage.DATA else b"2")
        return agreed

    async def _do(self, step: Step, data: bytes) -> None:
        match step:
            case bytes():
                self._say(step)
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Kill(pid):
                os.kill(pid, signal.SIGKILL)
            case Deed.STORE:
                assert self._envelope is not None  # noqa: S101 - only after DATA
                self._stored = self._relay.take(self._envelope, data)
            case Deed.STALL:
                await self._until_they_leave()
            case Deed.DEAF:
                self._writer.transport.pause_reading()  # type: ignore[attr-defined]
                await asyncio.Event().wait()
            case Deed.FIN:
                if self._writer.can_write_eof():
                    self._writer.write_eof()
                    await self._until_they_leave()
                raise Gone
            case Deed.RST:
                linger = struct.pack("ii", 1, 0)  # on, zero seconds: reset
                sock = self._writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self._writer.transport.abort()
                raise Gone

    def _say(self, text: bytes) -> None:
        self._writer.write(text)

    async def _until_they_leave(self) -> None:
        while True:
            await self._more()

    # What it hears.

    async def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            await self._more()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    async def _body(self) -> bytes:
        """Return what comes before the dot, with the dots unstuffed."""
        self._buffer[:0] = b"\r\n"  # the end of the DATA line begins the search
        searched = 0
        while (end := self._buffer.find(b"\r\n.\r\n", searched)) < 0:
            searched = max(0, len(self._buffer) - 4)
            await self._more()
        text = bytes(self._buffer[: end + 2])
        del self._buffer[: end + 5]
        return text.replace(b"\r\n..", b"\r\n.")[2:]

    async def _more(self) -> None:
        received = await self._reader.read(2**16)
        if not received:
            raise Gone
        self._buffer += received


def _parameters(text: bytes) -> dict[str, str]:
    """Return the ESMTP parameters of a command: keyword, upper case → value."""
    pairs = (each.partition("=") for each in text.decode("latin-1").split())
    return {keyword.upper(): value for keyword, _, value in pairs}


def _from_xtext(text: str) -> str:
    """Decode RFC 3461, section 4."""
    return _HEX.sub(lambda found: chr(int(found[1], 16)), text)
