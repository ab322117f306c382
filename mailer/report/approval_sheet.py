"""
The page that is printed and signed before a campaign is let go.

HTML for A4 without anything from elsewhere: it looks the same in ten years.
What is on it is gathered by `operations.approval_sheet`.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

_STYLE = """\
@page { size: A4; margin: 15mm }
body { font: 10pt/1.35 sans-serif; max-width: 180mm; margin: 0 auto; color: #000 }
h1 { font-size: 15pt; margin: 0 } h2 { font-size: 11pt; margin: 5mm 0 1mm }
table { border-collapse: collapse; width: 100% }
th, td { border: 0.2mm solid #999; padding: 1mm 2mm; text-align: left;
  vertical-align: top }
pre { white-space: pre-wrap; border: 0.2mm solid #999; padding: 2mm; margin: 0;
  font: 9pt/1.3 monospace; overflow-wrap: anywhere }
code { overflow-wrap: anywhere }
section { break-inside: avoid }
.sign td { height: 14mm; width: 50% }"""


@dataclass(frozen=True, slots=True)
class SheetStep:
    """One line of the calendar."""

    name: str
    to: str
    due: datetime | None  #: local; `None` is right after a response
    until: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetLetter:
    """The opening letter as one recipient will get it."""

    address: str
    subject: str
    text: str
    attachments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A file that goes out with the letters."""

    name: str
    octets: int
    digest: str  #: SHA-256, in hex


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything an approver looks at."""

    campaign: str
    title: str
    sender: str
    list_name: str
    recipients: int
    messages: int  #: that were rendered for the check
    findings: tuple[str, ...]  #: of the check
    steps: tuple[SheetStep, ...]
    letters: tuple[SheetLetter, ...]
    files: tuple[SheetFile, ...]
    fingerprint: str
    author: str
    approved_by: str  #: "" before
    made_at: datetime  #: local


def as_html(sheet: Sheet) -> str:
    """Return the sheet as a page of HTML."""
    title = f"{sheet.title}: approval"
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">',
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}\n</style></head>\n<body>",
        f"<h1>{escape(sheet.title)}</h1>",
        f"<p>Approval sheet, {sheet.made_at:%-d. %-m. %Y, %H:%M}</p>",
        _table((), _facts(sheet)),
        _section("Calendar", _calendar(sheet.steps)),
        _section("Findings of the check", _list(sheet.findings)),
        _section("Attachments", _files(sheet.files)),
        *(
            _section(f"Sample letter {number} of {len(sheet.letters)}", _letter(one))
            for number, one in enumerate(sheet.letters, 1)
        ),
        _section("What is approved", f"<p><code>{sheet.fingerprint}</code></p>"),
        _signatures(sheet),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _facts(sheet: Sheet) -> list[tuple[str, ...]]:
    return [
        ("Campaign", sheet.campaign),
        ("Sender", sheet.sender),
        ("List", f"{sheet.list_name}, {sheet.recipients} recipients"),
        ("Messages looked at", str(sheet.messages)),
        ("To be typed at the start", str(sheet.recipients)),
    ]


def _calendar(steps: Sequence[SheetStep]) -> str:
    rows = [
        (
            f"{one.due:%a %-d. %-m. %Y, %H:%M}" if one.due else "after the response",
            one.name,
            one.to,
            "; ".join((*one.reasons, *([f"until {one.until}"] if one.until else []))),
        )
        for one in steps
    ]
    return _table(("When", "Step", "To", "Why then"), rows)


def _files(files: Sequence[SheetFile]) -> str:
    rows = [(one.name, f"{one.octets}", one.digest) for one in files]
    return _table(("File", "Octets", "SHA-256"), rows) if rows else "<p>none</p>"


def _letter(letter: SheetLetter) -> str:
    facts = [
        ("To", letter.address),
        ("Subject", letter.subject),
        ("With", ", ".join(letter.attachments) or "no attachment"),
    ]
    return f"{_table((), facts)}\n<pre>{escape(letter.text)}</pre>"


def _signatures(sheet: Sheet) -> str:
    rows = [("Author", sheet.author), ("Approved by", sheet.approved_by)]
    cells = "".join(f"<td>{escape(f'{who}: {name}')}</td>" for who, name in rows)
    return f'<table class="sign"><tr>{cells}</tr></table>'


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>\n{content}</section>"


def _list(lines: Sequence[str]) -> str:
    if not lines:
        return "<p>none</p>"
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row("th", head)] if head else []
    return "\n".join(
        ["<table>", *lines, *(_row("td", row) for row in rows), "</table>"]
    )


def _row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(one)}</{tag}>' for one in cells)}</tr>"
