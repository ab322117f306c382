"""
Ask whether what would be sent is still what somebody approved.

What an approval is about is gathered in `operations.ingredients`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.campaign.fingerprint import changes, fingerprint
from mailer.errors import ApprovalError
from mailer.files.approved_content import approved_ingredients
from mailer.operations.ingredients import ingredients_of
from mailer.operations.open_campaign import not_approved
from mailer.store import campaigns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign
    from mailer.store.campaigns import CampaignRow


def current_fingerprint(office: Office, opened: OpenCampaign) -> str:
    """Return the fingerprint of what would be sent now."""
    return fingerprint(ingredients_of(office, opened))


def require_approved(office: Office, opened: OpenCampaign) -> CampaignRow:
    """
    Return the campaign's row if what would be sent is what was approved.

    Raises:
        ApprovalError: It was never approved, or something changed since; it
            says what.
    """
    name = opened.campaign.name
    with office.database.read() as connection:
        row = campaigns.get(connection, name)
    if not row.fingerprint:
        raise not_approved(name)
    now = ingredients_of(office, opened)
    if row.fingerprint != fingerprint(now):
        raise ApprovalError.at(
            name,
            f"changed since {row.approved_by} approved it: "
            f"{_what_changed(office, row, now)}",
            f"look at it with `mailer check {name}`, then approve it anew: "
            f"mailer approve {name} --by NAME",
        )
    return row


def _what_changed(office: Office, row: CampaignRow, now: Mapping[str, str]) -> str:
    before = approved_ingredients(office.folder, row.name, row.fingerprint)
    if fingerprint(before) != row.fingerprint:  # lost, or changed by hand
        return "the list, a file of its folder, or mailer.toml"
    return changes(before, now)
