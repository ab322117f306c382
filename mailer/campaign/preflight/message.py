"""
Look at one rendered message, part by part.

The parts' nouns have files of their own beside this one.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from mailer.campaign.preflight.anchor import look_at_anchors, look_for_links
from mailer.campaign.preflight.dates import look_at_dates
from mailer.campaign.preflight.leftover import look_for_leftovers
from mailer.campaign.preflight.link import links_in_html, links_in_text, look_at_link
from mailer.campaign.preflight.markup import look_at_markup
from mailer.campaign.preflight.subject import (
    look_at_lines,
    look_at_subject,
    look_at_year,
)
from mailer.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.campaign.preflight.dates import Dates
    from mailer.model.message import Rendered

#: beyond it many municipal mailboxes refuse; base64 adds a third
LARGE_OCTETS = 5 * 1024 * 1024
TOO_LARGE_OCTETS = 20 * 1024 * 1024
#: a text part that has less of the HTML part's letters is no substitute for it
_SUBSTITUTE = 0.4

_BLOCK_ENDS = re.compile(
    r"</(?:p|td|th|li|h[1-6]|div|title)\s*>|<br\s*/?>", re.IGNORECASE
)
_UNSEEN = re.compile(
    r"<(style|script)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL
)
_BRACKETS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def look_at_message(
    place: str, rendered: Rendered, dates: Dates, *, is_live: bool
) -> Iterator[Problem]:
    """
    Yield what is wrong with one rendered message.

    Args:
        place: "conference/invitation"; the part's name is added.
        rendered: What the templates made.
        dates: The days that it may rightly name.
        is_live: The office writes to real people.
    """
    subject, text = f"{place}.subject", f"{place}.txt"
    yield from look_for_leftovers(subject, rendered.subject)
    yield from look_at_subject(subject, rendered.subject)
    yield from look_at_lines(subject, rendered.subject_lines)
    yield from look_at_dates(subject, rendered.subject, dates)
    yield from look_at_year(subject, rendered.subject, dates.sent.year)
    yield from look_for_leftovers(text, rendered.text)
    if not rendered.text.strip():
        yield Problem(text, "is empty", "the text part is never optional")
    for link in links_in_text(rendered.text):
        yield from look_at_link(text, link, is_live=is_live)
    for paragraph in rendered.text.split("\n\n"):
        yield from look_at_dates(text, paragraph, dates)
    if rendered.html is not None:
        yield from _look_at_html(f"{place}.html", rendered.html, dates, is_live=is_live)
        yield from _look_at_substitute(text, rendered.text, rendered.html)
        yield from look_for_links(text, rendered.text, rendered.html)


def look_at_source(place: str, source: str, dates: Dates) -> Iterator[Problem]:
    """
    Yield what is wrong with a template's own words, where it does not render.

    Args:
        place: "conference/invitation.txt".
        source: The template; what stands in its brackets is not looked at.
        dates: The days that it may rightly name.
    """
    words = _BRACKETS.sub("\N{HORIZONTAL ELLIPSIS}", source)
    for paragraph in _BLOCK_ENDS.sub("\n\n", words).split("\n\n"):
        if seen := _seen(paragraph):
            yield from look_for_leftovers(place, seen)
            yield from look_at_dates(place, seen, dates)


def look_at_size(place: str, octets: int) -> Iterator[Problem]:
    """Yield whether a compiled message is too large to be taken everywhere."""
    if octets > LARGE_OCTETS:
        too_large = octets > TOO_LARGE_OCTETS
        yield Problem(
            place,
            f"{octets / 1024 / 1024:.1f} MB with base64; many mailboxes refuse that",
            "link to the files instead of attaching them",
            Severity.BLOCKS if too_large else Severity.WARNS,
        )


def _look_at_html(
    place: str, markup: str, dates: Dates, *, is_live: bool
) -> Iterator[Problem]:
    for block in _BLOCK_ENDS.split(markup):
        if seen := _seen(block):
            yield from look_for_leftovers(place, seen)
            yield from look_at_dates(place, seen, dates)
    for link in links_in_html(markup):
        yield from look_at_link(place, link, is_live=is_live)
    yield from look_at_markup(place, markup)
    yield from look_at_anchors(place, markup)


def _look_at_substitute(place: str, text: str, markup: str) -> Iterator[Problem]:
    """Yield whether the text part says much less than the HTML part."""
    if not text.strip():
        return
    read = sum(len(_seen(block)) for block in _BLOCK_ENDS.split(markup))
    if len(text) < _SUBSTITUTE * read:
        cause = f"{len(text)} characters, where the HTML part has {read}"
        hint = "write in it all that the HTML part says"
        yield Problem(place, cause, hint, Severity.WARNS)


@lru_cache(maxsize=1 << 11)  # most blocks are the same for everybody
def _seen(block: str) -> str:
    """Return what a person sees of a piece of HTML."""
    return " ".join(html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", block))).split())
