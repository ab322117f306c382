"""
Record that an organisation wants no more reminders, as staff have learnt it.

From a telephone call, a letter, somebody at the door.  What comes by mail is
recorded in `operations.conclude` and `operations.review_mail`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import UsageError
from mailer.model.response import Objection, ObjectionSource
from mailer.operations.record_response import check_started
from mailer.store import campaigns, objections

if TYPE_CHECKING:
    from mailer.model.campaign import Campaign
    from mailer.model.recipient import Organisation
    from mailer.operations.office import Office


def object_to_reminders(
    office: Office, campaign: Campaign, whose: Organisation, *, by: str, note: str = ""
) -> bool:
    """
    Send no more reminders of a campaign to an organisation, for good.

    Also one that is planned, or on its way to the relay, does not go.  Returns
    `False`, and changes nothing, if the organisation has objected before.

    Raises:
        UsageError: The campaign was never approved: there is nothing to object to.
    """
    now = office.clock.now()
    entry = Objection(
        campaign=campaign.name,
        organisation=whose.code,
        at=now,
        source=ObjectionSource.STAFF,
        recorded_by=by,
        evidence=note,
    )
    with office.database.write() as connection:
        check_started(connection, campaign)
        is_new = objections.record(connection, entry) is not None
        if is_new:
            what = f"{campaign.name}/{whose.code}"
            campaigns.note(connection, now, by, "objection", what, note)
    return is_new


def withdraw_objection(
    office: Office, campaign: Campaign, whose: Organisation, *, by: str
) -> Objection:
    """
    Say that an objection was recorded by mistake: reminders go again.

    Those that were held back meanwhile stay held back.

    Raises:
        UsageError: The organisation has not objected.
    """
    now = office.clock.now()
    with office.database.write() as connection:
        found = objections.in_force(connection, campaign.name, whose.code)
        if found is None:
            raise UsageError.at(
                whose.official_name,
                f"has not objected to the reminders of {campaign.name}",
                f"mailer objections list {campaign.name}",
            )
        id_, withdrawn = found
        objections.withdraw(connection, [id_], by, now)
        what = f"{campaign.name}/{whose.code}"
        campaigns.note(connection, now, by, "withdraw objection", what, "")
    return withdrawn
