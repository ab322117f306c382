"""Gather what an approval is about: files, list, dates, and the office's own part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.campaign.fingerprint import of_files, of_list
from mailer.planning.windows import WorkCalendar
from mailer.settings import FILE_NAME
from mailer.store import recipients

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign
    from mailer.settings import Settings


def ingredients_of(office: Office, opened: OpenCampaign) -> dict[str, str]:
    """
    Return what would be sent now, to whom, when, and in whose name.

    The dates are in it beside the rules that they follow from: a newer library
    may know another holiday.
    """
    folder, list_name = opened.folder, opened.campaign.list_name
    with office.database.read() as connection:
        listed = of_list(list_name, recipients.listed(connection, list_name))
    return {
        **of_files(folder.files, folder.definition),
        **listed,
        **dict(_of_settings(office.settings)),
        **dict(_of_plan(opened)),
    }


def _of_settings(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield what mailer.toml says of when mail leaves, for whom, and who answered."""
    sender, sending = settings.sender, settings.sending
    closed = ", ".join(f"{day}" for day in sorted(set(sending.closed_days)))
    for key, value in (
        ("office.timezone", settings.office.timezone),
        ("sender.name", sender.name),
        ("sender.address", sender.address),
        ("sender.reply_to", sender.reply_to),
        ("sender.bounce_domain", sender.bounce_domain),
        ("sending.opens", f"{sending.opens}"),
        ("sending.closes", f"{sending.closes}"),
        ("sending.closed_days", closed),
        ("dkim.domain", settings.dkim.domain),
        ("mailbox.source", settings.mailbox.source),  # whose silence counts
    ):
        yield f"{FILE_NAME}, {key}", value


def _of_plan(opened: OpenCampaign) -> Iterator[tuple[str, str]]:
    calendar = WorkCalendar.of(opened.campaign)
    for name, time in opened.times.items():
        due, end = calendar.local(time.due), calendar.local(time.expires)
        yield f"date of '{name}'", f"{due:%Y-%m-%d %H:%M:%S} to {end:%Y-%m-%d %H:%M:%S}"
