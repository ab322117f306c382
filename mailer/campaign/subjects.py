"""
Find the words that stand in the subject of every letter of a step.

An answer is recognised by them where nothing better is left (`mailer.inbox.match`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUBJECT = ".subject.j2"
_TITLE = re.compile(r"\{\{-?\s*campaign\.title\s*-?\}\}")
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def constant_subjects(templates: Mapping[str, str], title: str) -> tuple[str, ...]:
    """
    Return the subjects of a campaign without what differs between recipients.

    Args:
        templates: By name, of all its steps.
        title: The campaign's.
    """
    sources = (text for name, text in templates.items() if name.endswith(_SUBJECT))
    subjects = (
        " ".join(_TEMPLATE.sub(" ", _TITLE.sub(lambda _: title, one)).split())
        for one in sources
    )
    return tuple(dict.fromkeys(filter(None, subjects)))
