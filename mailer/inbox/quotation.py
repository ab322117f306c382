"""
Cut off what a person quotes: only what was written anew is an answer.

Our own letter stands in most replies, with numbers and words of its own.
Where each quoted line is marked (`>`), what stands above, below and between
those lines is kept; where only the beginning of the quotation is marked,
everything after it is cut off.
What the rest means is decided in `mailer.inbox.answer`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_WROTE = re.compile(
    r"""(?ix)\b(?:wrote | napisal\S* | napisao\S* | piše | pisal\S*
    | schrieb\w* | geschrieben | ha\ scritto | [ií]rta | a\ [eé]crit
    | escribi[oó] | escreveu | napisa[lł]\S* | skrev | schreef)
    (?:\W|$)"""
)
#: with one of these a line that ends with "wrote:" introduces a message
_WHEN_OR_WHO = re.compile(r"\d{4}|\d[:.]\d\d|@")
#: how such a line begins, if it is broken into several
_FIRST_WORD = re.compile(r"(?i)(?:on|dne|am|il giorno|dana)\b")
_BEGINNING = re.compile(
    r"""(?ix)[-" ]*(?:
      (?:on|dne|am|il|dana|v|le|el|em|w\ dniu|den|op|u)\b
    | (?:pon|tor|sre|[cč]et|pet|sob|ned|uto|sri|sub|mon|tue|wed|thu|fri|sat|sun)[a-z]*\b
    | \d{1,2}[./]\ ?(?:\d|[a-z]{3}) | \d{4}[-./]
    | [^<>@]{0,80}<[^<>@\s]+@
    )"""
)
#: what stands between the verb and the end of such a line, at most
_AFTER_VERB = 120

_ORIGINAL = r"""(?:original\ (?:message|appointment|e-?mail)|forwarded\ (?:message|by)
    |izvirno\ spor\w+|prvotno\ spor\w+|posredovano\ spor\w+
    |originalna\ poruka|izvorna\ poruka|prosljeđena\ poruka|proslijeđena\ poruka
    |urspr(?:ü|ue)ngliche\ (?:nachricht|e-?mail)|originalnachricht
    |weitergeleitete\ nachricht
    |messaggio\ (?:originale|inoltrato)|eredeti\ [üu]zenet|tov[aá]bb[ií]tott\ [üu]zenet
    |message\ d'origine)"""
_FROM = r"(?:od|from|von|da|felad[oó]|šalje|de|pošiljatelj)"
_FIELD = r"""(?:poslano|sent|gesendet|inviato|elk[uü]ldve|datum|d[aá]tum|date|data
    |za|to|an|a|prima|c[ií]mzett|kp|cc|zadeva|subject|betreff|oggetto|t[aá]rgy
    |predmet|tema)"""

#: a line with which a quotation begins that marks none of its lines
_OPENING = re.compile(
    rf"""(?imx)[ \t>|]{{0,40}}(?:
      [-_ ]{{2,80}}{_ORIGINAL}
    | begin\ forwarded\ message: | začetek\ posredovanega\ sporočila:
    | anfang\ der\ weitergeleiteten | inizio\ messaggio\ inoltrato:
    | _{{20,}}[ \t]*$
    | \d{{4}}[-./]\d[^\n]{{4,160}}<[^<>\n]+@[^<>\n]+>:[ \t]*$
    | >>>[ \t][^\n]{{3,160}}[ \t]>>>[ \t]*$                 # GroupWise
    | \*?{_FROM}[ \t]*:\*?[^\n]{{1,200}}\n(?:[^\n]{{0,200}}\n){{0,3}}?
        [ \t>|*]{{0,40}}{_FIELD}[ \t]*\*?:
    | \*{_FROM}[ \t]*:\*
    )"""
)
_QUOTED_LINE = re.compile(r"^[ \t]*[>|]")
#: how many lines an introduction may be broken into
_INTRODUCTION_LINES = 3
_LONGEST_LINE = 400

#: RFC 3676, section 4.3, and the closing formulas after which a name follows
_SIGNATURE = re.compile(
    r"""(?imx)^(?:
      --[ ]?
    | (?:s\ +|z\ +)?(?:odličnim\ +)?(?:lep(?:e|o|im)?\ +pozdrav\w*|spoštovanjem|lp)\b.*
    | (?:prijazen|lep|srčen)\ +pozdrav.*
    | poslano\ +(?:z|s|iz)\ +.* | prenesite\ +outlook\b.* | preuzmite\ +outlook\b.*
    | mit\ +freundlichen\ +grüßen.* | (?:viele|beste|freundliche)\ +grüße.* | mfg\b.*
    | (?:von|gesendet\ +(?:von|mit))\ +mein\w+\ +.*
    | (?:cordiali|distinti)\ +saluti.* | inviato\ +da(?:l\ +mio)?\ +.*
    | (?:üdvözlettel|tisztelettel)\b.* | az?\ +\S+\ +készülékemről\ .*
    | srdačan\ +pozdrav.* | s\ +poštovanjem.* | poslano\ +s\ +mo\w+\ +.*
    | (?:(?:best|kind|warm)\ +)?regards\b.* | sincerely\b.*
    | (?:sent\ +from|get\ +outlook\ +for)\b.*
    )$"""
)


def without_quotation(text: str) -> str:
    """
    Return what was written anew: above, between and below what is quoted.

    Of a quotation whose lines are not marked nothing below its beginning is
    kept: nobody can tell there who wrote what.
    """
    lines = text.split("\n")
    kept: list[str] = []
    number = offset = 0
    while number < len(lines):
        length = _opening(text, offset, lines, number)
        if length and not _is_marked(lines, number + length):
            break
        if not length:
            length = 1
            if not _QUOTED_LINE.match(lines[number]):
                kept.append(lines[number].rstrip())
        offset += sum(len(line) + 1 for line in lines[number : number + length])
        number += length
    return "\n".join(kept).strip()


def without_signature(text: str) -> str:
    """Return the text before the signature, its closing formula cut off too."""
    found = _SIGNATURE.search(text)
    return text[: found.start()].strip() if found else text.strip()


def has_quotation(text: str) -> bool:
    """Tell whether somebody's message is quoted in `text`."""
    lines = text.split("\n")
    offset = 0
    for number, line in enumerate(lines):
        if _opening(text, offset, lines, number):
            return True
        offset += len(line) + 1
    return sum(1 for line in lines if line.lstrip().startswith(">")) >= 2  # noqa: PLR2004 - one may be an arrow


def _opening(text: str, offset: int, lines: Sequence[str], number: int) -> int:
    """Return how many lines introduce a quotation here; 0 if none do."""
    if not lines[number].strip():
        return 0
    if _OPENING.match(text, offset):
        return 1
    return _introduction(lines, number)


def _introduction(lines: Sequence[str], number: int) -> int:
    """
    Return how many lines say that somebody wrote what follows; 0 if none do.

    "Dne 8. 5. 2019 ob 10.00 je Pisarna <pisarna@posiljatelj.example> napisal(a):",
    which mail programs break into several lines.
    """
    said = ""
    for place in range(number, min(number + _INTRODUCTION_LINES, len(lines))):
        line = lines[place].lstrip(" \t>|").rstrip()
        if not line or len(line) > _LONGEST_LINE:
            return 0
        if said and (said.endswith((".", "!", "?")) or _FIRST_WORD.match(line)):
            return 0  # a sentence of its own above it
        said = f"{said} {line}".strip()
        if line.endswith(":"):
            return place + 1 - number if _introduces(said, lines, place + 1) else 0
        if not _BEGINNING.match(said):
            return 0
    return 0


def _introduces(said: str, lines: Sequence[str], following: int) -> bool:
    """Tell whether a line that ends with a colon says that somebody wrote."""
    verbs = list(_WROTE.finditer(said))
    if not verbs or len(said) - verbs[-1].end() > _AFTER_VERB:
        return False
    return bool(_WHEN_OR_WHO.search(said)) or _is_marked(lines, following)


def _is_marked(lines: Sequence[str], number: int) -> bool:
    """Tell whether the next line with text is marked as quoted."""
    while number < len(lines) and not lines[number].strip():
        number += 1
    return number < len(lines) and bool(_QUOTED_LINE.match(lines[number]))
