"""
The table of answers: a row per organisation, and how many stand where.

An answer's place is its category; who gave none has a status, as the office's
table has always called them.
Which response counts is the campaign's rule (`model.campaign.Campaign.answer`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mailer.report.alphabet import alphabetical

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from mailer.model.campaign import Campaign
    from mailer.model.history import History
    from mailer.model.response import Response

SILENT = "BREZ_ODGOVORA"
INCOMPLETE = "NEPOPOLN"  #: what came fits no category
IN_REVIEW = "V_PREGLEDU"  #: something came, and a person has to look at it
ASKING = "VPRASANJE"

_LABELS = {
    INCOMPLETE: "odgovor še ni popoln",
    IN_REVIEW: "prejeto, v pregledu",
    ASKING: "vprašanje, ki čaka na odgovor",
    SILENT: "brez odgovora",
}
_HEAD = ("code", "name", "region", "status", "response", "at", "source", "from")


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """The answers to a campaign; all cells are text, the counts are numbers."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  #: by name
    counts: tuple[tuple[str, str, int], ...]  #: status, in words, organisations


def answer_table(
    campaign: Campaign,
    histories: Iterable[History],
    *,
    senders: Mapping[int, str],
    in_review: Collection[str],
) -> AnswerTable:
    """
    Return the table of answers.

    Args:
        campaign: The campaign.
        histories: Of its list; an organisation may be among them many times.
        senders: Incoming message → the address it came from.
        in_review: Codes of organisations with mail that waits for a person.
    """
    known = {one.recipient.organisation.code: one for one in histories}
    ordered = sorted(
        known.values(),
        key=lambda one: alphabetical(one.recipient.organisation.name),
    )
    fields = _fields(campaign, ordered)
    rows, counted = [], Counter[str]()
    for history in ordered:
        organisation = history.recipient.organisation
        response = campaign.answer(history.responses) or history.last_response
        status = _status(campaign, history.responses, organisation.code in in_review)
        counted[status] += 1
        details = response.details if response else {}
        rows.append(
            (
                organisation.code,
                organisation.name,
                organisation.region,
                status,
                *_how(campaign, response, senders),
                *(details.get(name, "") for name in fields),
                response.note if response else "",
            )
        )
    counts = _counts(campaign, counted)
    return AnswerTable((*_HEAD, *fields, "note"), tuple(rows), counts)


def _status(
    campaign: Campaign,
    responses: Sequence[Response],
    is_in_review: bool,  # noqa: FBT001
) -> str:
    answer = campaign.answer(responses)
    if answer:
        if not campaign.categories:
            return answer.kind
        return campaign.category(answer) or INCOMPLETE
    if is_in_review:
        return IN_REVIEW
    return ASKING if campaign.question(responses) else SILENT


def _how(
    campaign: Campaign, response: Response | None, senders: Mapping[int, str]
) -> tuple[str, str, str, str]:
    """Return kind, time in the office's zone, source, and from whom it came."""
    if response is None:
        return "", "", "", ""
    at = response.at.astimezone(ZoneInfo(campaign.timezone))
    sender = senders.get(response.incoming_id or 0, response.recorded_by)
    return response.kind, f"{at:%Y-%m-%d %H:%M}", response.source.value, sender


def _fields(campaign: Campaign, histories: Iterable[History]) -> list[str]:
    """Return the form's fields in their order, then what else was answered."""
    form = campaign.form
    names = [one.id for one in form.fields if not one.prefilled] if form else []
    said = (
        name
        for history in histories
        for response in history.responses
        for name in response.details
    )
    return list(dict.fromkeys([*names, *said]))


def _counts(
    campaign: Campaign, counted: Mapping[str, int]
) -> tuple[tuple[str, str, int], ...]:
    """Return each status with its count, zeros too; together all organisations."""
    labels = {one.name: one.label for one in campaign.categories}
    if not labels:
        labels = dict.fromkeys(campaign.responses, "")
    labels = {**labels, **{key: _LABELS[key] for key in _LABELS if key not in labels}}
    return tuple((key, label, counted.get(key, 0)) for key, label in labels.items())
