"""
Decide what a returned form says, and whether that is enough.

What can be taken is taken, and what is odd about it is flagged: an answer is
not lost over a telephone number.  Only a form that answers nothing of what it
was sent for is incomplete.  An answer that was not given stays absent; it is
never a no.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from mailer.forms.dates import read_date
from mailer.forms.words import fold, option_of
from mailer.model.campaign import category_of
from mailer.model.form import CheckedForm, FieldType, FormFlag

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mailer.model.campaign import Category
    from mailer.model.form import Form, FormField, ReturnedForm
    from mailer.model.recipient import Organisation

_ADDRESS = re.compile(r"[^\s@<>(),;:\"]{1,64}@[^\s@<>(),;:\"]+\.[^\s@<>(),;:\".]{2,}")
_NUMBER = re.compile(r"\d+")
_FEWEST_DIGITS = 5  #: of a telephone number
_LONGEST = 4000

_Finding = tuple[FormFlag, str]


def check(
    form: Form,
    returned: ReturnedForm,
    categories: Sequence[Category] = (),
    owner: Organisation | None = None,
) -> CheckedForm:
    """
    Return what a returned form says.

    Args:
        form: The campaign's.
        returned: What was read.
        categories: The campaign's.
        owner: Whose form it is, or who sent it, if that is known.
    """
    if returned.trouble:
        # Nobody has left anything empty: it was not read.
        said = ": ".join(filter(None, (returned.file_name, returned.trouble)))
        return CheckedForm(
            {}, (said,), frozenset(), "", is_complete=False, is_unread=True
        )
    values: dict[str, str] = {}
    refused: dict[str, str] = {}
    for field in form.fields:
        raw = _plain(returned.values.get(field.id, ""))
        if field.prefilled or not raw:
            continue
        value = _value(field, raw)
        if value is None:
            refused[field.id] = raw
        else:
            values[field.id] = value
    findings = [
        *_refused(form, refused),
        *_missing(form, values, refused),
        *_conditions(form, values),
        *_of_others(form, returned, owner),
        *_questions(form, values),
    ]
    decisive = form.decisive
    flags = frozenset(flag for flag, _ in findings)
    answered = any(one.id in values for one in decisive)
    return CheckedForm(
        values=values,
        problems=tuple(words for _, words in findings),
        flags=flags,
        category=category_of(categories, values),
        is_complete=answered if decisive else FormFlag.MISSING not in flags,
        refused=refused,
    )


def printed_values(form: Form, organisation: Organisation) -> dict[str, str]:
    """Return field → what we print into an organisation's form."""
    return {
        one.id: str(getattr(organisation, one.prefilled.value))
        for one in form.fields
        if one.prefilled
    }


def _value(field: FormField, raw: str) -> str | None:
    """Return the value that `raw` is, written as we keep it; `None` if it is none."""
    match field.type:
        case FieldType.RADIO:
            return option_of(field, raw)
        case FieldType.MULTILINE:
            return raw
        case FieldType.EMAIL:
            found = _ADDRESS.search(raw)
            return found.group() if found else None
        case FieldType.TEL:
            digits = sum(map(str.isdecimal, raw))
            return " ".join(raw.split()) if digits >= _FEWEST_DIGITS else None
        case FieldType.INTEGER:
            return _integer(field, raw)
        case FieldType.DATE:
            day = read_date(raw)
            return day.isoformat() if day else None
        case FieldType.TEXT:
            return " ".join(raw.split())


def _integer(field: FormField, raw: str) -> str | None:
    """Return the only number in a text ("3 osebe"), if it is not out of bounds."""
    numbers = _NUMBER.findall(raw)
    if len(numbers) != 1 or len(numbers[0]) > 9 or "-" in raw:  # noqa: PLR2004 - digits
        return None
    number = int(numbers[0])
    low = field.min if field.min is not None else number
    high = field.max if field.max is not None else number
    return str(number) if low <= number <= high else None


def _plain(raw: str) -> str:
    """Return a text without signs that nobody sees, and of a bearable length."""
    text = unicodedata.normalize("NFC", raw[:_LONGEST].replace("\r\n", "\n"))
    kept = (
        letter if letter == "\n" or unicodedata.category(letter)[0] not in "CZ" else " "
        for letter in text
        if unicodedata.category(letter) != "Cf"
    )
    return "".join(kept).strip()


def _refused(form: Form, refused: Mapping[str, str]) -> Iterator[_Finding]:
    for field in form.fields:
        if raw := refused.get(field.id):
            shown = raw if len(raw) <= 80 else f"{raw[:80]}…"  # noqa: PLR2004 - a line
            words = f"'{field.label}': '{shown}' is no {_WANTED[field.type]}"
            yield FormFlag.REFUSED, words


_WANTED = {
    FieldType.TEXT: "text",
    FieldType.MULTILINE: "text",
    FieldType.EMAIL: "e-mail address",
    FieldType.TEL: "telephone number",
    FieldType.RADIO: "single option",
    FieldType.INTEGER: "number that is asked for",
    FieldType.DATE: "date",
}


def _missing(
    form: Form, values: Mapping[str, str], refused: Mapping[str, str]
) -> Iterator[_Finding]:
    for field in form.fields:
        if field.required and field.id not in values and field.id not in refused:
            yield FormFlag.MISSING, f"'{field.label}' is empty"
        if field.max and field.type is not FieldType.INTEGER:
            length = len(values.get(field.id, ""))
            if length > field.max:
                words = f"'{field.label}' has {length} characters, not {field.max}"
                yield FormFlag.REFUSED, words


def _conditions(form: Form, values: Mapping[str, str]) -> Iterator[_Finding]:
    """Yield what is filled and should not be, and what should be and is not."""
    for field in form.fields:
        if field.id in values:
            if not _holds(field.show_if, values):
                words = f"'{field.label}' is filled, though the answers leave it out"
                yield FormFlag.UNEXPECTED, words
        elif any(_holds(condition, values) for condition in field.wanted_if):
            yield FormFlag.WANTED, f"'{field.label}' is empty: ask for it"


def _holds(condition: Mapping[str, str], values: Mapping[str, str]) -> bool:
    return all(values.get(name) == value for name, value in condition.items())


def _of_others(
    form: Form, returned: ReturnedForm, owner: Organisation | None
) -> Iterator[_Finding]:
    if owner is None:
        return
    for name, ours in printed_values(form, owner).items():
        theirs = _plain(returned.values.get(name, ""))
        if theirs and fold(theirs) != fold(ours):
            label = next(one.label for one in form.fields if one.id == name)
            words = f"'{label}' is '{theirs[:80]}', not '{ours}'"
            yield FormFlag.OTHER_ORGANISATION, words


def _questions(form: Form, values: Mapping[str, str]) -> Iterator[_Finding]:
    for field in form.fields:
        if field.type is FieldType.MULTILINE and "?" in values.get(field.id, ""):
            yield FormFlag.QUESTION, f"'{field.label}' asks something"
