"""
Compare a list with the register: who is missing from it, who is on it twice.

Also who is named there and cannot be addressed by name.

A municipality may have several addresses, one for each role; two for the same
role get the same letter twice.  So may two spellings of one mailbox: many servers
leave out a `+tag` and dots, but only they know (RFC 5321, section 2.3.11).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mailer.errors import Problem, Severity
from mailer.model.recipient import Gender, Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from mailer.model.recipient import Organisation, Recipient

_NAMED = 12  #: names in a finding; the rest are counted


class Roll:
    """
    Counts who is on a list, one recipient after the other.

    Args:
        register: All municipalities; empty where the office keeps none.
    """

    def __init__(self, register: Iterable[Organisation]) -> None:
        self._register = {one.code: one.name for one in register}
        self._lines: Counter[tuple[str, str, Role]] = Counter()
        self._genderless: list[str] = []
        self._mailboxes: dict[str, str] = {}  #: as many servers see it → an address
        self._alike: list[str] = []

    def add(self, recipient: Recipient) -> None:
        """Count one recipient."""
        organisation = recipient.organisation
        line = organisation.code, organisation.name, recipient.role
        self._lines[line] += 1
        address = recipient.address
        first = self._mailboxes.setdefault(_mailbox(recipient.address_key), address)
        if first != address:
            self._alike.append(f"{first} and {address}")
        is_person = recipient.role is Role.PERSON
        if is_person and recipient.surname and recipient.gender is Gender.UNKNOWN:
            self._genderless.append(recipient.address)

    def look(self, place: str) -> Iterator[Problem]:
        """Yield who of the register is missing, and who is on the list twice."""
        on_it = {code for code, _name, _role in self._lines}
        missing = [name for code, name in self._register.items() if code not in on_it]
        if missing and len(missing) < len(self._register):
            count, total = len(missing), len(self._register)
            verb = "is" if count == 1 else "are"
            cause = (
                f"{count} of the register's {total} {verb} missing: {_some(missing)}"
            )
            hint = "add them and import the list again, if they are to be written to"
            yield Problem(place, cause, hint, Severity.WARNS)
        twice = [
            f"{name} ({role.value}, {count} times)"
            for (_code, name, role), count in self._lines.items()
            if count > 1
        ]
        if twice:
            cause = f"on it more than once in the same role: {_some(twice)}"
            hint = "keep one address each, or give them different roles"
            yield Problem(place, cause, hint, Severity.WARNS)
        if self._alike:
            cause = f"may be one mailbox: {_some(self._alike)}"
            hint = "keep one of them, if it is; else all is well"
            yield Problem(place, cause, hint, Severity.WARNS)
        if self._genderless:
            cause = (
                "named, but without a gender, so that the salutation names nobody: "
                f"{_some(self._genderless)}"
            )
            hint = "write f or m in the column 'gender' and import the list again"
            yield Problem(place, cause, hint, Severity.WARNS)


def _mailbox(address_key: str) -> str:
    local, _, domain = address_key.rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"


def _some(names: Collection[str]) -> str:
    listed = sorted(names)
    more = len(listed) - _NAMED
    shown = ", ".join(listed[:_NAMED])
    return f"{shown} and {more} more" if more > 0 else shown
