"""
Keep the office's key: made once, for a ledger that is still empty.

Bounces, unsubscriptions and forms name their letter with it.  With another key
they would be nobody's, and whoever asked for no more mail would be reminded: so
an office whose letters were named with another key does not run.
What is made of it is in `mailer.tokens`.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from mailer import tokens
from mailer.errors import ConfigurationError
from mailer.store import deliveries

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.operations.office import Office
    from mailer.store.database import Database

KEY_FILE = "office.key"
#: on the key's second line: the one before was lost, and staff go on without it
REPLACED = "replaced"

_OCTETS = 32
#: of the latest deliveries that are looked at: one may have been changed by hand
_SAMPLES = 20


def read_or_make_key(folder: Path, database: Database) -> bytes:
    """
    Return the office's key; make it the first time, readable by its owner only.

    Raises:
        ConfigurationError: It cannot be read or made, or letters were named with
            one that is gone.
    """
    path = folder / KEY_FILE
    if not path.exists():
        with database.read() as connection:
            is_new = not deliveries.latest(connection, 1)
        if not is_new:
            raise _lost(path, "is gone, and the ledger has letters that it named")
        _make(path)
    try:
        return bytes.fromhex(_lines(path)[0])
    except (OSError, ValueError, IndexError) as error:
        raise ConfigurationError.at(
            str(path),
            f"cannot be read: {error}",
            "restore it from a backup: without it no bounce can be matched",
        ) from None


def require_own_key(office: Office) -> None:
    """
    Return if the ledger's letters were named with the office's key.

    Raises:
        ConfigurationError: They were named with another one, and nobody has
            written down that it was replaced.
    """
    with office.database.read() as connection:
        known = deliveries.latest(connection, _SAMPLES)
    is_own = not known or any(
        one.reference
        == tokens.reference(office.key, one.campaign, one.step, one.address_key)
        for one in known
    )
    path = office.folder / KEY_FILE
    if not is_own and REPLACED not in _lines(path)[1:]:
        raise _lost(path, "is not the key that named the ledger's letters")


def _lost(path: Path, cause: str) -> ConfigurationError:
    return ConfigurationError.at(
        str(path),
        cause,
        "bring it back from the backup; without it no bounce, unsubscription or "
        "form of those letters is recognised, and whoever unsubscribes is reminded "
        "unless somebody reads the mail. To go on so all the same: "
        f"`(openssl rand -hex {_OCTETS}; echo {REPLACED}) > {path}`",
    )


def _lines(path: Path) -> list[str]:
    return path.read_text("ascii").split()


def _make(path: Path) -> None:
    try:
        with open(path, "xb", opener=_private) as file:
            file.write(secrets.token_hex(_OCTETS).encode())
    except FileExistsError:
        pass  # another program was faster
    except OSError as error:
        raise ConfigurationError.at(str(path), f"cannot be made: {error}") from None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
