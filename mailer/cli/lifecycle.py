"""
The verbs on a campaign, in their order: check, preview, test, approve, start.

And those that stop it: pause, resume, cancel.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import context
from mailer.cli.campaign import NEXT
from mailer.cli.check import check
from mailer.cli.completion import campaigns as complete_campaigns
from mailer.cli.completion import steps
from mailer.cli.harmless import harmless_line
from mailer.cli.new_files import new_files, require_new
from mailer.cli.output import counted, data, next_step, problems, say
from mailer.cli.relay import relay
from mailer.errors import ApprovalError, Problem, Severity, UsageError
from mailer.model.campaign import CampaignStatus, FormFormat
from mailer.operations import campaign_status
from mailer.operations.approval_sheet import write_sheet
from mailer.operations.open_campaign import open_campaign
from mailer.operations.preview import preview_all, preview_form, preview_one
from mailer.operations.send_to_staff import send_to_staff
from mailer.store import campaigns

if TYPE_CHECKING:
    from mailer.model.smtp import Exchange
    from mailer.operations.office import Office
    from mailer.store.campaigns import CampaignRow

Name = Annotated[
    str,
    typer.Argument(
        metavar="CAMPAIGN", help="The folder's name.", autocompletion=complete_campaigns
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verbs on a campaign to `app`."""
    for command in (check, preview, test, approve, start, pause, resume, cancel):
        app.command()(command)


def preview(
    ctx: typer.Context,
    name: Name,
    person: Annotated[
        str | None, typer.Option(help="Code, name or address; else the first one.")
    ] = None,
    step: Annotated[
        str | None, typer.Option(help="Else the opening one.", autocompletion=steps)
    ] = None,
    all_: Annotated[
        Path | None, typer.Option("--all", help="Write everybody's here as .eml.")
    ] = None,
    form: Annotated[
        FormFormat | None, typer.Option(help="Write the form itself, made out.")
    ] = None,
    answer: Annotated[
        str | None, typer.Option(help="As for an answer of this category, e.g. OBA.")
    ] = None,
) -> None:
    """Show a message as one recipient will get it, or write all of them."""
    with context.of(ctx).open() as office:
        opened = open_campaign(office, name)
        if form is not None:
            file = preview_form(office, opened, person, form)
            _write_new(Path(file.name), file.content)
            say(f"{file.name} written; nothing was sent.")
        elif all_ is not None:
            count = preview_all(office, opened, all_, step, answer=answer)
            say(f"{count} messages written to {all_}; nothing was sent.")
        else:
            shown = preview_one(office, opened, person, step, answer=answer)
            say(f"To: {shown.recipient.address}")
            say(f"Subject: {shown.rendered.subject}\n")
            data(shown.rendered.text)
            say(f"\nAttachments: {', '.join(shown.attachments) or 'none'}")
    next_step(f"mailer check {name}")


def _write_new(path: Path, content: bytes) -> None:
    """Write a file; one that somebody has filled in is never overwritten."""
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        if path.read_bytes() == content:
            return  # it is the same
        cause = "is here already, and differs: somebody may have filled it in"
        hint = "move or delete it, then preview again"
        raise UsageError.at(str(path), cause, hint) from None


def test(
    ctx: typer.Context,
    name: Name,
    to: Annotated[str, typer.Option(help="An address of your own.")],
    person: Annotated[
        str | None, typer.Option(help="Whose letter; else the first.")
    ] = None,
    step: Annotated[
        str | None, typer.Option(help="Else the opening one.", autocompletion=steps)
    ] = None,
) -> None:
    """Send one real message to staff; the ledger does not know of it."""
    with context.of(ctx).open() as office:
        opened = open_campaign(office, name)

        async def send() -> Exchange:
            async with relay(office) as settings:
                return await send_to_staff(office, opened, settings, to, person, step)

        say(str(asyncio.run(send())))
    next_step(f"mailer approve {name} --by NAME")


