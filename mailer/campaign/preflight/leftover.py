"""Find what a writer meant to replace and did not: markers, fillers, empty fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

#: sought before the expression, which takes a hundred times as long
_SIGNS = ("{{", "}}", "{%", "%}", "{#", "TODO", "FIXME", "XXX", "TBD", "DOPOLNI", "???")
_MARKER = re.compile(
    r"\{\{|\}\}|\{%|%\}|\{#|\b(?:TODO|FIXME|XXX+|TBD|DOPOLNITI|DOPOLNI)\b|\?{3,}"
)
_FILLER = re.compile(r"\blorem\s+ipsum\b", re.IGNORECASE)
#: »Spoštovani ,«: the field before the comma was empty
_HOLE = re.compile(r"[^\W\d_]+ ,(?=\s|$)")


def look_for_leftovers(place: str, content: str) -> Iterator[Problem]:
    """Yield the first marker and the first filler that were left in a part."""
    if any(sign in content for sign in _SIGNS):
        found = dict.fromkeys(one.group() for one in _MARKER.finditer(content))
        for marker in found:
            yield Problem(place, f"'{marker}' is left over", "finish the text")
    if "psum" in content.casefold() and (filler := _FILLER.search(content)):
        cause = f"'{filler.group()}' is left over"
        yield Problem(place, cause, "write the text that belongs there")
    if " ," in content and (hole := _HOLE.search(content)):
        cause = f"'{hole.group()}': a space before a comma, as if a field were empty"
        hint = "look at the field before it, or delete the space"
        yield Problem(place, cause, hint, Severity.WARNS)
