"""
One hash over everything an approval is about.

A changed byte in the list, a template, an attachment, a step or the sender
makes another fingerprint, and the approval stale.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mailer.campaign.definition import FILE_NAME

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
        recipients: The list, always in the same order; read one at a time.
        sender: Name, addresses and bounce domain.
    """
    digest = hashlib.sha256()
    for part in sender:
        _feed(digest, part.encode())
    for path in sorted(files):
        _feed(digest, path.encode())
        _feed(digest, files[path])
    for one in recipients:
        organisation = one.organisation
        _feed(
            digest,
            one.address_key.encode(),
            one.address.encode(),
            organisation.code.encode(),
            organisation.official_name.encode(),
            organisation.co_official_name.encode(),
            one.role.value.encode(),
            one.gender.value.encode(),
            one.surname.encode(),
            one.language.encode(),
        )
    return digest.hexdigest()


def content_digest(files: Mapping[str, bytes]) -> str:
    """
    Return the SHA-256, in hex, of what the letters say, whoever gets them, and when.

    Two campaigns with the same one send the same thing; a copied folder with
    other dates is such a campaign.
    """
    digest = hashlib.sha256()
    for path in sorted(set(files) - {FILE_NAME}):
        _feed(digest, path.encode(), files[path])
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, *parts: bytes) -> None:
    """Add each part with its length, so that no two sequences look the same."""
    digest.update(b"".join([len(part).to_bytes(8, "big") + part for part in parts]))
