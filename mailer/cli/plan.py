"""How `mailer campaign plan` shows a plan: to all, for one, and as a file."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from mailer.cli.harmless import harmless
from mailer.cli.new_files import new_files
from mailer.cli.output import as_called, as_json, counted, next_step, pages, say
from mailer.errors import UsageError
from mailer.planning.as_text import after_what, plan_as_text
from mailer.planning.decision import PlanVerdict as V
from mailer.planning.leave import lands_in_leave
from mailer.planning.windows import WorkCalendar
from mailer.planning.words import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from mailer.operations.open_campaign import OpenCampaign
    from mailer.planning.decision import Decision

REASONS = 3  #: for which somebody is held, that are shown

#: what a decision says; its time stands in the braces
_SAID = {
    V.DUE: "now, due since {}",
    V.LATER: "{}",
    V.MISSED: "missed",
    V.DONE: "done",
    V.NOT_FOR_THEM: "not for them",
    V.SUPPRESSED: "suppressed",
    V.OBJECTED: "no more reminders",
    V.HELD: "held",
}


def show_plan(
    opened: OpenCampaign, decisions: Sequence[Decision], *, json: bool
) -> None:
    """Show every date with its reason, and how many each step is for."""
    campaign = opened.campaign
    if json:
        as_json(campaign=campaign.name, steps=_plan_json(opened))
        return
    pages(plan_as_text(campaign, opened.times))
    counts = Counter((one.step, one.verdict) for one in decisions)
    for step in campaign.steps:
        due = counts[step.name, V.DUE]
        later = counts[step.name, V.LATER]
        missed = counts[step.name, V.MISSED]
        say(f"{step.name}: {due} due now, {later} later, {missed} missed")
        _say_who_is_held(one for one in decisions if one.step == step.name)
    next_step(f"mailer check {campaign.name}")


def _say_who_is_held(decisions: Iterable[Decision]) -> None:
    """Say how many wait for something, and for what."""
    reasons = Counter(one.reason for one in decisions if one.verdict is V.HELD)
    shown = reasons.most_common(REASONS)
    for reason, count in shown:
        say(f"  {count} held: {as_called(reason)}")
    if others := reasons.total() - sum(count for _, count in shown):
        say(f"  {others} held for other reasons; --person says which")


def show_plan_of(
    person: str,
    mine: Sequence[Decision],
    otherwise: Mapping[tuple[int, str], Decision],
    opened: OpenCampaign,
    *,
    json: bool,
) -> None:
    """
    Show what one recipient, or each of an organisation, will get, and why.

    And what they would get for the answers that they have not given:
    `otherwise`, by recipient and step.

    Raises:
        UsageError: Nobody is on the list.
    """
    campaign = opened.campaign
    if not mine:
        raise UsageError.at(f"'{person}'", f"is not on the list of {campaign.name}")
    calendar = WorkCalendar.of(campaign)
    if json:
        as_json(
            decisions=[
                {
                    "address": one.recipient.address,
                    "step": one.step,
                    **_json(one, calendar),
                    "if_answered": _json(
                        otherwise.get((one.recipient.id, one.step)), calendar
                    ),
                }
                for one in mine
            ]
        )
        return
    lines = []
    for address, theirs in groupby(mine, key=lambda one: one.recipient.address):
        lines.append(address)
        for one in theirs:
            at = moment(calendar.local(one.at)) if one.at else ""
            lines.append(f"  {one.step}: {_SAID[one.verdict].format(at)}")
            lines.append(f"    because {as_called(one.reason)}")
            if then := otherwise.get((one.recipient.id, one.step)):
                at = moment(calendar.local(then.at)) if then.at else ""
                said = _SAID[then.verdict].format(at)
                lines.append(f"    if they answer so: {said}")
                lines.append(f"      because {as_called(then.reason)}")
    pages(harmless("\n".join(lines)))
    next_step(f"mailer preview {campaign.name} --person '{person}'")


def _json(one: Decision | None, calendar: WorkCalendar) -> dict[str, object]:
    if one is None:
        return {}
    return {
        "verdict": one.verdict.value,
        "at": one.at and calendar.local(one.at).isoformat(),
        "reason": one.reason,
    }


def write_calendar(
    opened: OpenCampaign, to: Path, *, domain: str, now: datetime
) -> None:
    """
    Write the plan's dates into a calendar file.

    Raises:
        UsageError: It is there already, or cannot be written.
    """
    # It takes a while to load, and only this option needs it.
    from mailer.planning.as_calendar import plan_as_calendar  # noqa: PLC0415

    campaign, times = opened.campaign, opened.times
    content = plan_as_calendar(campaign, times, domain=domain, stamp=now)
    with new_files(to):
        to.write_bytes(content)
    say(f"written: {to}, {counted(len(times), 'step')} with a date")
    for step in campaign.steps:
        if step.name not in times:
            say(f"left out: {step.name}, which goes {after_what(step)}")
    next_step(f"mailer campaign plan {campaign.name}")


def _plan_json(opened: OpenCampaign) -> list[dict[str, object]]:
    steps: list[dict[str, object]] = []
    for step in opened.campaign.steps:
        time = opened.times.get(step.name)
        steps.append(
            {
                "step": step.name,
                "to": step.to,
                "categories": list(step.categories),
                "due": time and time.due.isoformat(),
                "expires": time and time.expires.isoformat(),
                "until": time and time.until,
                "moved_from": time and time.moved_from,
                "dropped": time.dropped if time else "",
                "reasons": list(time.reasons) if time else [],
                "many_away": lands_in_leave(opened.campaign, step, time)
                if time
                else "",
            }
        )
    return steps
