"""
Collect what a template may say about one recipient at one step.

The result is plain data: dicts, lists, texts and numbers, already in the forms
which `mailer.rendering.grammar` gives them, and nothing a template could call.
What is known but absent (no event, no response yet) is an empty dict, so that a
template can ask `{% if event %}` and still fails on a misspelt name.
`templates/README.md` lists the names for those who write letters.
Where the facts come from is the caller's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mailer.errors import DefinitionError
from mailer.model.response import ResponseSource
from mailer.rendering import grammar

if TYPE_CHECKING:
    from mailer.model.campaign import Campaign, Event, Step
    from mailer.model.recipient import Organisation, Recipient
    from mailer.model.response import Response


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes, as the office's settings say."""

    name: str
    address: str
    reply_to: str  #: where answers go; printed in the letters


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message may say that neither the campaign nor the recipient tells."""

    due: date  #: the local day on which this message goes
    first_sent: date | None = None  #: when the first step went, or is planned to
    response: Response | None = None  #: the organisation's, which the step is about
    answered_count: int = 0  #: organisations with a final response
    recipient_count: int = 0  #: organisations written to
    #: holidays between the last working day and the deadline, without weekends
    work_free: tuple[date, ...] = ()
    last_working_day: date | None = None  #: the last one before `work_free`


def deadline(campaign: Campaign) -> date | None:
    """
    Return the day until which the letters ask for an answer.

    It is `answer_by`, or where none was announced the office's own target: the
    campaign's text `target`, an ISO date.

    Raises:
        DefinitionError: `target` is no date.
    """
    if campaign.answer_by is not None or "target" not in campaign.texts:
        return campaign.answer_by
    target = campaign.texts["target"]
    try:
        return date.fromisoformat(target)
    except ValueError:
        raise DefinitionError.at(
            f"{campaign.name}/campaign.toml, [texts] target",
            f"'{target}' is no date",
            'write it as "2017-10-26"',
        ) from None


def template_context(
    campaign: Campaign, step: Step, recipient: Recipient, sender: Sender, facts: Facts
) -> dict[str, object]:
    """
    Return all that the templates of `step` may use for `recipient`.

    Raises:
        DefinitionError: The campaign's text `target` is no date.
    """
    return {
        **shared_context(campaign, step, sender, facts),
        **own_context(campaign, recipient, facts.response),
    }


def shared_context(
    campaign: Campaign, step: Step, sender: Sender, facts: Facts
) -> dict[str, object]:
    """
    Return what is the same for all of whom the `facts` are the same.

    Templates cannot change it (`mailer.rendering.environment`).

    Raises:
        DefinitionError: The campaign's text `target` is no date.
    """
    attachments = _attachments(campaign, step)
    return {
        "campaign": {"name": campaign.name, "title": campaign.title},
        "step": step.name,
        "purpose": campaign.purpose,
        "texts": dict(campaign.texts),
        "links": dict(campaign.links),
        "event": _event(campaign.event, facts.due),
        "deadline": _deadline(deadline(campaign), facts.due),
        "work_free": _work_free(facts),
        "today": _day(facts.due),
        "first_sent": _day(facts.first_sent),
        "sender": {
            "name": sender.name,
            "address": sender.address,
            "reply_to": sender.reply_to,
        },
        "attachments": attachments,
        "attachments_heading": grammar.attachments_heading(len(attachments)),
        "answered": _answered(facts),
    }


def own_context(
    campaign: Campaign, recipient: Recipient, response: Response | None
) -> dict[str, object]:
    """Return what depends on the recipient, and on what they answered."""
    return {
        "salutation": grammar.salutation(
            recipient.role, recipient.gender, recipient.surname
        ),
        "role": recipient.role.value,
        "organisation": _organisation(recipient.organisation),
        "response": _response(campaign, response),
    }


def _attachments(campaign: Campaign, step: Step) -> list[dict[str, str]]:
    """Return the files of a step; the form is one, however many it travels as."""
    listed = [{"name": name, "title": PurePath(name).stem} for name in step.attachments]
    if step.form and campaign.form:
        listed.append({"name": campaign.form.file_name, "title": campaign.form.title})
    return listed


def _day(day: date | None) -> dict[str, str]:
    return {} if day is None else grammar.date_forms(day)


def _deadline(day: date | None, due: date) -> dict[str, object]:
    return {} if day is None else {**_day(day), "days_left": (day - due).days}


def _event(event: Event | None, due: date) -> dict[str, object]:
    if event is None:
        return {}
    return {
        "title": event.title,
        "place": event.place,
        "day": grammar.date_forms(event.start),
        "days_left": (event.start.date() - due).days,
        **grammar.event_forms(event.start, event.end),
    }


def _work_free(facts: Facts) -> dict[str, object]:
    if not facts.work_free or facts.last_working_day is None:
        return {}
    return {
        "sentence": grammar.work_free_sentence(facts.work_free),
        "last_working_day": grammar.date_forms(facts.last_working_day),
    }


def _organisation(organisation: Organisation) -> dict[str, object]:
    # A bilingual municipality has both its names on the envelope, too.
    lines = [organisation.official_name, organisation.co_official_name]
    return {
        "code": organisation.code,
        "name": organisation.name,
        "region": organisation.region,
        "address_block": [line for line in lines if line],
        **grammar.cases(organisation.official_name),
    }


def _response(campaign: Campaign, response: Response | None) -> dict[str, object]:
    """Return the response; a field that is asked for is "" where not given."""
    if response is None:
        return {}
    asked = {field for category in campaign.categories for field in category.when}
    if campaign.form:
        asked |= {field.id for field in campaign.form.fields}
    return {
        "kind": response.kind,
        "day": grammar.date_forms(_local_day(response.at, campaign.timezone)),
        "details": dict.fromkeys(sorted(asked), "") | dict(response.details),
        "category": campaign.category(response),
        "missing": _missing(campaign, response),
    }


def _missing(campaign: Campaign, response: Response) -> dict[str, object]:
    """
    Return what a response lacks, and the words above such a list.

    A form lacks what it requires; who answered in another way was asked for the
    choices alone.
    """
    form = campaign.form
    if form is None or response.kind != form.answer:
        return {"labels": [], "heading": ""}
    is_form = response.source is ResponseSource.FORM
    asked = [one for one in form.fields if one.required] if is_form else form.decisive
    labels = [one.label for one in asked if not response.details.get(one.id)]
    return {"labels": labels, "heading": grammar.missing(labels)}


def _local_day(at: datetime, timezone: str) -> date:
    return at.astimezone(ZoneInfo(timezone)).date()


def _answered(facts: Facts) -> dict[str, object]:
    """Return how many answered, and the words: »sta odgovorili 2 od 212 občin«."""
    answered = grammar.verb(facts.answered_count, "odgovoril", "občina")
    of_all = grammar.counted_genitive(facts.recipient_count, "občina")
    return {
        "count": facts.answered_count,
        "total": facts.recipient_count,
        "sentence": f"{answered} {facts.answered_count} od {of_all}",
    }
