"""
Compute the contrast of two colours as WCAG 2.2 does (success criterion 1.4.3).

Colours are CSS: `#rgb`, `#rrggbb`, `rgb(r, g, b)` and the commonest names;
anything else is no colour, and nothing is said about it.
"""

from __future__ import annotations

import re
from typing import TypeAlias

Colour: TypeAlias = tuple[int, int, int]

#: for text of the usual size (WCAG 2.2, 1.4.3)
ENOUGH = 4.5

_NAMES: dict[str, Colour] = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "red": (255, 0, 0),
    "yellow": (255, 255, 0),
    "orange": (255, 165, 0),
    "green": (0, 128, 0),
    "lime": (0, 255, 0),
    "blue": (0, 0, 255),
    "navy": (0, 0, 128),
    "lightgray": (211, 211, 211),
    "lightgrey": (211, 211, 211),
}
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
_RGB = re.compile(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", re.ASCII)


def colour(written: str) -> Colour | None:
    """Return the colour that a CSS value writes; `None` if it is none we know."""
    value = written.strip().lower()
    if value in _NAMES:
        return _NAMES[value]
    if _HEX.fullmatch(value):
        digits = value[1:] if len(value) > 4 else "".join(2 * x for x in value[1:])  # noqa: PLR2004 - "#fff"
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if found := _RGB.fullmatch(value):
        red, green, blue = (min(int(part), 255) for part in found.groups())
        return red, green, blue
    return None


def contrast(one: Colour, other: Colour) -> float:
    """Return the ratio of two colours, from 1 (the same) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - WCAG
