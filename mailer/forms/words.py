"""
Read a form from lines of text: a mail, a table, what somebody typed beside a label.

"kakovost: pridruži" is an answer, and so is "X Vključili se bomo" below the
heading of a choice.  What a value is worth is decided in `mailer.forms.check`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from mailer.model.form import FieldType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mailer.model.form import Form, FormField

#: what people and programs put before the option that they choose
MARKS = "☒☑☓✓✔✕✖✗✘xX×•●◉⦿"  # noqa: RUF001
_MARKED = re.compile(rf"^[\[(<]{{0,3}} ?([{MARKS}])[\])> ]{{1,4}}(.+)$")
_MARKED_AFTER = re.compile(
    rf"^(.+?)[ :]{{1,4}}[\[(<]{{0,3}} ?([{MARKS}])[\])>]{{0,3}}$"
)
#: what stands where nothing was written
_EMPTY = "☐□○◯❏_[](). \t"
_PAIR = re.compile(r"^([^:=\t]{2,120}?)(?: ?[:=\t]| [–—-] )(.*)$")  # noqa: RUF001
_SPACES = re.compile(r"[^\S\t\n]+")
_LONGEST = 4000


def fold(text: str) -> str:
    """Return `text` in lower case, without šumniki, spaces squeezed."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    kept = (letter for letter in plain if not unicodedata.combining(letter))
    return " ".join("".join(kept).replace("_", " ").split())


def option_of(field: FormField, text: str) -> str | None:
    """Return the option that `text` names, by value or label; `None` if none."""
    folded = fold(text).strip(" .;,!\"'»«()")
    for value, label in field.options.items():
        if folded in (fold(value), fold(label)):
            return value
    return None


def field_of(form: Form, name: str) -> FormField | None:
    """Return the field that `name` is the id or the label of."""
    folded = fold(name).strip(" *:.")
    for field in form.fields:
        if folded in (fold(field.id), fold(field.label), fold(_short(field.label))):
            return field
    return None


def _short(label: str) -> str:
    """Return a label without what it says in brackets."""
    return label.partition("(")[0].strip()


def read_lines(lines: Iterable[str], form: Form) -> dict[str, str]:
    """Return field → raw text, of those that the lines name."""
    values: dict[str, str] = {}
    choice: FormField | None = None  #: whose options may follow
    notes: FormField | None = None  #: whose text goes on
    for line in lines:
        field, value = _named(line, form)
        if field is not None:
            choice = field if field.type is FieldType.RADIO else None
            notes = field if field.type is FieldType.MULTILINE else None
            _put(values, field, value)
        elif choice is not None and (option := _marked(choice, line)):
            _put(values, choice, option)
        elif notes is not None and line.strip():
            _put(values, notes, line.strip(), "\n")
        elif not line.strip():
            notes = None
    return values


def chosen(field: FormField, lines: Sequence[str]) -> str:
    """
    Return the options that are marked in the lines below a choice's heading.

    Where all others were struck out, the one that is left is chosen.
    """
    marked = [option for line in lines if (option := _marked(field, line))]
    named = [option for line in lines if (option := option_of(field, line))]
    if not marked and len(named) == 1 and len([x for x in lines if x.strip()]) == 1:
        return named[0]
    return " ".join(dict.fromkeys(marked))


def _named(line: str, form: Form) -> tuple[FormField | None, str]:
    """Return the field that a line begins with, and what follows it."""
    plain = _squeezed(line).lstrip("> *•–-\t")  # noqa: RUF001
    if found := _PAIR.match(plain):
        return field_of(form, found[1]), found[2].strip()
    return field_of(form, plain), ""


def _marked(field: FormField, line: str) -> str | None:
    text = _squeezed(line)
    if found := _MARKED.match(text):
        return option_of(field, found[2])
    if found := _MARKED_AFTER.match(text):
        return option_of(field, found[1])
    return None


def _squeezed(line: str) -> str:
    """Return a line of bearable length, without two spaces after each other."""
    return _SPACES.sub(" ", line[:_LONGEST]).strip()


def _put(
    values: dict[str, str], field: FormField, text: str, between: str = " "
) -> None:
    """Add what was said of a field; a second option is kept beside the first."""
    if not text.strip(_EMPTY):
        return
    said = text.strip()
    before = values.get(field.id)
    if before is None:
        values[field.id] = said
    elif said != before:
        values[field.id] = f"{before}{between}{said}"[:_LONGEST]
