"""
Read what a client shows of itself in AUTH (RFC 4954), at the sandbox's relay.

Whether it is right is decided by who asks.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

#: what Google and Microsoft say in a 334 before they refuse
WRONG_TOKEN = b'{"status":"401","schemes":"bearer","scope":"mail"}'

_XOAUTH2 = re.compile("user=([^\1]*)\1auth=Bearer ([^\1]*)\1\1")


async def credentials(
    mechanism: bytes, initial: bytes, challenge: Callable[[bytes], Awaitable[bytes]]
) -> tuple[str, ...]:
    """
    Return name and secret; () if they cannot be read.

    Args:
        mechanism: In upper case.
        initial: The initial response in the command, b"" if there is none.
        challenge: Says a 334 with these bytes, and returns the client's line.
    """
    try:
        if mechanism == b"LOGIN":
            name = initial or await challenge(b"Username:")
            secret = await challenge(b"Password:")
            return _text(name), _text(secret)
        text = _text(initial or await challenge(b""))
    except (binascii.Error, UnicodeDecodeError):
        return ()
    if mechanism == b"PLAIN":
        return tuple(text.split("\0")[1:])
    shown = _XOAUTH2.fullmatch(text)
    return shown.groups() if shown else ()


def _text(line: bytes) -> str:
    return base64.b64decode(line).decode()
