"""
Save what was enclosed in a message, under names that cannot do harm.

A sender may call a file `../../.bashrc`, or with letters that a terminal obeys:
of a name only its last part is kept, and of that only what is harmless.
Nothing that is there is overwritten.
"""

from __future__ import annotations

import os
import re
import unicodedata
from typing import TYPE_CHECKING

from mailer.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST = 120  #: octets; file systems allow 255
_MOST_OF_A_NAME = 1000  #: tries to find a name that is free
#: what no file system or shell gives a meaning, letters of all scripts included
_UNSAFE = re.compile(r"[^\w.,()+@ -]")
#: names that Windows keeps for its devices, where the file may end up
_DEVICE = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")


def safe_name(name: str) -> str:
    """
    Return a file name that stays in its folder and says the same to a person.

    Never empty, never hidden, at most 120 octets, its ending kept.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = _UNSAFE.sub("_", " ".join(last.split())).strip(" .-")
    if not kept or _DEVICE.match(kept):
        kept = f"file_{kept}" if kept else "file"
    stem, dot, ending = kept.rpartition(".")
    if not dot or len(ending.encode()) > _LONGEST // 4:
        stem, ending = kept, ""
    room = _LONGEST - len(ending.encode()) - len(dot)
    stem = stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .")
    return f"{stem}.{ending}" if ending else stem


def save_enclosure(folder: Path, name: str, content: bytes) -> Path:
    """
    Write an enclosure into `folder`, which is made if it is not there.

    Where another file has the name, a number follows it.

    Raises:
        UsageError: It cannot be written.
    """
    wanted = folder / safe_name(name)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(1, _MOST_OF_A_NAME):
            ending = f"-{number}" if number > 1 else ""
            path = wanted.with_name(f"{wanted.stem}{ending}{wanted.suffix}")
            try:
                with open(path, "xb", opener=_private) as file:
                    file.write(content)
            except FileExistsError:
                if path.is_file() and path.read_bytes() == content:
                    return path
                continue
            return path
    except OSError as error:
        cause = f"cannot be written: {error.strerror}"
        raise UsageError.at(str(wanted), cause, "name another folder") from error
    raise UsageError.at(str(folder), "is full of such names", "name another folder")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
