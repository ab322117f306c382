"""
The command `mailer`: global options, the tree of commands, exit codes.

What a command does is in `operations`; here it is only asked for and shown.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from mailer.cli import (
    campaign,
    doctor,
    inbox,
    lifecycle,
    objections,
    recipients,
    rehearsing,
    reporting,
    responses,
    running,
    start,
    suppress,
)
from mailer.cli.context import Invocation
from mailer.cli.group import Group
from mailer.cli.output import called_as, err, problems, say
from mailer.errors import ExitCode, MailerError, Problem

app = typer.Typer(
    name="mailer",
    cls=Group,
    help="Mail every municipality, know who has answered, remind only the silent.",
    epilog="Begin with `mailer init office`, or look on with `mailer demo`.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def options(
    context: typer.Context,
    office: Annotated[
        Path | None, typer.Option(help="The office's folder; else found upwards.")
    ] = None,
    no_input: Annotated[
        bool, typer.Option("--no-input", help="Never ask; fail instead.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Only data and errors.")
    ] = False,
    debug: Annotated[  # noqa: ARG001 - main() looks for it
        bool, typer.Option("--debug", help="Show the traceback of an error.")
    ] = False,
) -> None:
    """Mail every municipality, know who has answered, remind only the silent."""
    err.quiet = quiet
    called_as(sys.argv[0], office)
    context.obj = Invocation(office, no_input, quiet)


start.register(app)
doctor.register(app)
app.add_typer(recipients.app, name="recipients", cls=Group)
app.add_typer(campaign.app, name="campaign", cls=Group)
lifecycle.register(app)
rehearsing.register(app)
running.register(app)
app.add_typer(inbox.app, name="inbox", cls=Group)
app.add_typer(responses.app, name="responses", cls=Group)
app.add_typer(reporting.bounces, name="bounces", cls=Group)
app.add_typer(objections.app, name="objections", cls=Group)
app.add_typer(suppress.app, name="suppress", cls=Group)
reporting.register(app)


def _in_the_command_line(error: TyperException) -> Problem:
    """Return what was wrong with the command line, and where its help is."""
    used = getattr(error, "ctx", None)
    command = used.command_path if used else "mailer"
    said = error.format_message().rstrip(".")
    return Problem(command, said, f"see {command} --help")


def main() -> None:
    """Run the command line and end with an exit code of `errors.ExitCode`."""
    debug = "--debug" in sys.argv
    try:
        code = app(prog_name="mailer", standalone_mode=False)
    except MailerError as error:
        if debug:
            raise
        err.quiet = False
        problems(error.problems)
        code = error.exit_code
    except TyperException as error:
        err.quiet = False
        problems([_in_the_command_line(error)])
        code = ExitCode.USAGE
    except (KeyboardInterrupt, typer.Abort):
        say("Stopped. Nothing is lost; run the same command again to go on.")
        code = 130
    except BrokenPipeError:
        sys.stderr.close()
        code = ExitCode.DONE
    except Exception as error:
        if debug:
            raise
        err.quiet = False
        say(f"✗ our own bug: {type(error).__name__}: {error}")
        say("  Run it again with --debug and send us what it says.")
        code = ExitCode.FAILURE
    raise SystemExit(int(code or 0))
