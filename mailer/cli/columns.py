"""
Lay out rows under their headings, in as many columns as the terminal has.

No word is ever broken: what is too wide is wrapped at its spaces, and where not
even the longest words fit beside each other, each row becomes a block of lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from mailer.report.layout import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GAP = 2  #: spaces between two columns


def laid_out(
    header: Sequence[str], rows: Sequence[Sequence[str]], width: int | None
) -> list[str]:
    """
    Return the lines of a table, its headings first.

    Args:
        header: The headings.
        rows: The cells, each on one line.
        width: Columns of the terminal; `None` has room for everything.
    """
    columns = list(zip(header, *rows, strict=True))
    widths = [max(map(cell_len, column)) for column in columns]
    if width is not None:
        fitting = _narrowed(columns, widths, width - _GAP * (len(columns) - 1))
        if fitting is None:
            return list(_as_blocks(header, rows, width))
        widths = fitting
    return [line for row in (header, *rows) for line in _as_lines(row, widths)]


def _narrowed(
    columns: Sequence[Sequence[str]], widths: Sequence[int], room: int
) -> list[int] | None:
    """Return how wide each column may be; `None` if the words do not fit."""
    widths = list(widths)
    least = [_longest_word(column) for column in columns]
    if sum(least) > room:
        return None
    while sum(widths) > room:
        can_shrink = [n for n, width in enumerate(widths) if width > least[n]]
        widths[max(can_shrink, key=lambda n: widths[n])] -= 1
    return widths


def _longest_word(column: Sequence[str]) -> int:
    return max((cell_len(word) for cell in column for word in cell.split()), default=0)


def _as_lines(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    cells = [
        wrapped(cell, max(width, 1), indent="")
        for cell, width in zip(row, widths, strict=True)
    ]
    for number in range(max(map(len, cells), default=0)):
        parts = [cell[number] if number < len(cell) else "" for cell in cells]
        padded = (
            part + " " * (width - cell_len(part))
            for part, width in zip(parts, widths, strict=True)
        )
        yield (" " * _GAP).join(padded).rstrip()


def _as_blocks(
    header: Sequence[str], rows: Sequence[Sequence[str]], width: int
) -> Iterator[str]:
    for number, row in enumerate(rows):
        if number:
            yield ""
        for name, cell in zip(header, row, strict=True):
            yield from wrapped(f"{name}: {cell}".rstrip(), width, indent="", hang=2)
