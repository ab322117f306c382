"""Send one message to staff, through the real relay, beside the ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mailer.delivery.verdict import verdict
from mailer.errors import ConfigurationError, RelayError, UsageError
from mailer.model.delivery import Outcome
from mailer.operations.compose import outside_the_fence
from mailer.operations.open_session import open_session
from mailer.operations.preview import preview_one
from mailer.recipients.addresses import read_address
from mailer.recipients.validate import CellError
from mailer.settings import is_reserved

if TYPE_CHECKING:
    from mailer.model.smtp import Exchange
    from mailer.operations.office import Office
    from mailer.operations.open_campaign import OpenCampaign
    from mailer.smtp.settings import RelaySettings


async def send_to_staff(
    office: Office,
    opened: OpenCampaign,
    relay: RelaySettings,
    to: str,
    person: str | None,
    step: str | None,
) -> Exchange:
    """
    Send what `person` would get to `to`; return how that ended.

    Raises:
        UsageError: `to` is no address.
        ConfigurationError: The fence is up and `to` is outside.
        RelayError: The relay does not let us in, or did not accept it.
    """
    try:
        to = read_address(to)
    except CellError as error:
        raise UsageError.at(f"'{to}'", error.cause, error.next_step) from None
    if not office.settings.office.production and not is_reserved(to):
        raise ConfigurationError(outside_the_fence(to))
    now = office.clock.now()
    message = preview_one(office, opened, person, step, begun=now).message
    message = replace(message, envelope=replace(message.envelope, forward_path=to))

    async def mark() -> bool:
        return True

    session = await open_session(relay)
    try:
        exchange = await session.deliver(message, mark)
    finally:
        await session.quit()
    if verdict(exchange).outcome is not Outcome.ACCEPTED:
        raise RelayError.at(to, str(exchange), "it was not accepted")
    return exchange
