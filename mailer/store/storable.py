"""Make what strangers have written fit for any database."""

from __future__ import annotations

import re
from typing import Any

#: what a server's text type or UTF-8 has no room for: NUL, halves of a pair
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """Return a text that any database takes."""
    return _NOT_TEXT.sub("\ufffd", text)


def storable_json(value: Any) -> Any:  # noqa: ANN401 - whatever JSON has
    """Return lists and objects with texts that any database takes."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(key): storable_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [storable_json(one) for one in value]
    return value
