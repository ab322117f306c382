"""Read a date as people in Slovenia write it: 8. 5. 2019, 8. maja 2019, 2019-05-08."""

from __future__ import annotations

import re
from datetime import date

#: January to December, in any case
_MONTHS = tuple("jan feb mar apr maj jun jul avg sep okt nov dec".split())  # noqa: SIM905
_NUMERIC = re.compile(
    r"(?<!\d)(\d{1,2})\s*[./-]\s*(\d{1,2})\s*[./-]\s*(\d{4}|\d{2})(?!\d)"
)
_NAMED = re.compile(
    rf"(?<!\d)(\d{{1,2}})\s*\.?\s*({'|'.join(_MONTHS)})\w*\.?\s*(\d{{4}})"
)
_ISO = re.compile(r"(?<!\d)(\d{4})\s*[./-]\s*(\d{1,2})\s*[./-]\s*(\d{1,2})(?!\d)")
_CENTURY = 2000


def read_date(text: str) -> date | None:
    """Return the day that `text` names; `None` if it names none, or one that is not."""
    plain = text.casefold()
    if found := _ISO.search(plain):
        year, month, day = map(int, found.groups())
    elif found := _NUMERIC.search(plain):
        day, month, year = map(int, found.groups())
    elif found := _NAMED.search(plain):
        day, year = int(found[1]), int(found[3])
        month = _MONTHS.index(found[2]) + 1
    else:
        return None
    try:
        return date(year if year >= 100 else year + _CENTURY, month, day)  # noqa: PLR2004
    except ValueError:
        return None
