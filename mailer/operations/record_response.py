"""Record an organisation's answer: by hand, from a reply, from a registration list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import UsageError
from mailer.model.campaign import CampaignStatus
from mailer.model.incoming import MatchedBy, ReviewState
from mailer.model.response import Response, ResponseSource
from mailer.store import campaigns, inbox, responses

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from mailer.model.campaign import Campaign
    from mailer.model.recipient import Organisation
    from mailer.operations.office import Office


def record_response(
    office: Office,
    campaign: Campaign,
    organisation: Organisation,
    kind: str,
    *,
    by: str,
    details: Mapping[str, str],
    note: str = "",
) -> None:
    """
    Record what a person on staff learnt, e.g. on the telephone.

    Raises:
        UsageError: The campaign knows no such kind of response.
    """
    check_kind(campaign, kind)
    now = office.clock.now()
    response = Response(
        campaign=campaign.name,
        organisation=organisation.code,
        kind=kind,
        at=now,
        source=ResponseSource.STAFF,
        recorded_by=by,
        details=details,
        note=note,
    )
    with office.database.write() as connection:
        check_started(connection, campaign)
        responses.record(connection, response)
        what = f"{campaign.name}/{organisation.code}"
        campaigns.note(connection, now, by, "response", what, kind)


def assign(
    office: Office,
    campaign: Campaign,
    incoming_id: int,
    organisation: Organisation,
    kind: str | None,
    *,
    by: str,
    details: Mapping[str, str],
) -> None:
    """
    Say to whom an incoming message belongs, and which answer it is.

    Args:
        office: The office.
        campaign: The one it answers.
        incoming_id: The message.
        organisation: Whose it is.
        kind: One of the campaign's responses; `None` if it is no answer.
        by: The person who read it.
        details: Fields of the answer.

    Raises:
        UsageError: No such message, or no such kind.
    """
    if kind is not None:
        check_kind(campaign, kind)
    now = office.clock.now()
    with office.database.write() as connection:
        check_started(connection, campaign)
        row = inbox.get(connection, incoming_id)
        if row is None:
            raise UsageError.at(
                f"message {incoming_id}", "does not exist", "mailer inbox review"
            )
        inbox.tie(
            connection,
            incoming_id,
            matched_by=MatchedBy.STAFF,
            delivery_id=row.delivery,
            campaign=campaign.name,
            organisation=organisation.code,
            review=ReviewState.DONE,
            evidence=f"{row.evidence}; assigned by {by}",
        )
        if kind is not None:
            response = Response(
                campaign=campaign.name,
                organisation=organisation.code,
                kind=kind,
                at=now,
                source=ResponseSource.REPLY,
                recorded_by=by,
                details=details,
                incoming_id=incoming_id,
            )
            responses.record(connection, response, dedupe_key=f"incoming/{incoming_id}")
        campaigns.note(
            connection, now, by, "assign", f"message {incoming_id}", kind or "no answer"
        )


def parse_details(fields: Iterable[str]) -> dict[str, str]:
    """
    Return {"kakovost": "ne"} for ["kakovost=ne"].

    Raises:
        UsageError: A field has no "=".
    """
    details = {}
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals or not name.strip():
            raise UsageError.at(f"'{field}'", "is no field", "write NAME=VALUE")
        details[name.strip()] = value.strip()
    return details


def check_kind(campaign: Campaign, kind: str) -> None:
    """
    Do nothing if the campaign knows this kind of response.

    Raises:
        UsageError: It does not; with those it knows.
    """
    if kind not in campaign.responses:
        raise UsageError.at(
            f"'{kind}'",
            f"is no response of {campaign.name}",
            f"one of {', '.join(campaign.responses)}",
        )


def check_started(connection: Connection, campaign: Campaign) -> None:
    """
    Do nothing if the campaign has been approved: only then is it in the store.

    Raises:
        UsageError: It has not: nobody can have answered it.
    """
    if campaigns.get(connection, campaign.name).status is CampaignStatus.DRAFT:
        raise UsageError.at(
            campaign.name,
            "was never approved, so nobody can have answered it",
            f"mailer check {campaign.name}",
        )
