"""Lay out plain text for a terminal: wrapping, columns, bars; no colours."""

from __future__ import annotations

import textwrap
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

INDENT = "  "
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
BAR = "█"
LONGEST_BAR = 40


def wrapped(text: str, width: int, *, indent: str = INDENT, hang: int = 0) -> list[str]:
    """
    Return `text` in lines of at most `width`, all but the first hung by `hang`.

    A no-break space keeps two words on one line and becomes a plain one.
    """
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent + " " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(NO_BREAK_SPACE, " ") for line in lines]


def heading(text: str) -> list[str]:
    """Return a section's heading, with an empty line before it."""
    return ["", text]


def counts(rows: Sequence[tuple[str, int]], total: int, width: int) -> list[str]:
    """Return a line per row: label, number, share of `total` and a bar of it."""
    label_width = max((len(label) for label, _ in rows), default=0)
    number_width = len(str(total))
    room = width - len(INDENT) - label_width - number_width - len("     100%  ")
    lines = []
    for label, number in rows:
        share = number / total if total else 0.0
        bar = BAR * round(share * min(max(room, 0), LONGEST_BAR))
        line = (
            f"{INDENT}{label:<{label_width}}  {number:>{number_width}}  {share:>5.0%}"
        )
        lines.append(f"{line}  {bar}".rstrip())
    return lines


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return aligned columns; the first holds words, the others numbers."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = []
    for row in (header, *rows):
        first, *numbers = (
            f"{cell:<{width}}" if index == 0 else f"{cell:>{width}}"
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append(INDENT + INDENT.join([first, *numbers]).rstrip())
    return lines


def columns(cells: Sequence[str], width: int) -> list[str]:
    """Return `cells` read downwards in as many columns as fit, as a directory."""
    if not cells:
        return []
    cell_width = max(map(len, cells))
    across = max(1, (width - len(INDENT) + 2) // (cell_width + 2))
    down = ceil(len(cells) / across)
    return [
        INDENT + INDENT.join(f"{c:<{cell_width}}" for c in cells[row::down]).rstrip()
        for row in range(down)
    ]
