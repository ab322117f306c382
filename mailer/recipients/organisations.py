"""
Decide to which organisation a row of a list belongs.

With a register it is one of the register's; a list that describes its
organisations itself, or has no register beside it, is taken at its word.
How a register finds a name is decided in `mailer.recipients.register`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.model.recipient import Organisation
from mailer.recipients.columns import Field
from mailer.recipients.register import bare_name, code_key, name_key
from mailer.recipients.validate import CellError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from mailer.recipients.columns import Columns
    from mailer.recipients.register import Register

#: the columns that say which organisation a row belongs to
NAMING = (Field.CODE, Field.NAME, Field.OFFICIAL_NAME)


class Organisations:
    """
    The organisations of one list, found as its rows go by.

    Args:
        columns: What the list's header says.
        register: What its codes and names are checked against, if anything.
    """

    def __init__(self, columns: Columns, register: Register | None) -> None:
        described = all(field in columns.positions for field in NAMING)
        self._register = None if described else register
        self._seen: dict[str, Organisation] = {}

    @property
    def found(self) -> Collection[Organisation]:
        """Return those which rows belong to so far, each once."""
        return self._seen.values()

    def of(self, texts: Mapping[Field, str], *, is_urban: bool) -> Organisation:
        """
        Return the organisation of a row of a list that names them.

        Args:
            texts: The row's cells of text; fields without a column are absent.
            is_urban: What the row says about that.

        Raises:
            CellError: The row names none, one that the register does not
                have, or two different ones.
        """
        code = code_key(texts.get(Field.CODE, ""))
        official_name = texts.get(Field.OFFICIAL_NAME, "")
        name = texts.get(Field.NAME, "") or bare_name(official_name)
        if not code and not name:
            cause = "neither a code nor a name says whose address it is"
            raise CellError(cause, "fill in one of them")
        if self._register:
            found = registered(self._register, code, name)
            return self._seen.setdefault(found.code, found)
        return self._described(
            Organisation(
                code=code or name_key(name),
                name=name or code,
                official_name=official_name or name or code,
                is_urban=is_urban,
                region=texts.get(Field.REGION, ""),
                co_official_language=texts.get(Field.CO_OFFICIAL_LANGUAGE, ""),
                co_official_name=texts.get(Field.CO_OFFICIAL_NAME, ""),
                aliases=_parts(texts.get(Field.ALIASES, "")),
            )
        )

    def _described(self, organisation: Organisation) -> Organisation:
        """Return the organisation as the first row with its code describes it."""
        first = self._seen.setdefault(organisation.code, organisation)
        if name_key(first.name) != name_key(organisation.name):
            cause = f"code {first.code} is '{first.name}' in a row before"
            raise CellError(f"{cause}, '{organisation.name}' here", "correct one")
        return first


def registered(register: Register, code: str, name: str) -> Organisation:
    """
    Return the municipality of a code, a name, or both; one of them is given.

    Raises:
        CellError: The register does not have it, or has two different ones.
    """
    by_code = register.with_code(code) if code else None
    if by_code and register.is_called(by_code, name):
        return by_code
    by_name = register.named(name) if name else None
    if code and not by_code:
        cause = f"'{code}' is not the code of a municipality"
        raise CellError(cause, "look it up in the register")
    if name and not by_name:
        near = " or ".join(register.similar(name))
        hint = f"did you mean {near}?" if near else "write the name in full"
        raise CellError(f"'{name}' is not a municipality in the register", hint)
    if by_code and by_name and by_code != by_name:
        cause = f"code {by_code.code} is {by_code.name}, but the name is {by_name.name}"
        raise CellError(cause, "correct one of them")
    found = by_code or by_name
    assert found is not None  # noqa: S101 - the caller has a code or a name
    return found


def _parts(aliases: str) -> tuple[str, ...]:
    """Return the spellings that "|" parts."""
    return tuple(part for part in map(str.strip, aliases.split("|")) if part)
