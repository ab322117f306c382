"""
Open a session with the relay: connect, EHLO, STARTTLS or TLS, AUTH.

aiosmtplib does it; this is the only module that knows its errors, and each of
them becomes an exchange: the stage, and the reply or what came instead.
The password never leaves in clear, and it is tried once: three wrong ones in
a row are what locks an account.
What an exchange means is decided in `mailer.delivery.verdict`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import ssl
from typing import TYPE_CHECKING, cast

import aiosmtplib

from mailer.errors import Problem, RelayError
from mailer.model.smtp import (
    Authentication,
    Exchange,
    Security,
    Silence,
    SmtpReply,
    Stage,
)
from mailer.smtp.commands import Offers
from mailer.smtp.replies import reply_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.smtp.conversation import Answer
    from mailer.smtp.settings import RelaySettings

#: the first that is offered; a second method would be a second wrong password
MECHANISMS = {
    Authentication.PASSWORD: ("plain", "login", "cram-md5"),
    Authentication.XOAUTH2: ("xoauth2",),
}


class SessionRefused(RelayError):  # noqa: N818 - what the relay did
    """The relay did not let us in; `exchange` says how far we came."""

    def __init__(self, settings: RelaySettings, exchange: Exchange) -> None:
        place = f"relay {settings.host}:{settings.port}"
        super().__init__(Problem(place, str(exchange)))
        self.exchange = exchange


class Opening:
    """The way from an address to a session, stage by stage."""

    def __init__(self, settings: RelaySettings) -> None:
        self._settings = settings
        self._timeouts = settings.timeouts
        self._stage = Stage.CONNECT

    async def run(self) -> tuple[asyncio.Transport, Offers]:
        """
        Return the connection, logged in, and what the relay offers on it.

        Raises:
            SessionRefused: Somewhere on the way it ended.
        """
        with self._at(Stage.CONNECT):
            sock = await _dial(self._settings)
        client = self._client(sock)
        try:
            with self._at(Stage.GREETING):
                await client.connect(timeout=self._timeouts.greeting)
            await self._ehlo(client)
            await self._secure(client)
            await self._log_in(client)
            with self._at(self._stage):
                client.get_transport_info("peername")  # raises if it is lost by now
            transport = cast("asyncio.Transport", client.transport)
            return transport, Offers.of(client.esmtp_extensions)
        except BaseException:
            client.close()
            raise

    def _client(self, sock: socket.socket) -> aiosmtplib.SMTP:
        security = self._settings.security
        return aiosmtplib.SMTP(
            hostname=self._settings.host,
            sock=sock,
            local_hostname=self._settings.local_hostname or _address_literal(sock),
            use_tls=security is Security.TLS,
            start_tls=False,  # not by itself: it would begin in clear if it must
            tls_context=(
                None if security is Security.NONE else _trust(self._settings.ca_file)
            ),
        )

    async def _ehlo(self, client: aiosmtplib.SMTP) -> None:
        with self._at(Stage.EHLO):
            await client.ehlo(timeout=self._timeouts.ehlo)

    async def _secure(self, client: aiosmtplib.SMTP) -> None:
        if self._settings.security is not Security.STARTTLS:
            return
        with self._at(Stage.STARTTLS):
            if not client.supports_extension("starttls"):
                raise self._refused(Stage.STARTTLS, Silence.NOT_OFFERED)
            await client.starttls(timeout=self._timeouts.starttls)
        await self._ehlo(client)  # what was offered in clear does not count

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        if not self._settings.username:
            return
        name = self._settings.username.encode()
        password = self._settings.password.encode()
        with self._at(Stage.AUTH):
            if client.get_transport_info("sslcontext") is None:
                raise self._refused(Stage.AUTH, Silence.UNTRUSTED)
            offered = client.server_auth_methods
            wanted = MECHANISMS[self._settings.auth]
            match next((each for each in wanted if each in offered), None):
                case "plain":
                    log_in = client.auth_plain
                case "login":
                    log_in = client.auth_login
                case "cram-md5":
                    log_in = client.auth_crammd5
                case "xoauth2":
                    log_in = client.auth_xoauth2
                case _:
                    raise self._refused(Stage.AUTH, Silence.NOT_OFFERED)
            await log_in(name, password, timeout=self._timeouts.auth)

    @contextlib.contextmanager
    def _at(self, stage: Stage) -> Iterator[None]:
        """Turn what aiosmtplib and the network raise into `SessionRefused`."""
        self._stage = stage
        try:
            yield
        except (aiosmtplib.SMTPException, OSError) as error:
            raise self._refused(stage, what_happened(error)) from error

    def _refused(self, stage: Stage, answer: Answer) -> SessionRefused:
        exchange = (
            Exchange(stage, reply=answer)
            if isinstance(answer, SmtpReply)
            else Exchange(stage, silence=answer)
        )
        return SessionRefused(self._settings, exchange)


def what_happened(error: aiosmtplib.SMTPException | OSError) -> Answer:
    """Return the reply in `error`, or what came instead of one."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        text = error.message.encode("utf-8", "surrogateescape")
        return reply_of(error.code, text)
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return Silence.UNTRUSTED
    if isinstance(error, TimeoutError):
        return Silence.TIMEOUT
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return Silence.NOT_OFFERED
    if isinstance(error, OSError):
        return Silence.LOST
    return Silence.MALFORMED  # an SMTPException which says no more than that


async def _dial(settings: RelaySettings) -> socket.socket:
    """
    Return a socket that is connected to one of the relay's addresses.

    Here and not in aiosmtplib, which has one timeout for this and the greeting:
    a dead network shows in half a minute, a busy relay may greet after five.

    Raises:
        OSError: The name does not resolve, or none of its addresses answers.
    """
    loop = asyncio.get_running_loop()
    failure: OSError = OSError(f"{settings.host} has no address")
    async with asyncio.timeout(settings.timeouts.connect):
        addresses = await loop.getaddrinfo(
            settings.host,
            settings.port,
            type=socket.SOCK_STREAM,
            proto=socket.IPPROTO_TCP,
        )
    for family, kind, protocol, _, address in addresses:
        sock = socket.socket(family, kind, protocol)
        sock.settimeout(0)
        try:
            async with asyncio.timeout(settings.timeouts.connect):
                await loop.sock_connect(sock, address)
        except OSError as error:
            failure = error
            sock.close()
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure


def _address_literal(sock: socket.socket) -> str:
    """Return our end's address as EHLO wants it (RFC 5321, section 4.1.3)."""
    address = sock.getsockname()[0]
    if sock.family == socket.AF_INET6:
        return f"[IPv6:{address.partition('%')[0]}]"
    return f"[{address}]"


@functools.cache
def _trust(ca_file: str) -> ssl.SSLContext:
    """Return a context that verifies certificate and name, from TLS 1.2 on."""
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
