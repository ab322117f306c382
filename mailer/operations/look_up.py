"""
Answer the questions that deciding about a message asks: of the ledger, by our rules.

What follows from the answers is decided in `inbox.match`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mailer import tokens
from mailer.inbox.whose import FormOwner, Known
from mailer.model.delivery import DeliveryState
from mailer.store import correspondence, inbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from mailer.inbox.phrases import Phrases
    from mailer.model.campaign import Campaign
    from mailer.operations.office import Office
    from mailer.store.tables import AnyRow


@dataclass(frozen=True, slots=True)
class Rules:
    """By what an office decides about its mail."""

    key: bytes
    domain: str  #: of our Message-IDs, reverse paths and events
    own_addresses: frozenset[str]
    zone: ZoneInfo
    campaigns: Mapping[str, Campaign]  #: by name; those that may be answered
    phrases: Phrases

    @classmethod
    def of(
        cls, office: Office, campaigns: Mapping[str, Campaign], phrases: Phrases
    ) -> Rules:
        """Return the rules of an office in which these campaigns run."""
        sender = office.settings.sender
        own = {sender.address.lower(), sender.reply_to.lower()} - {""}
        zone = ZoneInfo(office.settings.office.timezone)
        domain = sender.bounce_domain
        return cls(office.key, domain, frozenset(own), zone, campaigns, phrases)


class StoreLookup:
    """Answers the matcher's questions from the ledger."""

    def __init__(self, connection: Connection, rules: Rules) -> None:
        self._connection = connection
        self._rules = rules
        self._owners: dict[str, FormOwner | None] = {}  # asked for more than once

    def by_reference(self, reference: str) -> Known | None:
        """Return the delivery which `reference` names."""
        row = inbox.delivery_by_reference(self._connection, reference)
        return _known(row) if row else None

    def by_form(self, identifier: str) -> FormOwner | None:
        """Return to whom we sent a form: its id is signed with our key."""
        if identifier and identifier not in self._owners:
            self._owners[identifier] = self._owner(identifier)
        return self._owners.get(identifier)

    def _owner(self, identifier: str) -> FormOwner | None:
        for name, campaign in self._rules.campaigns.items():
            if campaign.form is None:
                continue
            if not correspondence.is_known_campaign(self._connection, name):
                continue
            codes = correspondence.codes_of_list(self._connection, campaign.list_name)
            tag, key = campaign.form.tag, self._rules.key
            code = tokens.form_owner(key, tag, name, identifier, codes)
            if code is not None:
                return FormOwner(name, code)
        return None

    def by_address(self, address_key: str) -> Sequence[Known]:
        """Return the newest delivery to an address in each campaign."""
        rows = inbox.deliveries_by_address(self._connection, address_key)
        return [_known(row) for row in rows]

    def by_domain(self, domain: str) -> Sequence[Known]:
        """Return the newest delivery to a domain per organisation and campaign."""
        rows = correspondence.deliveries_at_domain(self._connection, domain)
        return [_known(row) for row in rows]

    def subjects(self, campaign: str) -> Sequence[str]:
        """Return the subjects of a campaign's letters."""
        found = self._rules.campaigns.get(campaign)
        return found.subjects if found else ()


def _known(row: AnyRow) -> Known:
    return Known(
        delivery_id=row.id,
        campaign=row.campaign,
        step=row.step,
        organisation=row.organisation,
        recipient_id=row.recipient,
        address_key=row.address_key,
        state=DeliveryState(row.state),
        left_at=row.first_begun_at,
    )
