"""
Whom a person at the command line means: by code, exact name, alias or address.

Never by similarity; what is only near is suggested in the error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import UsageError
from mailer.recipients.deduplicate import address_key
from mailer.recipients.register import Register
from mailer.recipients.typeahead import Typeahead
from mailer.report.alphabet import alphabetical
from mailer.store import recipients

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.model.recipient import Organisation, Recipient
    from mailer.operations.office import Office


def find_organisation(office: Office, text: str) -> Organisation:
    """
    Return the organisation that `text` names: by code, name, alias or address.

    Raises:
        UsageError: None is called so, exactly.
    """
    with office.database.read() as connection:
        register = Register(recipients.organisations(connection))
        at_address = recipients.organisations_at(connection, address_key(text))
    found = register.with_code(text) or register.named(text)
    if found is None and len(at_address) == 1:
        found = at_address[0]
    if found is None:
        near = ", ".join(register.similar(text))
        raise UsageError.at(
            f"'{text}'",
            "is no municipality on any list",
            f"did you mean {near}?" if near else "give its code or exact name",
        )
    return found


def who_is_meant(office: Office, text: str) -> Callable[[Recipient], bool]:
    """
    Return the test whether a recipient is meant: an address, or an organisation's.

    Raises:
        UsageError: It is no address, and no organisation is called so.
    """
    if "@" in text:
        key = address_key(text)
        return lambda recipient: recipient.address_key == key
    code = find_organisation(office, text).code
    return lambda recipient: recipient.organisation.code == code


def typeahead(office: Office) -> Typeahead:
    """Return all municipalities, for finding them while a person types."""
    with office.database.read() as connection:
        known = recipients.organisations(connection)
        addresses = recipients.addresses_by_organisation(connection)
    return Typeahead(sorted(known, key=lambda one: alphabetical(one.name)), addresses)
