"""
Cut off what a person quotes: only what was written anew is an answer.

Our own letter stands below most replies, with numbers and words of its own.
What the rest means is decided in `mailer.inbox.answer`.
"""

from __future__ import annotations

import re

_WROTE = r"""(?:wrote|(?:je\ )?napisal\S*|napisao\S*|schrieb|ha\ scritto|[ií]rta
    |a\ [eé]crit|escribi[oó]|escreveu|napisa[lł]\S*|skrev|schreef)"""
_ORIGINAL = r"""(?:original\ (?:message|appointment)|forwarded\ message
    |izvirno\ spor\w+|prvotno\ spor\w+|posredovano\ spor\w+|izvorna\ poruka
    |urspr(?:ü|ue)ngliche\ nachricht|messaggio\ originale|eredeti\ [üu]zenet
    |message\ d'origine)"""
_FROM = r"(?:od|from|von|da|felad[oó]|šalje|de)"
_FIELD = r"""(?:poslano|sent|gesendet|inviato|elk[uü]ldve|datum|date|data|za|to|an|a
    |prima|zadeva|subject|betreff|oggetto|t[aá]rgy|predmet)"""

#: lines that begin the quoted message
_START = re.compile(
    rf"""(?imx)^[ \t>]{{0,40}}(?:
      # Gmail, Apple Mail, Thunderbird: "Dne … je … napisal(a):", over two lines too
      (?:(?:on|dne|am|il(?:\ giorno)?|dana|le|el|em|w\ dniu|den|op)\b
        |(?:v\ )?(?:pon|tor|sre|čet|pet|sob|ned)\.?,)[^\n]{{4,120}}
        (?:\n[^\n]{{0,80}})?\b{_WROTE}[^\n]{{0,60}}:
    | [^\n]{{4,200}}\b{_WROTE}[^\n]{{0,60}}:[ \t]*$
    # mail programs that give only a date and a name
    | \d{{4}}[-./]\d[^\n]{{4,160}}<[^<>\n]+@[^<>\n]+>:[ \t]*$
    # Outlook: a line with words, a line of underscores, a block of fields
    | [-_ ]{{2,80}}{_ORIGINAL}
    | _{{20,}}[ \t]*$
    | {_FROM}[ \t]*:[^\n]{{1,200}}\n(?:[^\n]{{0,200}}\n){{0,3}}?
        [ \t>*]{{0,40}}{_FIELD}[ \t]*\*?:
    | \*{_FROM}[ \t]*:\*
    )"""
)
_QUOTED_LINE = re.compile(r"^[ \t]*[>|]")

#: RFC 3676, section 4.3, and the closing formulas after which a name follows
_SIGNATURE = re.compile(
    r"""(?imx)^(?:
      --[ ]?
    | (?:s\ +|z\ +)?(?:odličnim\ +)?(?:lep(?:e|o|im)?\ +pozdrav\w*|spoštovanjem|lp)\b.*
    | (?:prijazen|lep|srčen)\ +pozdrav.*
    | poslano\ +(?:z|iz)\ +.*
    | mit\ +freundlichen\ +grüßen.* | mfg\b.*
    | (?:cordiali|distinti)\ +saluti.*
    | (?:üdvözlettel|tisztelettel)\b.*
    | srdačan\ +pozdrav.* | s\ +poštovanjem.*
    | (?:(?:best|kind|warm)\ +)?regards\b.* | sincerely\b.* | sent\ from\ my\b.*
    )$"""
)


def without_quotation(text: str) -> str:
    """Return what was written anew: before the quoted message, without `>` lines."""
    found = _START.search(text)
    if found:
        text = text[: found.start()]
    kept = [line for line in text.split("\n") if not _QUOTED_LINE.match(line)]
    return "\n".join(line.rstrip() for line in kept).strip()


def without_signature(text: str) -> str:
    """Return the text before the signature, its closing formula cut off too."""
    found = _SIGNATURE.search(text)
    return text[: found.start()].strip() if found else text.strip()


def has_quotation(text: str) -> bool:
    """Tell whether somebody's message is quoted in `text`."""
    if _START.search(text):
        return True
    return sum(1 for line in text.split("\n") if line.lstrip().startswith(">")) >= 2  # noqa: PLR2004 - one may be an arrow
