"""Make an office folder that works at once, from the one the program brings along."""

from __future__ import annotations

import shutil
from pathlib import Path

import mailer
from mailer.errors import UsageError

BUNDLED = Path(mailer.__file__).parent / "bundled"

_IGNORED = """\
# what the program makes, and what must not leave the office
mailer.db*
mailer.lock
mailer.instance
mailer.count
approved/
mailer.tick
office.key
mail/
reports/
rehearsals/
recipients/*
!recipients/municipalities.csv
!recipients/README.md
"""


def make_office(folder: Path) -> None:
    """
    Fill `folder` with settings, two sample campaigns and a sample list.

    A folder that is made for it is open to its owner only: letters and answers
    of people will lie in it.

    Raises:
        UsageError: There is an office already, or the folder cannot be made.
    """
    if (folder / "mailer.toml").exists():
        go = "" if folder == Path() else f"cd {folder} && "
        raise UsageError.at(
            str(folder.absolute()),
            "is an office already",
            f"{go}mailer campaign list",
        )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in ("templates", "recipients"):
            shutil.copytree(BUNDLED / part, folder / part, dirs_exist_ok=True)
        shutil.copyfile(BUNDLED / "mailer.toml", folder / "mailer.toml")
        (folder / "mailer.toml").chmod(0o600)
        (folder / ".gitignore").write_text(_IGNORED)
        for name in ("new", "cur", "tmp"):
            (folder / "mail" / "office" / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError.at(
            str(folder), f"cannot be made: {error.strerror}", "name another folder"
        ) from None
