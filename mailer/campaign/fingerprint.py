"""
What an approval is about, ingredient by ingredient, and one hash over all of it.

A changed byte in the list, a template, an attachment or the definition, or a
change in what mailer.toml says of sender, sending window and time zone, makes
another fingerprint, and the approval stale; `changes` says by which.
Whole files count, comments too: whoever approves need not judge what matters.
What is left out, because it changes neither what is sent, nor when, nor in whose
name: the relay and its limits, the mailbox, the database.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from mailer.campaign.definition import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mailer.model.recipient import Recipient

_DIGEST = "sha256:"  #: a value that nobody can read begins with it
_FORM = "form.toml"
_NAMED = 8  #: changes that are said; the rest are counted


def of_files(
    files: Mapping[str, bytes], definition: Mapping[str, Any]
) -> dict[str, str]:
    """
    Return what a campaign's folder holds: what it is → the digest of it.

    Args:
        files: Path in the campaign's folder or the shared layout → bytes.
        definition: The parsed campaign.toml, whose parts are named one by one.
    """
    found = {_kind(path): _digest(content) for path, content in files.items()}
    for name, part in _parts(definition):
        written = json.dumps(part, default=str, ensure_ascii=False, sort_keys=True)
        found[name] = _digest(written.encode())
    return found


def of_list(name: str, recipients: Iterable[Recipient]) -> dict[str, str]:
    """
    Return the list as an ingredient.

    Args:
        name: The list's.
        recipients: On it, always in the same order; read one at a time.
    """
    digest = hashlib.sha256()
    for one in recipients:
        organisation = one.organisation
        parts = (
            one.address_key,
            one.address,
            organisation.code,
            organisation.name,
            organisation.official_name,
            organisation.co_official_name,
            organisation.region,
            one.role.value,
            one.gender.value,
            one.surname,
            one.language,
        )
        _feed(digest, *(part.encode() for part in parts))
    return {f"list '{name}'": _DIGEST + digest.hexdigest()}


def fingerprint(ingredients: Mapping[str, str]) -> str:
    """Return the SHA-256, in hex, of what will be sent, to whom, when, by whom."""
    digest = hashlib.sha256()
    for name, value in sorted(ingredients.items()):
        _feed(digest, name.encode(), value.encode())
    return digest.hexdigest()


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return what is new, gone or other in `after`, in words; "" if nothing."""
    names = [
        name for name in {**before, **after} if before.get(name) != after.get(name)
    ]
    parts = [name for name in names if name.startswith(f"{FILE_NAME}, ")]
    if parts and FILE_NAME in names:  # the parts say more than the whole
        names.remove(FILE_NAME)
    said = [_said(name, before.get(name), after.get(name)) for name in sorted(names)]
    more = len(said) - _NAMED
    return "; ".join([*said[:_NAMED], *([f"and {more} more"] if more > 0 else [])])


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


def _said(name: str, before: str | None, after: str | None) -> str:
    if before is None:
        return f"{name} is new"
    if after is None:
        return f"{name} is gone"
    if before.startswith(_DIGEST) or after.startswith(_DIGEST):
        return name
    return f"{name} ({before or 'nothing'} → {after or 'nothing'})"


def _kind(path: str) -> str:
    """Return what a person calls a file of the folder."""
    if path in (FILE_NAME, _FORM):
        return path
    folder, _, name = path.rpartition("/")
    if folder == "attachments":
        return f"attachment '{name}'"
    return f"{'template' if path.endswith('.j2') else 'file'} {path}"


def _parts(definition: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield the parts of a definition: each step, and whatever else stands there."""
    for key, part in definition.items():
        if key == "step" and isinstance(part, list):
            for number, step in enumerate(part, 1):
                own = step.get("name", number) if isinstance(step, dict) else number
                yield f"{FILE_NAME}, step '{own}'", [number, step]
        else:
            yield f"{FILE_NAME}, {key}", part


def _digest(content: bytes) -> str:
    return _DIGEST + hashlib.sha256(content).hexdigest()


def _feed(digest: hashlib._Hash, *parts: bytes) -> None:
    """Add each part with its length, so that no two sequences look the same."""
    digest.update(b"".join([len(part).to_bytes(8, "big") + part for part in parts]))
