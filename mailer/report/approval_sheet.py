"""
The page that is printed and signed before a campaign is let go.

One side of A4 holds all that is decided on, and how three letters begin; the whole
letters follow on pages of their own.
HTML without anything from elsewhere: it looks the same in ten years.
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
@page { size: A4; margin: 11mm 14mm }
body { font: 8.5pt/1.25 sans-serif; max-width: 180mm; margin: 0 auto; color: #000 }
h1 { font-size: 14pt; margin: 0 } h2 { font-size: 10pt; margin: 3mm 0 0.8mm }
p, ul { margin: 0.8mm 0 } ul { padding-left: 4mm }
table { border-collapse: collapse; width: 100%; table-layout: auto }
th, td { border: 0.2mm solid #767676; padding: 0.5mm 1.5mm; text-align: left;
  vertical-align: top; overflow-wrap: break-word }
th { font-weight: bold }
pre { white-space: pre-wrap; margin: 0; font: 8.5pt/1.3 monospace;
  overflow-wrap: anywhere }
code { font: 7pt/1.2 monospace; overflow-wrap: anywhere }
section { break-inside: avoid }
.begin { table-layout: fixed } .begin pre { font-size: 6.5pt }
.sign td { height: 16mm; width: 50% }
.whole { break-before: page; break-inside: auto }"""

_FINDINGS = 6  #: that are shown; the rest are counted
_BEGINNING = 420  #: characters of a letter on the first page


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
    language: str = "sl"


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
    count = len(sheet.letters)
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}\n</style></head>\n<body>",
        f"<main>\n<h1>{escape(sheet.title)}</h1>",
        f"<p>Approval sheet, {sheet.made_at:%-d. %-m. %Y, %H:%M}</p>",
        _facts(_about(sheet)),
        _section("Calendar", _calendar(sheet.steps)),
        _section("Findings of the check", _findings(sheet)),
        _section("Attachments", _files(sheet.files)),
        _section("How the letters begin", _beginnings(sheet.letters)),
        _section("What is approved", f"<p><code>{sheet.fingerprint}</code></p>"),
        _signatures(sheet),
        *(
            _section(f"Sample letter {number} of {count}", _letter(one), "whole")
            for number, one in enumerate(sheet.letters, 1)
        ),
        "</main>\n</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _about(sheet: Sheet) -> list[tuple[str, str]]:
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


def _findings(sheet: Sheet) -> str:
    shown = sheet.findings[:_FINDINGS]
    more = len(sheet.findings) - len(shown)
    rest = [f"and {more} more: mailer check {sheet.campaign}"] if more else []
    lines = "".join(f"<li>{escape(line)}</li>" for line in (*shown, *rest))
    return f"<ul>{lines}</ul>" if lines else "<p>none</p>"


def _files(files: Sequence[SheetFile]) -> str:
    rows = [(one.name, f"{one.octets}", one.digest) for one in files]
    return _table(("File", "Octets", "SHA-256"), rows) if rows else "<p>none</p>"


def _beginnings(letters: Sequence[SheetLetter]) -> str:
    """Return how each letter begins, side by side: in what they differ is seen."""
    if not letters:
        return "<p>no letter is shown before the findings are mended</p>"
    cells = (
        f'<td lang="{escape(one.language)}"><strong>{escape(one.subject)}</strong>'
        f"<pre>{escape(_beginning(one.text))}</pre></td>"
        for one in letters
    )
    head = _row("th", [f"To {one.address}" for one in letters], ' scope="col"')
    return f'<table class="begin">{head}\n<tr>{"".join(cells)}</tr></table>'


def _beginning(text: str) -> str:
    lines = "\n".join(line for line in text.splitlines() if line.strip())
    if len(lines) <= _BEGINNING:
        return lines
    return f"{lines[:_BEGINNING].rpartition(' ')[0]} \N{HORIZONTAL ELLIPSIS}"


def _letter(letter: SheetLetter) -> str:
    rows = [
        ("To", letter.address),
        ("Subject", letter.subject),
        ("With", ", ".join(letter.attachments) or "no attachment"),
    ]
    text = f'<pre lang="{escape(letter.language)}">{escape(letter.text)}</pre>'
    return f"{_facts(rows)}\n{text}"


def _signatures(sheet: Sheet) -> str:
    rows = [("Author", sheet.author), ("Approved by", sheet.approved_by)]
    cells = "".join(
        f"<td>{escape(f'{who}: {name}')}<br><br>Date and signature:</td>"
        for who, name in rows
    )
    return f'<section><table class="sign"><tr>{cells}</tr></table></section>'


def _section(title: str, content: str, kind: str = "") -> str:
    own = f' class="{kind}"' if kind else ""
    return f"<section{own}><h2>{escape(title)}</h2>\n{content}</section>"


def _facts(rows: Iterable[tuple[str, str]]) -> str:
    lines = [
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in rows
    ]
    return "\n".join(["<table>", *lines, "</table>"])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row("th", head, ' scope="col"'), *(_row("td", row) for row in rows)]
    return "\n".join(["<table>", *lines, "</table>"])


def _row(tag: str, cells: Sequence[str], about: str = "") -> str:
    shown = "".join(f"<{tag}{about}>{escape(one)}</{tag}>" for one in cells)
    return f"<tr>{shown}</tr>"
