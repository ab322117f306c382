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
#: the fields of other mail merges, and what an empty cell becomes in some
_FOREIGN = re.compile(
    r"\$?\{[^\W\d][\w ]{0,30}\}|\[\[[^\]\n]{1,30}\]\]|%%\w+%%|\*\|\w+\|\*"
    r"|<<\w[\w ]{0,30}>>|(?<!\w)(?:None|NaN|nan|NULL|undefined|#N/A)\b"
)
_FOREIGN_SIGNS = (
    "{",
    "[[",
    "%%",
    "*|",
    "<<",
    "None",
    "NaN",
    " nan",
    "NULL",
    "undef",
    "#N/A",
)
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
    has_sign = any(sign in content for sign in _FOREIGN_SIGNS)
    if has_sign and (foreign := _FOREIGN.search(content)):
        cause = f"'{foreign.group()}' looks like a field that nothing has filled"
        hint = "write what belongs there, as the guide to templates says"
        yield Problem(place, cause, hint, Severity.WARNS)
    if " ," in content and (hole := _HOLE.search(content)):
        cause = f"'{hole.group()}': a space before a comma, as if a field were empty"
        hint = "look at the field before it, or delete the space"
        yield Problem(place, cause, hint, Severity.WARNS)
