"""
Decide what a cell means: plain text, words for roles, genders, languages, reasons.

Each function takes the text of a cell and returns its value, or raises
`CellError` with the cause and the next step; `mailer.recipients.read` adds the
place.
Addresses are read in `mailer.recipients.addresses`.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Generic, TypeVar

from mailer.model.recipient import Gender, Role
from mailer.model.response import SuppressionReason
from mailer.recipients.columns import folded

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

TEXT = 300  #: characters in a name
SHOWN = 80  #: characters of a cell that an error repeats

_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
#: control, format (zero width, direction), lone surrogate, line and paragraph
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class CellError(ValueError):
    """
    A cell cannot be taken as it is.

    Args:
        cause: What is wrong with it.
        next_step: How to mend it.
    """

    def __init__(self, cause: str, next_step: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.next_step = next_step


class _Words(Generic[T]):
    """The words for a closed set of meanings, found whatever their accents."""

    def __init__(self, kind: str, meanings: Mapping[T, str]) -> None:
        self._kind = kind
        self._usual = ", ".join(words.split(",")[0] for words in meanings.values())
        self._meanings = {
            folded(word): meaning
            for meaning, words in meanings.items()
            for word in words.split(",")
        }

    def meaning(self, cell: str) -> T:
        """
        Return what `cell` means.

        Raises:
            CellError: It is none of the words.
        """
        try:
            return self._meanings[folded(cell)]
        except KeyError:
            cause = f"'{shown(cell)}' is not understood as a {self._kind}"
            hint = f"write one of {self._usual}, or leave it empty"
            raise CellError(cause, hint) from None


_ROLES = _Words(
    "role",
    {
        Role.OFFICE: "občina, urad, pisarna, office, splošni naslov, skupni naslov",
        Role.MAYOR: "župan, županja, mayor",
        Role.DIRECTOR: "direktor, direktorica, direktor občinske uprave, "
        "direktorica občinske uprave, director",
        Role.PERSON: "oseba, person, kontakt, contact",
    },
)
_GENDERS = _Words(
    "gender",
    {
        Gender.FEMALE: "f, ž, ženska, ženski, female, woman, gospa, ga, ms, mrs",
        Gender.MALE: "m, moški, male, man, gospod, g, mr",
        Gender.UNKNOWN: "neznano, unknown",
    },
)
_LANGUAGES = _Words(
    "language",
    {
        "sl": "sl, slv, slovensko, slovenščina, slovenian",
        "it": "it, ita, italijansko, italijanščina, italian, italiano",
        "hu": "hu, hun, madžarsko, madžarščina, hungarian, magyar",
    },
)
_REASONS = _Words(
    "reason",
    {
        SuppressionReason.BY_HAND: "by_hand, ročno, na roke",
        SuppressionReason.HARD_BOUNCE: "hard_bounce, ne obstaja, trajno zavrnjeno",
        SuppressionReason.SOFT_BOUNCES: "soft_bounces, nedosegljiv",
        SuppressionReason.COMPLAINT: "complaint, pritožba",
        SuppressionReason.OBJECTED: "objected, ugovor",
        SuppressionReason.UNSUBSCRIBED: "unsubscribed, odjava, odjavljen",
    },
)
_TRUTHS = _Words("yes or no", {True: "1, da, yes, true", False: "0, ne, no, false"})
_FEMALE_ROLES = ("zupanja", "direktorica")


def refuse_formula(cell: str) -> None:
    """
    Do nothing, if `cell` is not what a spreadsheet computes something from.

    Raises:
        CellError: It is; what it comes to is not known here.
    """
    if cell.startswith("="):
        cause = f"'{shown(cell)}' is a formula and not its result"
        raise CellError(cause, "copy the column, and paste only its values")


def text(cell: str) -> str:
    """
    Return `cell` in NFC, with single spaces.

    Raises:
        CellError: It holds a line break or an invisible character, or is long.
    """
    spelt = unicodedata.normalize("NFC", cell.strip().replace(_NO_BREAK_SPACE, " "))
    if found := invisible(spelt):
        cause = f"'{shown(spelt)}' holds {found}, which cannot be seen"
        raise CellError(cause, "type the cell anew")
    words = " ".join(spelt.split())
    if len(words) > TEXT:
        cause = f"{len(words)} characters; at most {TEXT} are read"
        raise CellError(cause, "shorten it")
    return words


def role(cell: str) -> Role:
    """Return what a Slovenian or English word for a function means."""
    return _ROLES.meaning(cell)


def gender(cell: str) -> Gender:
    """Return what a Slovenian or English word or letter for a gender means."""
    return _GENDERS.meaning(cell)


def gender_of_role(cell: str) -> Gender:
    """
    Return the gender that the word for a function tells.

    "Županja" is a woman; "župan" may be nobody in particular.
    """
    female = folded(cell).startswith(_FEMALE_ROLES)
    return Gender.FEMALE if female else Gender.UNKNOWN


def language(cell: str) -> str:
    """Return "sl", "it" or "hu" for a word or letters that mean it."""
    return _LANGUAGES.meaning(cell)


def truth(cell: str) -> bool:
    """Return what a yes or no, in whatever spelling, means."""
    return _TRUTHS.meaning(cell)


def reason(cell: str) -> SuppressionReason:
    """Return why an address is no longer written to, by its word."""
    return _REASONS.meaning(cell)


def invisible(spelt: str) -> str:
    """Return the code point of the first control or format character, or ""."""
    if spelt.isprintable():
        return ""
    for character in spelt:
        if unicodedata.category(character) in _INVISIBLE:
            return f"U+{ord(character):04X}"
    return ""


def shown(cell: str) -> str:
    """Return `cell` short enough and safe for an error's one line."""
    printable = "".join(char if char.isprintable() else "\ufffd" for char in cell)
    return printable if len(printable) <= SHOWN else f"{printable[:SHOWN]}…"
