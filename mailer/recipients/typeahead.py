"""
Find municipalities while a person types, by name, code or address.

What is typed may lack its šumniki: »sencur« finds Šenčur.
Unlike `recipients.register` this only suggests: the person chooses.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from mailer.recipients.register import bare_name, code_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mailer.model.recipient import Organisation

#: letters that have no mark to take off
_BARE = str.maketrans("đł", "dl")


def bare(text: str) -> str:
    """Return `text` in lower case, without marks on its letters and spare space."""
    apart = unicodedata.normalize("NFD", " ".join(text.split()).casefold())
    kept = "".join(one for one in apart if not unicodedata.combining(one))
    return kept.translate(_BARE)


class Typeahead:
    """
    The municipalities one may choose from.

    Args:
        organisations: All of them, in the order in which they shall be listed.
        addresses: Their addresses, by code.
    """

    def __init__(
        self,
        organisations: Iterable[Organisation],
        addresses: Mapping[str, Sequence[str]],
    ) -> None:
        self._known = [
            (one, _names(one), [bare(each) for each in addresses.get(one.code, ())])
            for one in organisations
        ]

    def matching(self, typed: str) -> list[Organisation]:
        """
        Return those that `typed` may mean, the likeliest first.

        That is: the code, a name that is it, that begins so, of which a word
        begins so, an address with it, a name with it.
        """
        wanted = bare(bare_name(typed.strip()))
        ranked = [
            (rank, place, one)
            for place, (one, names, addresses) in enumerate(self._known)
            if (rank := _rank(wanted, one, names, addresses)) is not None
        ]
        ranked.sort(key=lambda found: found[:2])
        return [one for _rank, _place, one in ranked]


def _names(one: Organisation) -> list[str]:
    names = (one.name, one.official_name, one.co_official_name, *one.aliases)
    return [bare(bare_name(name)) for name in names if name]


def _rank(
    wanted: str, one: Organisation, names: Sequence[str], addresses: Sequence[str]
) -> int | None:
    """Return how well a municipality fits, 0 best; `None` if it does not."""
    fits = (
        one.code == code_key(wanted),
        wanted in names,
        any(name.startswith(wanted) for name in names),
        any(f" {wanted}" in name.replace("-", " ") for name in names),
        any(wanted in address for address in addresses),
        any(wanted in name for name in names),
    )
    return next((rank for rank, fit in enumerate(fits) if fit), None)
