"""`mailer init` and `mailer demo`: how one gets to know the program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailer.cli import demo
from mailer.cli.output import next_step, say
from mailer.clock import SystemClock
from mailer.files.office_folder import make_office
from mailer.operations.date_campaigns import date_campaigns


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""

    @app.command()
    def init(
        folder: Annotated[Path, typer.Argument(help="Where to make it.")] = Path(),
    ) -> None:
        """Make an office folder that works at once, with two sample campaigns."""
        make_office(folder)
        opening = date_campaigns(folder, SystemClock().now())
        say(f"An office in {folder}: mailer.toml, templates/, recipients/.")
        say(f"Its two sample campaigns open on {opening:%A, %-d %B %Y}.")
        say("It is fenced in: mail to real addresses is refused.")
        go = "" if folder == Path() else f"cd {folder} && "
        next_step(
            f"{go}mailer recipients import recipients/municipalities.csv "
            "--list municipalities"
        )

    @app.command("demo")
    def demo_(
        folder: Annotated[Path, typer.Argument(help="Made anew each time.")] = Path(
            "demo"
        ),
        seed: Annotated[int, typer.Option(help="Other chance, other answers.")] = 2019,
    ) -> None:
        """Play both sample campaigns, weeks in seconds, against a relay of our own."""
        demo.play(folder, seed)
