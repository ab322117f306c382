"""Open a session with the relay where a person waits for it, and say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import RelayError
from mailer.smtp.session import Session, SessionRefused

if TYPE_CHECKING:
    from mailer.smtp.settings import RelaySettings


async def open_session(relay: RelaySettings) -> Session:
    """
    Return an open session.

    Raises:
        RelayError: The relay does not let us in; it says how far we came.
    """
    try:
        return await Session.open(relay)
    except SessionRefused as refused:
        raise RelayError.at(
            f"relay {relay.host}:{relay.port}",
            str(refused.exchange),
            "look whether it runs, and correct [relay] in mailer.toml",
        ) from None
