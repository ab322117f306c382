"""
The relay that the settings name: the office's own, or the built-in one.

The built-in one keeps each message it takes as a file in `mail/relay/`, and
puts its bounces into the office's Maildir, as a real one would.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from mailer.errors import ConfigurationError
from mailer.model.smtp import Security
from mailer.sandbox.post_office import PostOffice
from mailer.sandbox.relay import ScriptedRelay
from mailer.settings import SANDBOX, password
from mailer.smtp.settings import RelaySettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mailer.operations.office import Office


@contextlib.asynccontextmanager
async def relay(office: Office) -> AsyncIterator[RelaySettings]:
    """
    Give the relay's settings while the block runs.

    Raises:
        ConfigurationError: The settings are unsafe, or the password is missing.
    """
    settings = office.settings.relay
    if settings.host != SANDBOX:
        yield RelaySettings(
            host=settings.host,
            port=settings.port,
            security=settings.security,
            username=settings.username,
            password=password(settings, office.folder),
            auth=settings.auth,
            ca_file=settings.ca_file,
        )
        return
    if office.settings.office.production:
        raise ConfigurationError.at(
            "mailer.toml, relay, host",
            "the built-in relay delivers nothing, and this office is in production",
            "name the office's own relay",
        )
    post = PostOffice(office.folder / "mail")
    async with ScriptedRelay(
        on_accepted=post.keep, on_report=post.deliver_report, clock=office.clock
    ) as sandbox:
        yield RelaySettings("127.0.0.1", sandbox.port, Security.NONE)
