"""
An answer that falls into a category, made up: to show what would follow from it.

Whoever answers takes a choice of the form, or leaves it open; a field that the
form does not ask may hold anything that a category names, or something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.model.form import FieldType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mailer.model.campaign import Category
    from mailer.model.form import Form

_NOT_SAID, _SOMETHING_ELSE = "", "…"

_Values = dict[str, list[str]]


def answer_in(
    categories: Sequence[Category], form: Form | None, name: str
) -> dict[str, str] | None:
    """
    Return the fields of an answer in the category called `name`, as few as do.

    `None`: there is none, because those before it, of which the first match
    wins, take them all, or because it asks for what nobody can answer.

    Args:
        categories: The campaign's, in their order.
        form: The campaign's, if it has one.
        name: Of one or more of them.
    """
    possible = _possible(categories, form)
    for place, one in enumerate(categories):
        if one.name != name:
            continue
        left = {
            field: [v for v in one.when.get(field, values) if v in values]
            for field, values in possible.items()
        }
        found = _outside(left, categories[:place]) if all(left.values()) else None
        if found is not None:
            return {field: values[0] for field, values in found.items() if values[0]}
    return None


def _possible(categories: Sequence[Category], form: Form | None) -> _Values:
    """Return field → what may be answered there, for the fields that decide."""
    asked = {
        one.id: list(one.options)
        for one in (form.fields if form else ())
        if one.type is FieldType.RADIO
    }
    found: _Values = {}
    for category in categories:
        for field, fits in category.when.items():
            if field in asked:
                found[field] = [_NOT_SAID, *asked[field]]
                continue
            values = found.setdefault(field, [_NOT_SAID, _SOMETHING_ELSE])
            values += [value for value in fits if value not in values]
    return found


def _outside(
    left: Mapping[str, list[str]], others: Sequence[Category]
) -> Mapping[str, list[str]] | None:
    """Return what is left of each field's values when no answer fits `others`."""
    if not others:
        return left
    first, *rest = others
    if any(not set(left[field]) & set(fits) for field, fits in first.when.items()):
        return _outside(left, rest)
    for field, fits in first.when.items():
        kept = [value for value in left[field] if value not in fits]
        found = _outside({**left, field: kept}, rest) if kept else None
        if found is not None:
            return found
    return None