def approve(
    ctx: typer.Context,
    name: Name,
    by: Annotated[
        str | None, typer.Option(help="Who takes responsibility; not the author.")
    ] = None,
    author: Annotated[
        str, typer.Option(help="Who wrote it; else whom campaign.toml names.")
    ] = "",
    sheet: Annotated[
        Path | None, typer.Option(help="Write a page to print; with --by, after it.")
    ] = None,
) -> None:
    """Approve exactly what would be sent now; a changed byte makes it stale."""
    with context.of(ctx).open() as office:
        opened = open_campaign(office, name)
        if sheet is not None:
            require_new(sheet)
        if sheet is not None and by is None:
            with new_files(sheet):
                write_sheet(office, opened, sheet)
            say(f"{sheet} written; nothing is approved yet.")
            next_step(f"mailer approve {name} --by NAME")
            return
        found = campaign_status.approve(office, opened, by or "", author)
        if sheet is not None:
            with new_files(sheet):
                write_sheet(office, opened, sheet)
            say(f"{sheet} written.")
        status = _row(office, name).status
    problems(found.problems)
    say(f"{name}: approved by {by}, {found.recipients} messages in the first step.")
    if status is CampaignStatus.APPROVED:
        next_step(f"mailer start {name} --confirm {found.recipients}")
    else:  # approved anew in the middle
        next_step(NEXT[status].format(name))


def start(
    ctx: typer.Context,
    name: Name,
    confirm: Annotated[
        int | None, typer.Option(help="The number of messages, typed.")
    ] = None,
    canary: Annotated[
        int | None, typer.Option(min=1, help="Pause after this many, for a look.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also if they had these letters lately.")
    ] = False,
) -> None:
    """Let an approved campaign go; `mailer run` sends it."""
    with context.of(ctx).open() as office:
        opened = open_campaign(office, name)
        campaign_status.start(
            office, opened, confirm, context.whoami(), canary=canary, again=again
        )
        _say_status(office, name)
        if canary is not None:
            say(f"{name}: pauses for a look after {_first(canary, confirm)}")
    next_step("mailer run")


def _first(canary: int, count: int | None) -> str:
    first = counted(canary, "message")
    return f"{first}, which is everybody" if canary == count else f"the first {first}"


def pause(ctx: typer.Context, name: Name) -> None:
    """Stop a campaign before its next final dot."""
    with context.of(ctx).open() as office:
        _require_known(office, name)
        campaign_status.pause(office, name, context.whoami())
        _say_status(office, name)
    next_step(f"mailer resume {name}")


def resume(ctx: typer.Context, name: Name) -> None:
    """Let a paused campaign go on where it stopped."""
    with context.of(ctx).open() as office:
        _require_known(office, name)
        if campaign_status.leaves_an_edit(office, name):
            _say_what_is_left(ctx, name)
        campaign_status.resume(office, name, context.whoami())
        _say_status(office, name)
    next_step("mailer run")


def _say_what_is_left(ctx: typer.Context, name: str) -> None:
    """Warn that an edit does not go out; at a terminal let a person turn back."""
    cause = "edited since it was approved; what was approved goes on, without the edit"
    anew = f"mailer approve {name} --by NAME"
    place, hint = f"{name}, its folder", f"if the edit is to go out, first: {anew}"
    problems([Problem(place, cause, hint, Severity.WARNS)])
    question = "Resume with what was approved?"
    if context.of(ctx).can_ask and not typer.confirm(question, err=True):
        raise ApprovalError.at(name, "stays paused", anew)


def cancel(ctx: typer.Context, name: Name) -> None:
    """End a campaign for good; what is planned is not sent."""
    with context.of(ctx).open() as office:
        _require_known(office, name)
        if context.of(ctx).can_ask:
            _require_typed(office, name)
        count = campaign_status.cancel(office, name, context.whoami())
        say(f"{name}: cancelled, {count} planned messages will not be sent.")
    next_step(f"mailer report {name}")


def _require_typed(office: Office, name: str) -> None:
    """Let a person type the name of what ends for good."""
    if _row(office, name).status is CampaignStatus.CANCELLED:
        return
    say(f"{name}: cancelled, it ends for good: no start, no resume, no other approval.")
    typed = typer.prompt("Type its name to cancel it", err=True)
    if typed.strip() != name:
        cause = f"'{harmless_line(typed)}' is not its name: it was not cancelled"
        raise UsageError.at(name, cause, f"to stop it for a while: mailer pause {name}")


def _require_known(office: Office, name: str) -> None:
    """Refuse a name that is no campaign's; its folder may be in any state."""
    if _row(office, name).status is CampaignStatus.DRAFT:
        open_campaign(office, name)


def _say_status(office: Office, name: str) -> None:
    say(f"{name}: {_row(office, name).status.value}")


def _row(office: Office, name: str) -> CampaignRow:
    with office.database.read() as connection:
        return campaigns.get(connection, name)
