"""
Decide which column of a list holds what, by the words in its header.

Slovenian and English words count, whatever their case, accents, spaces and
hyphens.  A word that is only similar is suggested, never taken.
What the cells may hold is decided in `mailer.recipients.validate`.
"""

from __future__ import annotations

import difflib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Field(StrEnum):  # its members are hashed a million times; a str's is fast
    """What a column can hold."""

    ADDRESS = "e-mail address"
    CODE = "code"
    NAME = "name"
    OFFICIAL_NAME = "official name"
    IS_URBAN = "urban municipality"
    REGION = "region"
    CO_OFFICIAL_LANGUAGE = "co-official language"
    CO_OFFICIAL_NAME = "co-official name"
    ALIASES = "aliases"
    ROLE = "role"
    GENDER = "gender"
    SURNAME = "surname"
    LANGUAGE = "language"


_WORDS = {
    Field.ADDRESS: (
        "e-pošta, e-naslov, epošta, naslov e-pošte, e-poštni naslov, mail, email, "
        "e-mail, email address, e-mail address, elektronski naslov, address, "
        "elektronska pošta, naslov elektronske pošte, test_email"
    ),
    Field.CODE: "šifra, šifra občine, code, municipality code",
    Field.NAME: "občina, naziv, naziv občine, ime občine, name, municipality, "
    "organizacija, organisation, organization",
    Field.OFFICIAL_NAME: "uradno ime, ime uradno, uradni naziv, official_name",
    Field.IS_URBAN: "mestna, mestna občina, is_mestna, is_urban",
    Field.REGION: "regija, statistična regija, region",
    Field.CO_OFFICIAL_LANGUAGE: "drugi jezik, co_official_lang, co_official_language",
    Field.CO_OFFICIAL_NAME: "ime v drugem jeziku, dvojezično ime, co_official_name",
    Field.ALIASES: "druga imena, aliases",
    Field.ROLE: "vloga, funkcija, role, function",
    Field.GENDER: "spol, gender, sex",
    Field.SURNAME: "priimek, surname, last name, family name",
    Field.LANGUAGE: "jezik, language, lang",
}
#: columns of our own register that are known and not needed
_NOT_NEEDED = frozenset({"nuts3", "slug"})


@dataclass(frozen=True, slots=True)
class Columns:
    """What a header says; usable only without problems."""

    header: tuple[str, ...]  #: as in the file
    positions: Mapping[Field, int]
    ignored: tuple[str, ...]  #: headings that mean nothing to us, as in the file
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()  #: ignored columns that look like a slip

    def heading(self, field: Field) -> str:
        """Return what the column of `field` is called in the file."""
        return self.header[self.positions[field]]


@lru_cache(maxsize=1 << 12)  # a list has few words, in many rows
def folded(words: str) -> str:
    """Return `words` without case, accents and whatever is no letter or digit."""
    bare = unicodedata.normalize("NFKD", words).casefold()
    return "".join(character for character in bare if character.isalnum())


_FIELDS = {
    folded(word): field for field, words in _WORDS.items() for word in words.split(",")
}


def read_header(header: Sequence[str], source_name: str) -> Columns:
    """
    Return what each column holds, or all that is wrong with the header.

    Args:
        header: The headings, in order.
        source_name: The list's name in problems: "recipients.csv".
    """
    found: dict[Field, list[int]] = {}
    ignored = []
    for position, heading in enumerate(header):
        if field := _FIELDS.get(folded(heading)):
            found.setdefault(field, []).append(position)
        else:
            ignored.append(heading)
    problems = [
        _several(source_name, field, [header[position] for position in positions])
        for field, positions in found.items()
        if len(positions) > 1
    ]
    if Field.ADDRESS not in found:
        problems.append(_no_address(source_name, header))
    return Columns(
        header=tuple(header),
        positions=MappingProxyType({field: at[0] for field, at in found.items()}),
        ignored=tuple(heading for heading in ignored if heading.strip()),
        problems=tuple(problems),
        warnings=tuple(_slips(source_name, ignored)),
    )


def _several(source_name: str, field: Field, headings: list[str]) -> Problem:
    return Problem(
        f"{source_name}, header",
        f"{len(headings)} columns hold the {field.value}: {_listed(headings)}",
        "keep one of them, or rename the others",
    )


def _no_address(source_name: str, header: Sequence[str]) -> Problem:
    return Problem(
        f"{source_name}, header",
        f"no column holds the addresses; found {_listed(header)}",
        "name it 'e-pošta' or 'email'",
    )


def _slips(source_name: str, ignored: list[str]) -> list[Problem]:
    """Return a warning for each ignored heading, with the word it resembles."""
    warnings = []
    for heading in ignored:
        word = folded(heading)
        if not word or word in _NOT_NEEDED:
            continue
        near = difflib.get_close_matches(word, _FIELDS, n=1, cutoff=0.8)
        hint = f"did you mean the {_FIELDS[near[0]].value}?" if near else ""
        place = f"{source_name}, header"
        cause = f"the column '{heading}' is ignored"
        warnings.append(Problem(place, cause, hint, Severity.WARNS))
    return warnings


def _listed(headings: Sequence[str]) -> str:
    return ", ".join(f"'{heading}'" for heading in headings)
