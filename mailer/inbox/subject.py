"""
Tell whether a subject is that of one of our letters, answered or forwarded.

Some programs cut subjects off, and people change them a little: so the words
are compared, without their endings.
What it is worth as evidence is decided in `mailer.inbox.match`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.inbox.decoding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

#: shorter words are in every subject; of longer ones the end is grammar
_STEM = 5
_WORD = re.compile(rf"[^\W\d_]{{{_STEM},}}")
#: how many of our words an answer's subject has at least
_ENOUGH = 0.6
_FEWEST = 2


def is_about(subject: str, ours: Iterable[str]) -> bool:
    """Tell whether `subject` has most words of one of our subjects."""
    theirs = _stems(subject)
    return any(_is_similar(theirs, _stems(one)) for one in ours)


def _is_similar(theirs: set[str], ours: set[str]) -> bool:
    both = len(theirs & ours)
    return both >= _FEWEST and both >= _ENOUGH * len(ours)


def _stems(subject: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(fold(subject))}
