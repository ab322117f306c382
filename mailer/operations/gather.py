"""Gather from the store what the reports are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import UsageError
from mailer.operations.find_organisation import find_organisation
from mailer.report.as_csv import as_csv
from mailer.report.tally import Tally, tally
from mailer.report.timeline import TimelineEvent
from mailer.store import (
    deliveries,
    histories,
    inbox,
    objections,
    recipients,
    responses,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from mailer.model.campaign import Campaign
    from mailer.model.delivery import Delivery, DeliveryState
    from mailer.model.recipient import Organisation, Recipient
    from mailer.operations.office import Office


def report(office: Office, campaign: Campaign) -> Tally:
    """
    Return the sums over a campaign as it stands.

    Raises:
        UsageError: Its list was never imported.
    """
    _check_list(office, campaign)
    with office.database.read() as connection:
        known = histories.of_list(connection, campaign.name, campaign.list_name)
        return tally(campaign, known)


def report_lines(office: Office, campaign: Campaign) -> Iterator[str]:
    """Stream the report as csv, one line per recipient."""
    _check_list(office, campaign)
    with office.database.read() as connection:
        known = histories.of_list(connection, campaign.name, campaign.list_name)
        yield from as_csv(campaign, known)


def of_state(
    office: Office, campaign: Campaign, state: DeliveryState
) -> list[tuple[Delivery, Recipient]]:
    """Return what is in doubt, or missed, by name: a person settles each."""
    with office.database.read() as connection:
        found = deliveries.in_states(connection, campaign.name, [state])
        ids = {one.recipient_id for one in found}
        names = {one.id: one for one in recipients.by_ids(connection, ids)}
    return [(one, names[one.recipient_id]) for one in found]


def timeline_of(
    office: Office, person: str
) -> tuple[Organisation, list[TimelineEvent]]:
    """
    Return a municipality and everything that happened with it, in all campaigns.

    Raises:
        UsageError: No list has it.
    """
    organisation = find_organisation(office, person)
    return organisation, list(_events(office, organisation))


def _events(office: Office, organisation: Organisation) -> Iterator[TimelineEvent]:
    code = organisation.code
    with office.database.read() as connection:
        addresses = recipients.of_organisation(connection, code)
        names = {one.id: one.address for one in addresses}
        for row in deliveries.of_recipients(connection, names):
            what = f"{row.campaign}, {row.step}"
            address = names[row.recipient_id]
            number = f"delivery {row.id}, {address}"
            yield TimelineEvent(row.due_at, f"{what}: due", number, "plan")
            for one in deliveries.attempts_of(connection, [row.id]):
                yield TimelineEvent(
                    one.finished_at,
                    f"{what}: {one.outcome or 'not finished'}",
                    f"attempt {one.number}, {one.exchange}",
                    "relay",
                )
            if row.evidence and row.changed_at:
                state = row.state.value.replace("_", " ")
                yield TimelineEvent(
                    row.changed_at, f"{what}: {state}", row.evidence, "mailer"
                )
        for mail in inbox.of_organisation(connection, code):
            yield TimelineEvent(
                mail.stored_at,
                f"{mail.campaign or 'no campaign'}: {mail.kind} came in",
                f"message {mail.id}: {mail.subject} ({mail.evidence})",
                mail.sender,
            )
        yield from _answered(connection, code)
        yield from _objected(connection, code)
        for entry in recipients.suppressions_of(connection, names).values():
            yield TimelineEvent(
                entry.since,
                f"suppressed: {entry.reason.value}",
                f"{entry.address_key} ({entry.evidence})",
            )


def _answered(connection: Connection, code: str) -> Iterator[TimelineEvent]:
    """Yield each answer, and when it was taken back: then it counts no longer."""
    for one in responses.told_by(connection, code):
        answer = one.answer
        what = f"{answer.campaign}: response {answer.kind}"
        if one.is_answer:
            details = ", ".join(f"{k}={v}" for k, v in answer.details.items())
            came = f"message {answer.incoming_id}" if answer.incoming_id else ""
            detail = "; ".join(filter(None, (details, answer.note, came)))
            yield TimelineEvent(one.at, what, detail, one.by)
        else:
            now = "counts again" if one.counts else "taken back"
            yield TimelineEvent(one.at, f"{what} {now}", by=one.by)


def _objected(connection: Connection, code: str) -> Iterator[TimelineEvent]:
    for one in objections.of_organisation(connection, code):
        what = f"{one.campaign}: no more reminders"
        yield TimelineEvent(one.at, what, one.evidence, one.recorded_by)
        if one.withdrawn_at:
            again = f"{one.campaign}: reminders again, it was recorded by mistake"
            yield TimelineEvent(one.withdrawn_at, again, by=one.withdrawn_by)


def _check_list(office: Office, campaign: Campaign) -> None:
    with office.database.read() as connection:
        if recipients.row_count(connection, campaign.list_name) is None:
            raise UsageError.at(
                f"list '{campaign.list_name}'",
                "was never imported",
                f"mailer recipients import FILE --list {campaign.list_name}",
            )
