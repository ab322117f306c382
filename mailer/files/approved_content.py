"""
What was approved, kept byte for byte: what is sent later is read from here.

`approved/<campaign>/<fingerprint>/` has the same shape as `templates/`: the
campaign's folder, and the shared layout beside it.  Beside them, what the hash
was made of is written down, so that a later change can be named.  Older approvals
stay, to show what went out under them.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from mailer.errors import StoreError
from mailer.files.campaign_folder import LAYOUT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FOLDER = "approved"
_INGREDIENTS = "ingredients.json"


def approved_templates(office: Path, name: str, fingerprint: str) -> Path:
    """Return where the content of an approval is, in the shape of `templates/`."""
    return office / FOLDER / name / fingerprint


def approved_ingredients(office: Path, name: str, fingerprint: str) -> dict[str, str]:
    """Return what an approval's hash was made of; nothing if that is lost."""
    file = approved_templates(office, name, fingerprint) / _INGREDIENTS
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    return {str(key): str(value) for key, value in pairs}


def keep_approved(
    office: Path,
    name: str,
    fingerprint: str,
    files: Mapping[str, bytes],
    ingredients: Mapping[str, str],
) -> None:
    """
    Write down what was approved, as `read_campaign_folder` gave it.

    Whoever reads it later compares the fingerprint, so what a power cut left
    half done, or a hand has changed, is not taken for the approved.

    Raises:
        StoreError: It cannot be written.
    """
    place = approved_templates(office, name, fingerprint)
    unfinished = place.with_suffix(".part")
    try:
        (office / FOLDER).mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(unfinished, ignore_errors=True)
        for path, content in files.items():
            is_shared = path.startswith(f"{LAYOUT}/")
            file = unfinished / path if is_shared else unfinished / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        written = json.dumps(ingredients, ensure_ascii=False, indent=1, sort_keys=True)
        (unfinished / _INGREDIENTS).write_text(written, "utf-8")
        shutil.rmtree(place, ignore_errors=True)
        unfinished.rename(place)
    except OSError as error:
        raise StoreError.at(
            str(place), error.strerror or str(error), "free some space, or its rights"
        ) from error
