"""`mailer resolve`: what became of deliveries of which the program cannot know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli import context
from mailer.cli.completion import campaigns
from mailer.cli.output import as_json, next_step, say
from mailer.errors import UsageError
from mailer.operations.resolve_doubt import Resolution, resolve_all, resolve_doubts

if TYPE_CHECKING:
    from collections.abc import Sequence

_FEW = 3  #: numbers that are still proposed one by one


def resolve(
    ctx: typer.Context,
    ids: Annotated[
        list[int],
        typer.Argument(
            metavar="ID",
            default_factory=list,
            show_default=False,
            help="From the report.",
        ),
    ],
    resolution: Annotated[Resolution, typer.Argument(help="What you found out.")],
    campaign: Annotated[
        str | None,
        typer.Option(
            help="All of this one that are in doubt.", autocompletion=campaigns
        ),
    ] = None,
    confirm: Annotated[
        int | None, typer.Option(help="With --campaign: how many, typed.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who; else the login.")] = None,
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Settle deliveries that are in doubt, or missed: only a person can."""
    if bool(ids) == (campaign is not None):
        cause = "wants the deliveries' numbers, or a whole campaign"
        hint = (
            "mailer resolve ID… accepted, or accepted --campaign NAME --confirm COUNT"
        )
        raise UsageError.at("mailer resolve", cause, hint)
    who = by or context.whoami()
    with context.of(ctx).open() as office:
        if campaign is not None:
            done = resolve_all(office, campaign, resolution, who, confirm)
        else:
            done = resolve_doubts(office, ids, resolution, who)
    if json:
        as_json(
            resolved=[
                {
                    "delivery": one.id,
                    "campaign": one.campaign,
                    "step": one.step,
                    "before": one.state.value,
                    "resolution": resolution.value,
                }
                for one in done
            ]
        )
        return
    for one in done:
        before = one.state.value.replace("_", " ")
        say(f"delivery {one.id}, {one.step}: {before} → {resolution.value}")
    next_step(f"mailer report {done[0].campaign}")


def propose(campaign: str, ids: Sequence[int]) -> None:
    """Say how what is in doubt is settled."""
    say("Ask the relay's log whether it took them: accepted if so, else resend;")
    say("or abandon, if nobody can know and they need not go.")
    if len(ids) > _FEW:
        next_step(f"mailer resolve WHAT --campaign {campaign} --confirm {len(ids)}")
    else:
        next_step(f"mailer resolve {' '.join(map(str, ids))} WHAT")
