"""
Keep what goes out, byte for byte, where an office wants to be able to show it.

A file for each delivery, made before its first attempt: whether it went, and
when, is in the ledger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.model.message import Message

FOLDER = "mail/sent"


def keep_message(office: Path, campaign: str, message: Message) -> None:
    """
    Write a message to `mail/sent/<campaign>/<its Message-ID>.eml`, unless it is there.

    Another attempt sends the same bytes, so the first file serves all.

    Raises:
        StoreError: It cannot be written.
    """
    folder = office / FOLDER / campaign
    file = folder / f"{message.message_id.strip('<>').partition('@')[0]}.eml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            # Never half a file under its name.
            unfinished = file.with_suffix(".part")
            unfinished.write_bytes(message.data)
            unfinished.rename(file)
    except OSError as error:
        raise StoreError.at(
            str(file), error.strerror or str(error), "free some space, or its rights"
        ) from error
