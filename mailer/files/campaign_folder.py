"""
Read a campaign's folder as it lies on the disk: definition, templates, files.

What the definition means is decided in `campaign.definition`.
Nothing outside the folder is ever read: links are refused.
"""

from __future__ import annotations

import mimetypes
import re
import stat
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mailer.errors import DefinitionError, Problem, UsageError
from mailer.model.message import Attachment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

DEFINITION = "campaign.toml"
FORM = "form.toml"
LAYOUT = "_layout"
ATTACHMENTS = "attachments"
#: where TOML's reader says it stumbled, and what was meant as a date there
_LINE = re.compile(r"at line (\d+)")
_DATE = re.compile(
    r"(?P<key>[\w.\s-]+)=(?P<date>\s*\d{1,4}\s*[-./]\s*\d{1,2}\s*[-./][^#,}]*)"
)
_LARGEST_OCTETS = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CampaignFolder:
    """A campaign's folder, read whole."""

    name: str
    definition: Mapping[str, Any]  #: the parsed campaign.toml
    templates: Mapping[str, str]  #: name → source; shared ones as "_layout/<name>"
    attachments: Mapping[str, Attachment]  #: by file name
    form: Mapping[str, Any] | None  #: the parsed form.toml, if there is one
    files: Mapping[str, bytes]  #: every path that takes part → its bytes


def campaign_names(templates: Path) -> list[str]:
    """Return the names of the folders that hold a campaign.toml."""
    return sorted(path.parent.name for path in templates.glob(f"*/{DEFINITION}"))


def read_campaign_folder(templates: Path, name: str) -> CampaignFolder:
    """
    Read `templates/<name>/` and the shared layout.

    Raises:
        UsageError: There is no such campaign.
        DefinitionError: Files are missing, unreadable or of a kind that is
            refused; with every problem.
    """
    names = campaign_names(templates)
    if name not in names:
        known = ", ".join(names) or "none"
        raise UsageError.at(
            f"campaign '{name}'",
            f"no {templates / name / DEFINITION}",
            f"there is: {known}",
        )
    problems: list[Problem] = []
    files: dict[str, bytes] = {}
    for folder in (templates / name, templates / LAYOUT):
        prefix = f"{LAYOUT}/" if folder.name == LAYOUT else ""
        for path, content in _regular_files(folder, problems):
            files[prefix + path.relative_to(folder).as_posix()] = content
    sources = {
        path: _text(name, path, content, problems)
        for path, content in files.items()
        if path.endswith(".j2")
    }
    definition = _toml(name, DEFINITION, files, problems)
    form = _toml(name, FORM, files, problems) if FORM in files else None
    if problems:
        raise DefinitionError(*problems)
    return CampaignFolder(name, definition, sources, _attachments(files), form, files)


def _attachments(files: Mapping[str, bytes]) -> dict[str, Attachment]:
    found = {}
    for path, content in files.items():
        folder, _, file_name = path.rpartition("/")
        if folder == ATTACHMENTS:
            kind, _encoding = mimetypes.guess_type(file_name)
            found[file_name] = Attachment(
                file_name, content, kind or "application/octet-stream"
            )
    return found


def _regular_files(
    folder: Path, problems: list[Problem]
) -> Iterator[tuple[Path, bytes]]:
    """Yield readable regular files of a bearable size, read; note the others."""
    for path in sorted(folder.rglob("*")):
        kind = path.lstat()
        if stat.S_ISDIR(kind.st_mode) or path.name.startswith("."):
            continue
        if not stat.S_ISREG(kind.st_mode):
            problems.append(Problem(str(path), "is no regular file", "copy the file"))
        elif kind.st_size > _LARGEST_OCTETS:
            problems.append(Problem(str(path), "is over 25 MB", "link to it instead"))
        elif kind.st_size == 0 and path.parent.name == ATTACHMENTS:
            problems.append(Problem(str(path), "is empty", "put the real file there"))
        else:
            try:
                yield path, _whole(path, kind.st_size)
            except (OSError, ValueError) as error:
                said = error.strerror if isinstance(error, OSError) else error
                problems.append(Problem(str(path), f"cannot be read: {said}"))


def _whole(path: Path, size: int) -> bytes:
    """
    Return what is in a file.

    Raises:
        ValueError: Somebody is writing it.
    """
    with path.open("rb") as file:
        content = file.read(_LARGEST_OCTETS + 1)
    if len(content) != size:
        raise ValueError("somebody is writing it; try again when it is whole")
    return content


def _text(name: str, path: str, content: bytes, problems: list[Problem]) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(
            Problem(f"{name}/{path}", f"is not UTF-8 ({error.reason})", "save as UTF-8")
        )
        return ""


def _toml(
    name: str, file: str, files: Mapping[str, bytes], problems: list[Problem]
) -> dict[str, Any]:
    if file not in files:  # it was refused
        return {}
    try:
        return tomllib.loads(files[file].decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(_unreadable(f"{name}/{file}", files[file], error))
        return {}


def _unreadable(place: str, content: bytes, error: ValueError) -> Problem:
    """Return what is wrong with a file; of a date how one is written."""
    at = _LINE.search(str(error))
    lines = content.decode("utf-8", "replace").split("\n")
    line = lines[int(at[1]) - 1] if at and int(at[1]) <= len(lines) else ""
    date = _DATE.match(line)
    if at is None or date is None:
        return Problem(place, str(error), "correct the file")
    cause = f"{date['key'].strip()} = {date['date'].strip()} is no date"
    hint = "write a day as 2026-12-15, a time as 2026-12-15T09:00:00, without quotes"
    return Problem(f"{place}, line {at[1]}", cause, hint)
