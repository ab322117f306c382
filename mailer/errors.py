"""
The errors a person reads: place, cause, next step.

Everything that may stop a command and is not our own bug derives from
`MailerError`.
What happens to one recipient is never an exception; it is a value
(`mailer.model.delivery.Outcome`).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self


class ExitCode(IntEnum):
    """What the command tells the shell."""

    DONE = 0
    FAILURE = 1
    USAGE = 2
    PREFLIGHT = 3  #: a check blocks the campaign
    SOME_FAILED = 4  #: finished, some deliveries failed
    IN_DOUBT = 5  #: something is in doubt and waits for a person
    NOT_APPROVED = 6  #: the approval is missing or stale
    LEASED = 7  #: another instance is at work
    TEMPORARY = 75  #: try the same command again later
    CONFIGURATION = 78  #: the office's settings are wrong


class Severity(Enum):
    """How much a finding weighs."""

    BLOCKS = "blocks"  #: nothing is sent until it is mended
    WARNS = "warns"  #: a person should look


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, said so that a person can mend it."""

    place: str  #: "recipients.csv, row 17, column 'e-mail'"
    cause: str  #: "'office(at)town.example' has no @"
    next_step: str = ""  #: "correct the row, or import with --skip-invalid"
    severity: Severity = Severity.BLOCKS

    def __str__(self) -> str:
        """Return the problem as one line: place: cause — next step."""
        line = f"{self.place}: {self.cause}" if self.place else self.cause
        return f"{line} — {self.next_step}" if self.next_step else line


class MailerError(Exception):
    """
    A command cannot go on; the message is for the person who ran it.

    Args:
        problems: Everything that is wrong, all at once.
    """

    exit_code = ExitCode.FAILURE

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems

    @classmethod
    def at(cls, place: str, cause: str, next_step: str = "") -> Self:
        """Return an error of this class with a single problem."""
        return cls(Problem(place, cause, next_step))

    @classmethod
    def of(cls, problems: Iterable[Problem]) -> Self:
        """Return an error of this class with all of `problems`."""
        return cls(*problems)


class UsageError(MailerError):
    """The command was asked for something that does not exist."""

    exit_code = ExitCode.USAGE


class ConfigurationError(MailerError):
    """`mailer.toml`, the environment or a secret is wrong."""

    exit_code = ExitCode.CONFIGURATION


class DefinitionError(MailerError):
    """A campaign's folder is wrong: unknown key, missing template, bad date."""

    exit_code = ExitCode.PREFLIGHT


class PreflightError(MailerError):
    """A check found something that blocks the campaign."""

    exit_code = ExitCode.PREFLIGHT


class ListError(MailerError):
    """A list of recipients cannot be taken as it is."""


class ApprovalError(MailerError):
    """The campaign is not approved, or changed since it was."""

    exit_code = ExitCode.NOT_APPROVED


class LeaseError(MailerError):
    """Another instance is at work on this office."""

    exit_code = ExitCode.LEASED


class StoreError(MailerError):
    """The database is locked, read-only, full or not ours; nothing was sent."""

    exit_code = ExitCode.TEMPORARY


class DiskFullError(StoreError):
    """The database's disk has no room; what was to be written was not."""


class RelayError(MailerError):
    """The relay cannot be reached or does not let us in; nothing was sent."""

    exit_code = ExitCode.TEMPORARY


class MailboxError(MailerError):
    """The mailbox cannot be reached or read; what was taken before is stored."""

    exit_code = ExitCode.TEMPORARY


class IsolationError(MailerError):
    """The limited process that reads mail cannot be started; no mail was taken."""

    exit_code = ExitCode.TEMPORARY


class RenderError(MailerError):
    """A template does not render for a recipient; it names both."""

    exit_code = ExitCode.PREFLIGHT


#: what the schema's library says in its own words → ours
_SAID = {
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "int_parsing": "is no whole number",
    "int_type": "is no whole number",
    "string_type": 'is no text: write it in quotes, "…"',
    "date_type": "is no day",
    "date_parsing": "is no day",
    "date_from_datetime_parsing": "is no day",
    "date_from_datetime_inexact": "is a time, where a day is wanted",
    "datetime_type": "is no time",
    "datetime_parsing": "is no time",
    "datetime_from_date_parsing": "is no time",
}
_DAY = "write a day without quotes, as in 2026-12-15"
_TIME = "write a time without quotes, as in 2026-12-15T09:00:00"


def schema_problems(
    place: str,
    errors: Iterable[Mapping[str, Any]],
    known_keys: Iterable[str],
) -> list[Problem]:
    """
    Return what a schema found wrong in a file, in the words of its reader.

    Args:
        place: The file's name.
        errors: As pydantic's `ValidationError.errors()` gives them.
        known_keys: The keys the file may have, for "did you mean".
    """
    problems = []
    for error in errors:
        where = f"{place}, {_toml_path(error['loc'])}".removesuffix(", ")
        if error["type"] == "extra_forbidden":
            key = str(error["loc"][-1])
            near = difflib.get_close_matches(key, list(known_keys), n=1)
            hint = f"did you mean '{near[0]}'?" if near else "remove it"
            problems.append(Problem(where, "unknown key", hint))
        elif error["type"] == "missing":
            problems.append(Problem(where, "is missing", "add it"))
        else:
            cause = _SAID.get(error["type"])
            cause = cause or str(error["msg"]).removeprefix("Value error, ")
            problems.append(Problem(where, cause, _how_to_mend(error["type"])))
    return problems


def _how_to_mend(kind: str) -> str:
    if kind.startswith("datetime_"):
        return _TIME
    return _DAY if kind.startswith("date_") else "correct it"


def _toml_path(location: Iterable[str | int]) -> str:
    """Return ("step", 0, "to") as "step 1, to": people count from one."""
    parts: list[str] = []
    for part in location:
        if isinstance(part, int) and parts:
            parts[-1] += f" {part + 1}"
        else:
            parts.append(str(part))
    return ", ".join(parts)
