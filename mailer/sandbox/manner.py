"""How the sandbox's relay presents itself: name, extensions, TLS, credentials."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence

    from mailer.model.smtp import Stage
    from mailer.sandbox.behaviours import Step


@dataclass(frozen=True, slots=True)
class Manner:
    """How the relay presents itself to everybody."""

    hostname: str = "relay.example"
    extensions: tuple[str, ...] = ("PIPELINING", "DSN", "8BITMIME")
    size: int | None = 10_240_000  #: octets (RFC 1870); `None` is not offered
    tls: ssl.SSLContext | None = None  #: the server's side; offers STARTTLS
    implicit_tls: bool = False  #: TLS from the first byte instead
    credentials: tuple[str, str] | None = field(default=None, repr=False)
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")  #: for AUTH; XOAUTH2 is known too
    #: what is done at a stage for everybody, instead of the usual
    script: Mapping[Stage, Sequence[Step]] = field(
        default_factory=lambda: MappingProxyType({})
    )
