"""A form that recipients send back: its fields, what came back, what that is worth."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: the field that holds the form's identifier
IDENTIFIER = "oznaka"


class FieldType(Enum):
    """What may stand in a field."""

    TEXT = "text"  #: one line
    EMAIL = "email"
    TEL = "tel"
    RADIO = "radio"  #: one of its options
    INTEGER = "integer"
    DATE = "date"
    MULTILINE = "multiline"


class Prefilled(Enum):
    """What we know of an organisation, and print into its form."""

    CODE = "code"
    NAME = "name"
    OFFICIAL_NAME = "official_name"


@dataclass(frozen=True, slots=True)
class FormField:
    """One field, the same in PDF, DOCX and mail."""

    id: str  #: ASCII: "kontakt_ime"
    type: FieldType
    label: str  #: what people read: "Kontaktna oseba (ime in priimek)"
    required: bool = False
    min: int | None = None  #: the smallest number of an INTEGER
    max: int | None = None  #: characters of a text, or the largest INTEGER
    #: of RADIO: value → label, in order
    options: Mapping[str, str] = field(default_factory=dict)
    prefilled: Prefilled | None = None  #: printed by us, nobody fills it
    #: it makes sense only with these answers
    show_if: Mapping[str, str] = field(default_factory=dict)
    #: an empty field is asked for with any of these answers
    wanted_if: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A campaign's form, as its form.toml defines it."""

    tag: str  #: begins every identifier: "K17"
    title: str  #: "Obrazec za občino"
    answer: str  #: the kind of response that a returned form is
    file_name: str  #: ASCII, before the organisation's code: "obrazec-kakovost"
    fields: tuple[FormField, ...]  #: from top to bottom
    introduction: str = ""
    foot: str = ""

    @property
    def decisive(self) -> tuple[FormField, ...]:
        """Return what the form is sent for: the choices that have to be made."""
        return tuple(
            one for one in self.fields if one.type is FieldType.RADIO and one.required
        )


class FormSource(Enum):
    """In which shape a form came back."""

    ACROFORM = "acroform"  #: a PDF with its fields
    PRINTED = "printed"  #: the text of a flattened or printed PDF: values by hand
    DOCX = "docx"
    TYPED = "typed"  #: in the mail's own text
    SCAN = "scan"  #: a picture, or a file that cannot be read: all by hand


@dataclass(frozen=True, slots=True)
class ReturnedForm:
    """What was found in a returned form, as it stands there."""

    identifier: str  #: as found, not yet verified; "" if unreadable
    values: Mapping[str, str]  #: field → raw text; what was left empty is absent
    how: FormSource
    file_name: str = ""  #: of the attachment; "" where it was typed
    tag: str = ""  #: of the form that it is; "" where nothing tells
    trouble: str = ""  #: why nothing was read, in words; "" if it was


class FormFlag(Enum):
    """What a person should know about a form that was taken."""

    MISSING = "missing"  #: a required field is empty
    REFUSED = "refused"  #: what stands in a field is no value for it
    UNEXPECTED = "unexpected"  #: a field is filled that the answers leave out
    WANTED = "wanted"  #: ask for it in the confirmation
    OTHER_ORGANISATION = "other_organisation"  #: forwarded, or a joint administration
    QUESTION = "question"  #: somebody asks something


@dataclass(frozen=True, slots=True)
class CheckedForm:
    """What a returned form says, after the checks."""

    values: Mapping[str, str]  #: field → value: an option, ISO date, digits, text
    problems: Sequence[str]  #: in words
    flags: frozenset[FormFlag]
    category: str  #: of the campaign's categories, "OBA"; "" if none fits
    is_complete: bool  #: what it was sent for is answered: it counts as a response
    #: field → raw text that is no value for it
    refused: Mapping[str, str] = field(default_factory=dict)
    is_unread: bool = False  #: nobody knows what it says; the problems tell why
