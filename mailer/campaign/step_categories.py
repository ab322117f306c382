"""
Whether categories ask for what can be answered, and those of a step exist.

What a category is, `campaign.toml` says; who is in one, `model.campaign`.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from mailer.errors import Problem
from mailer.model.answers import answer_in
from mailer.model.campaign import EVERYONE, SILENT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from mailer.model.campaign import Category
    from mailer.model.form import Form


def look_at_categories(
    where: str,
    to: str,
    wanted: Sequence[str],
    categories: Sequence[Category],
    form: Form | None,
) -> Iterator[Problem]:
    """
    Yield what is wrong with the categories of a step.

    Args:
        where: The step's place in its file.
        to: For whom it is.
        wanted: The names of its categories.
        categories: The campaign's.
        form: The campaign's, if it has one.
    """
    if wanted and to in (EVERYONE, SILENT):
        cause = f"categories, but '{to}' have given no answer"
        yield Problem(where, cause, "name a kind in `to`, or remove them")
    names = list(dict.fromkeys(one.name for one in categories))
    for name in dict.fromkeys(wanted):
        if name not in names:
            hint = f"one of {', '.join(names)}" if names else "write a [[category]]"
            yield Problem(where, f"category '{name}' is unknown", hint)
        elif answer_in(categories, form, name) is None:
            cause = f"category '{name}' cannot be reached: no answer falls into it"
            hint = "move its [[category]] before those that take all, or mend `when`"
            yield Problem(where, cause, hint)


def look_at_table(
    place: str, categories: Sequence[Category], fields: Collection[str]
) -> Iterator[Problem]:
    """
    Yield what is wrong with a campaign's table of categories.

    An answer that has all it should would fall into the wrong one, or be counted
    in two rows of the report.

    Args:
        place: The file.
        categories: All of them, in their order.
        fields: Those that the form, a number or a meaning can give; a campaign
            without any takes what a person types.
    """
    names = [one.name for one in categories]
    for name in sorted({name for name in names if names.count(name) > 1}):
        cause = f"two categories are called '{name}': each has a row in the report"
        hint = "rename one, or give its `when` a list of values"
        yield Problem(place, cause, hint)
    if not fields:
        return
    for position, one in enumerate(categories, start=1):
        for name in one.when:
            if name not in fields:
                where = f"{place}, category {position} '{one.name}', when"
                cause = f"no answer gives a field '{name}'"
                yield Problem(where, cause, _instead_of(name, fields))


def _instead_of(name: str, fields: Collection[str]) -> str:
    near = difflib.get_close_matches(name.casefold(), fields, n=1)
    return f"did you mean '{near[0]}'?" if near else f"one of {', '.join(fields)}"
