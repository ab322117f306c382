"""What every command needs: the office's folder, opened when it is asked for."""

from __future__ import annotations

import contextlib
import getpass
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mailer.cli.terminal import is_interactive
from mailer.clock import SystemClock
from mailer.operations.office import Office, open_office
from mailer.settings import find_office

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Invocation:
    """The global options of this command."""

    office: Path | None
    no_input: bool
    quiet: bool

    @property
    def can_ask(self) -> bool:
        """Tell whether somebody is there to be asked, and wants to be."""
        return not self.no_input and is_interactive()

    @contextlib.contextmanager
    def open(self) -> Iterator[Office]:
        """
        Open the office named by --office, or the nearest one upwards.

        Raises:
            MailerError: There is none, or it cannot be opened.
        """
        folder = find_office((self.office or Path.cwd()).resolve())
        with open_office(folder, SystemClock()) as office:
            yield office


def of(context: typer.Context) -> Invocation:
    """Return the global options of a command."""
    found = context.find_object(Invocation)
    if found is None:
        raise AssertionError("the app's callback has not run")
    return found


def whoami() -> str:
    """Return the login name, as whoever records something by hand."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in a bare container
        return "staff"
