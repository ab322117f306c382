"""
Whether the categories that a step is for exist, and whether anybody can be in them.

What a category is, `campaign.toml` says; who is in one, `model.campaign`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import Problem
from mailer.model.answers import answer_in
from mailer.model.campaign import EVERYONE, SILENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
