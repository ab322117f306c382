"""Whom we write to: organisations and the addresses they have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Role(Enum):
    """In which function a recipient reads our mail."""

    OFFICE = "office"  #: a shared mailbox: obcina@, info@; the default
    MAYOR = "mayor"
    DIRECTOR = "director"  #: of the municipal administration
    PERSON = "person"  #: a named person in another function


class Gender(Enum):
    """Which salutation a recipient wants; Slovenian has no neutral one."""

    FEMALE = "f"
    MALE = "m"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """A municipality, or whatever else a list's rows belong to."""

    code: str  #: the register's three digits as text ("001"), or another stable key
    name: str  #: "Ajdovščina"
    official_name: str  #: "Občina Ajdovščina", "Mestna občina Koper"
    is_urban: bool = False  #: one of the mestne občine
    region: str = ""  #: statistical region
    co_official_language: str = ""  #: "it" or "hu" in nine municipalities
    co_official_name: str = ""  #: "Comune città di Capodistria"
    aliases: tuple[str, ...] = ()  #: other spellings that mean exactly this one


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address we write to."""

    id: int  #: the store's key; 0 before it is stored
    address: str  #: as it goes into RCPT TO: local part as given, domain in ASCII
    address_key: str  #: what makes two addresses the same (`recipients.deduplicate`)
    organisation: Organisation
    role: Role = Role.OFFICE
    gender: Gender = Gender.UNKNOWN
    surname: str = ""  #: for the salutation of a named person
    language: str = "sl"  #: which template variant: sl, it, hu


#: A row of a list on its way to be a recipient, as it is stored: its number in the
#: spreadsheet, address key, address, the organisation's code ("" where the address
#: stands for it), role, gender, surname, language.  A plain tuple, which takes a
#: database half the time of one with names; there may be a million.
Arrival: TypeAlias = tuple[int, str, str, str, str, str, str, str]
