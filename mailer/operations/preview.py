"""Show what would be sent, without sending it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.errors import UsageError
from mailer.operations.compose import Composer
from mailer.operations.find_organisation import who_is_meant
from mailer.operations.imagine import imagine, imagine_in
from mailer.store import histories

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from mailer.model.campaign import FormFormat, Step
    from mailer.model.history import History
    from mailer.model.message import Attachment, Message, Rendered
    from mailer.model.recipient import Recipient
    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign


@dataclass(frozen=True, slots=True)
class Preview:
    """One message as its recipient will see it."""

    recipient: Recipient
    rendered: Rendered
    message: Message
    attachments: tuple[str, ...]


def preview_one(
    office: Office,
    opened: OpenCampaign,
    person: str | None,
    step_name: str | None,
    *,
    begun: datetime | None = None,
    answer: str | None = None,
) -> Preview:
    """
    Return one step's message for one recipient.

    Args:
        office: The office.
        opened: The campaign.
        person: Code, name or address; `None` is the first on the list.
        step_name: `None` is the opening step.
        begun: The message's Date; `None` is when the step is due.
        answer: Of which category their answer shall be; `None` is the first.

    Raises:
        UsageError: No such recipient or step, or the step is for no such answer.
        RenderError: It does not render.
    """
    step = find_step(opened, step_name)
    known = _histories(office, opened)
    wanted = _wanted(office, opened, known, person)
    composer = Composer(office, opened, len(known))
    due = _due(office, opened, step)
    wanted = _answered(opened, step, wanted, due, answer)
    calendar = (f"{opened.campaign.name}.ics",) if step.calendar else ()
    forms = [one.name for one in composer.form(step, wanted.recipient)]
    message = composer.message(
        step, wanted, due=due, begun=begun or due, answered_count=0
    )
    return Preview(
        recipient=wanted.recipient,
        rendered=composer.render(step, wanted, due, 0),
        message=composer.signed(message),
        attachments=(*calendar, *forms, *step.attachments),
    )


def preview_all(
    office: Office,
    opened: OpenCampaign,
    folder: Path,
    step_name: str | None,
    *,
    answer: str | None = None,
) -> int:
    """
    Write one step's message for everybody as .eml; return how many.

    Raises:
        UsageError: No such step, or it is for no such answer.
        RenderError: One does not render.
    """
    step = find_step(opened, step_name)
    due = _due(office, opened, step)
    known = _histories(office, opened)
    composer = Composer(office, opened, len(known))
    folder.mkdir(parents=True, exist_ok=True)
    for history in known:
        seen = _answered(opened, step, history, due, answer)
        message = composer.message(step, seen, due=due, begun=due, answered_count=0)
        name = re.sub(r"[^\w@.+-]", "_", f"{step.name}-{history.recipient.address}")
        (folder / f"{name}.eml").write_bytes(composer.signed(message).data)
    return len(known)


def preview_form(
    office: Office, opened: OpenCampaign, person: str | None, form: FormFormat
) -> Attachment:
    """
    Return the campaign's form, made out to one recipient's organisation.

    Raises:
        UsageError: The campaign has no form, or there is no such recipient.
        DefinitionError: The form does not fit on a page.
    """
    campaign = opened.campaign
    if campaign.form is None:
        raise UsageError.at(
            campaign.name, "has no form", f"write templates/{campaign.name}/form.toml"
        )
    known = _histories(office, opened)
    recipient = _wanted(office, opened, known, person).recipient
    printer = Composer(office, opened, len(known)).printer
    return printer.attachments(recipient.organisation, [form])[0]


def find_step(opened: OpenCampaign, name: str | None) -> Step:
    """
    Return a step by name, the opening one without.

    Raises:
        UsageError: There is none of that name.
    """
    steps = {step.name: step for step in opened.campaign.steps}
    if name is None:
        return opened.campaign.steps[0]
    if name not in steps:
        raise UsageError.at(
            f"step '{name}'",
            f"is not in {opened.campaign.name}",
            f"one of {', '.join(steps)}",
        )
    return steps[name]


def _answered(
    opened: OpenCampaign,
    step: Step,
    history: History,
    due: datetime,
    answer: str | None,
) -> History:
    """Return the recipient with an answer of the wanted category, or the first."""
    if answer is None:
        return next(imagine(opened.campaign, step, history, due))
    return imagine_in(opened.campaign, step, history, due, answer)


def _wanted(
    office: Office, opened: OpenCampaign, known: list[History], person: str | None
) -> History:
    is_meant = who_is_meant(office, person) if person else _anybody
    wanted = next((one for one in known if is_meant(one.recipient)), None)
    if wanted is None:
        raise UsageError.at(
            f"'{person}'",
            f"is not on list '{opened.campaign.list_name}'",
            f"mailer recipients show --list {opened.campaign.list_name}",
        )
    return wanted


def _histories(office: Office, opened: OpenCampaign) -> list[History]:
    """Return who is on the campaign's list; there has to be somebody."""
    name, list_name = opened.campaign.name, opened.campaign.list_name
    with office.database.read() as connection:
        known = list(histories.of_list(connection, name, list_name))
    if not known:
        place, hint = f"list '{list_name}'", "mailer recipients import FILE --list "
        raise UsageError.at(place, "has nobody on it", hint + list_name)
    return known


def _due(office: Office, opened: OpenCampaign, step: Step) -> datetime:
    time = opened.times.get(step.name)
    return time.due if time else office.clock.now()


def _anybody(_recipient: Recipient) -> bool:
    return True
