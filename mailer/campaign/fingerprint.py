"""
One hash over everything an approval is about.

A changed byte in the list, a template, an attachment, a step or the sender
makes another fingerprint, and the approval stale.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mailer.model.recipient import Recipient


def fingerprint(
    files: Mapping[str, bytes],
    recipients: Iterable[Recipient],
    sender: Iterable[str],
) -> str:
    """
    Return the SHA-256, in hex, of what will be sent, to whom, in whose name.

    Args:
        files: Path in the campaign's folder or the shared layout → bytes.
        recipients: The list, in any order.
        sender: Name, addresses and bounce domain.
    """
    digest = hashlib.sha256()
    for part in sender:
        _feed(digest, part.encode())
    for path in sorted(files):
        _feed(digest, path.encode())
        _feed(digest, files[path])
    rows = sorted(
        (
            one.address_key,
            one.address,
            one.organisation.code,
            one.organisation.official_name,
            one.organisation.co_official_name,
            one.role.value,
            one.gender.value,
            one.surname,
            one.language,
        )
        for one in recipients
    )
    for row in rows:
        for cell in row:
            _feed(digest, cell.encode())
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, part: bytes) -> None:
    """Add `part` with its length, so that no two sequences look the same."""
    digest.update(len(part).to_bytes(8, "big"))
    digest.update(part)
