"""
Compare what a link says with where it leads, and the HTML part with the text part.

A link that shows one address and leads to another is what forged letters do;
filters and careful readers take it for that.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANCHOR = re.compile(
    r"""<a\b[^>]*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>(.*?)</a\s*>""",
    re.IGNORECASE | re.DOTALL,
)
_SEEN_PICTURE = re.compile(r"""<img\b[^>]*\balt\s*=\s*["'][^"']""", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
#: an address that a reader takes for the link's own
_SHOWN = re.compile(
    r"(?:https?://)?((?:[\w-]+\.)+[a-z]{2,})(?:[/?#]\S*)?", re.IGNORECASE
)


def look_at_anchors(place: str, markup: str) -> Iterator[Problem]:
    """Yield what is wrong with the words of an HTML part's links."""
    if "<a" not in markup and "<A" not in markup:
        return
    for cause, next_step in _faults(markup):
        yield Problem(place, cause, next_step, Severity.WARNS)


def look_for_links(place: str, text: str, markup: str) -> Iterator[Problem]:
    """Yield which links of an HTML part the text part does not have."""
    for link, _words in anchors(markup):
        if link.startswith("https://") and link not in text:
            cause = f"does not have the link of the HTML part, '{link}'"
            yield Problem(place, cause, "write it out", Severity.WARNS)


def anchors(markup: str) -> list[tuple[str, str]]:
    """Return where each link leads, and what a reader sees of it."""
    found = []
    for one in _ANCHOR.finditer(markup):
        link, inside = html.unescape(one.group(1) or one.group(2) or ""), one.group(3)
        words = " ".join(html.unescape(_TAG.sub(" ", inside)).split())
        if not words and _SEEN_PICTURE.search(inside):
            words = "a picture"
        found.append((link.strip(), words))
    return found


@lru_cache(maxsize=1 << 8)  # the links are mostly the same for everybody
def _faults(markup: str) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(_look(markup)))


def _look(markup: str) -> Iterator[tuple[str, str]]:
    for link, words in anchors(markup):
        if not words:
            cause = f"the link to '{link}' has no words (WCAG 2.4.4)"
            yield cause, "say where it leads"
            continue
        shown, host = _SHOWN.fullmatch(words), _host(link)
        if shown and host and _bare(shown.group(1)) != _bare(host):
            cause = f"shows '{words}' and leads to '{host}', as forged letters do"
            yield cause, "show where it leads, or words"


def _host(link: str) -> str:
    try:
        return urlsplit(link).hostname or ""
    except ValueError:  # said elsewhere
        return ""


def _bare(host: str) -> str:
    return host.casefold().removeprefix("www.")
