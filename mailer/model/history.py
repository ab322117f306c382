"""What has happened with one recipient in one campaign: all that planning may know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailer.model.delivery import Delivery
    from mailer.model.recipient import Recipient
    from mailer.model.response import Objection, Response, Suppression

NEVER = datetime.min.replace(tzinfo=UTC)  #: before anything happened


@dataclass(frozen=True, slots=True)
class History:
    """One recipient's part of the ledger."""

    recipient: Recipient
    deliveries: Mapping[str, Delivery] = field(
        default_factory=lambda: MappingProxyType({})
    )  #: step name → its ledger row
    responses: tuple[Response, ...] = ()  #: of the whole organisation, oldest first
    suppression: Suppression | None = None
    objection: Objection | None = None  #: of the whole organisation
    #: what they wrote later than this is not in it; `None`: all of it is
    heard_until: datetime | None = None

    @property
    def last_response(self) -> Response | None:
        """Return the response that counts: the latest, or `None`."""
        return self.responses[-1] if self.responses else None
