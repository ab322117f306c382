"""
Look at an HTML part as somebody does who hears it, or sees badly.

Language, title, descriptions of pictures, order of headings, tables for layout,
contrast; and what mail programs throw away.
WCAG 2.2 is cited by its success criteria.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, TypeAlias

from mailer.campaign.preflight.contrast import ENOUGH, Colour, colour, contrast
from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

_Attributes: TypeAlias = dict[str, str]
_Fault: TypeAlias = tuple[str, str]

#: declarations are left out: `html.parser` fails at broken ones
_TAG = re.compile(r"""</?[a-z](?:[^>"']|"[^"]*"|'[^']*')*>""", re.IGNORECASE)
_HEADING = re.compile(r"h([1-6])")
_STYLE = re.compile(r"(?:^|;)\s*(color|background-color|background)\s*:\s*([^;]+)")
_THROWN_AWAY = frozenset({"script", "iframe", "form", "video", "object", "embed"})
_VOID = frozenset(
    {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)
_DEEPEST = 200  #: elements in each other that are still looked at


def look_at_markup(place: str, markup: str) -> Iterator[Problem]:
    """Yield what keeps people from reading an HTML part."""
    for cause, next_step in _faults("".join(_TAG.findall(markup))):
        yield Problem(place, cause, next_step, Severity.WARNS)


@lru_cache(maxsize=1 << 8)  # the tags are mostly the same for everybody
def _faults(tags: str) -> tuple[_Fault, ...]:
    reader = _Reader()
    reader.feed(tags)
    reader.close()
    if "lang" not in reader.root:
        reader.fault("<html> has no lang (WCAG 3.1.1)", 'write <html lang="sl">')
    if "title" not in reader.seen:
        reader.fault("has no <title> (WCAG 2.4.2)", "put the subject there")
    return tuple(reader.faults)


class _Reader(HTMLParser):
    """Reads the tags of a part, and notes each kind of fault once."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: dict[_Fault, None] = {}
        self.root: _Attributes = {}  #: of <html>
        self.seen: set[str] = set()
        self._heading = 0
        self._tables: list[tuple[str, _Attributes, bool]] = []
        self._colours: list[tuple[str, Colour, Colour]] = []  # tag, text, ground

    def fault(self, cause: str, next_step: str) -> None:
        self.faults[cause, next_step] = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.seen.add(tag)
        if tag == "html":
            self.root = {name: value for name, value in given.items() if value.strip()}
        elif tag == "img":
            self._picture(given)
        elif tag == "table":
            self._tables.append((self.get_starttag_text() or "", given, False))
        elif tag == "th" and self._tables:
            text, table, _ = self._tables[-1]
            self._tables[-1] = text, table, True
        elif tag in _THROWN_AWAY:
            self.fault(f"<{tag}> is thrown away by mail programs", "leave it out")
        elif heading := _HEADING.fullmatch(tag):
            self._heads(int(heading.group(1)))
        self._colour(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._tables:
            _text, table, has_heads = self._tables.pop()
            if not has_heads and table.get("role") not in ("presentation", "none"):
                cause = "a <table> for layout is read out as data (WCAG 1.3.1)"
                self.fault(cause, 'write role="presentation", or give it <th>')
        for depth in range(len(self._colours) - 1, -1, -1):
            if self._colours[depth][0] == tag:
                del self._colours[depth:]
                break

    def _picture(self, given: _Attributes) -> None:
        if "alt" not in given:
            name = given.get("src", "")[-40:]
            cause = f"the picture '{name}' has no alt (WCAG 1.1.1)"
            self.fault(cause, 'say what it shows; alt="" for mere decoration')

    def _heads(self, level: int) -> None:
        if level > self._heading + 1:
            cause = f"<h{level}> follows on <h{self._heading}> (WCAG 1.3.1)"
            if not self._heading:
                cause = f"the first heading is <h{level}> (WCAG 1.3.1)"
            self.fault(cause, f"write <h{self._heading + 1}>")
        self._heading = level

    def _colour(self, tag: str, given: _Attributes) -> None:
        _, text, ground = self._colours[-1] if self._colours else ("", _BLACK, _WHITE)
        style = dict(_STYLE.findall(given.get("style", "").lower()))
        behind = style.get("background-color", style.get("background", ""))
        ground = colour(behind or given.get("bgcolor", "")) or ground
        written = colour(style.get("color", given.get("color", "")))
        text = written or text
        if written or behind:
            ratio = contrast(text, ground)
            if ratio < ENOUGH:
                cause = f"<{tag}>: contrast {ratio:.1f}, below {ENOUGH} (WCAG 1.4.3)"
                self.fault(cause, "darken the text, or lighten its ground")
        if tag not in _VOID and len(self._colours) < _DEEPEST:
            self._colours.append((tag, text, ground))
