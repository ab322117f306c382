"""Record an organisation's answer that a person on staff has learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import UsageError
from mailer.model.campaign import CampaignStatus
from mailer.model.response import Response, ResponseSource
from mailer.store import campaigns, responses

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def withdraw_response(
    office: Office, campaign: Campaign, organisation: Organisation, *, by: str
) -> tuple[Response, Response | None]:
    """
    Take back the latest answer: a mistake, or a question that was dealt with.

    Returns:
        What was taken back, and the answer that is the latest now.

    Raises:
        UsageError: There is none, or it came in a message: that is where it is
            taken back.
    """
    now, what = office.clock.now(), f"{campaign.name}/{organisation.code}"
    with office.database.write() as connection:
        theirs = [
            (id_, one)
            for id_, one in responses.of_campaign(connection, campaign.name)
            if one.organisation == organisation.code
        ]
        if not theirs:
            raise UsageError.at(
                organisation.official_name,
                f"has given no answer to {campaign.name}",
                f"mailer responses list {campaign.name}",
            )
        id_, latest = theirs.pop()
        if latest.incoming_id is not None:
            raise UsageError.at(
                f"{organisation.official_name}, {latest.kind}",
                f"came in message {latest.incoming_id}",
                _say_of_message(campaign, latest),
            )
        responses.withdraw(connection, [id_], by, now)
        campaigns.note(connection, now, by, "withdraw response", what, latest.kind)
    return latest, theirs[-1][1] if theirs else None


def _say_of_message(campaign: Campaign, answer: Response) -> str:
    """Return the command that takes back what a message says."""
    if campaign.question([answer]):
        return f"mailer inbox done {answer.incoming_id}"
    whose = f"{campaign.name} {answer.organisation}"
    return f"mailer inbox assign {answer.incoming_id} {whose}"


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
