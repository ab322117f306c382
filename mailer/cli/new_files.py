"""
Files that a command writes where a person says so: new ones only.

An export that is named like the ledger, or like a list that somebody keeps, must
not take its place.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from mailer.errors import Problem, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def require_new(*paths: Path) -> None:
    """
    Do nothing if none of the files is there.

    Raises:
        UsageError: One is.
    """
    there = [path for path in paths if path.exists() or path.is_symlink()]
    if there:
        hint = "move or delete it, or name another"
        raise UsageError(
            *(Problem(str(path), "is here already", hint) for path in there)
        )


@contextlib.contextmanager
def new_files(*paths: Path) -> Iterator[None]:
    """
    Let a block write files that are not there yet.

    Raises:
        UsageError: One is there already, or cannot be written.
    """
    require_new(*paths)
    try:
        yield
    except OSError as error:
        place = ", ".join(map(str, paths))
        cause = f"cannot be written: {error.strerror}"
        raise UsageError.at(place, cause, "name another file") from None
