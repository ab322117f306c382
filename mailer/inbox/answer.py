"""
Find what a person's reply says: the number of a choice, a question, a decline.

A number is taken only when nothing else is possible: »3«, »Odgovor: 3«,
»3, vključili se bomo …«.
Everything unclear is left to a person, and so are the two suggestions here.
What follows from a number is decided in `mailer.inbox.consequence`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.inbox.decoding import fold
from mailer.inbox.quotation import without_quotation, without_signature

if TYPE_CHECKING:
    from collections.abc import Collection

_MONTH = (
    r"(?:jan|feb|mar|apr|maj|mai|may|jun|jul|avg|aug|sep|okt|oct|nov|dec|dez"
    r"|gen|mag|giu|lug|set|ott|dic)[a-z]*"
)
#: numbers that are no choice; compared in folded text
_NOT_A_CHOICE = re.compile(
    rf"""(?x)
      \d{{4}}-\d{{2}}-\d{{2}}
    | \b\d{{1,2}}\.\ ?\d{{1,2}}\.(?:\ ?\d{{2,4}})?        # 8. 5. 2019, 8.5.
    | \b\d{{1,2}}\.?\ {_MONTH}\b(?:\ \d{{4}})?            # 8. maja 2019
    | \b\d{{1,2}}[:.]\d{{2}}\b                             # 10.00
    | \b(?:ob|um|alle|at)\ \d{{1,2}}(?:[.:]\d{{2}})?\b                     # ob 10
    | (?:tel|gsm|mob|faks|fax|phone)[a-z]*[.:\ ]*[+\d(][\d\ /()+-]+
    | [+(]?\d[\d\ /()-]{{6,}}\d                            # a telephone number
    | \b\d+(?:[/-]\d+)+                                    # a document's number
    | \b\d+(?:[.,]\d+)+                                    # 1.200,50
    | (?:€|eur|evr\w*)\ ?\d+
    | \b\d+\ ?(?:€|%|eur\b|evr\w*|km\b|h\b|ur[aeoi]?\b|min\w*|oseb\w*|ljudi\b
        |udelezen\w*|predstavnik\w*|zaposlen\w*|obcin\w*|dni\b|dnev\w*|dan\b|tedn\w*
        |mesec\w*|let[aoi]?\b|-?krat\b|x\b|izvod\w*|prilog\w*|person\w*|szemely\w*
        |people\b|participants?\b|days?\b|weeks?\b)
    | \b\d{{3,}}\b
    """
)
_QUOTES = r"[»«„“”\"'*_(\[]*"
#: a line that is the number, or the number and a mark before its meaning
_LINE = re.compile(
    rf"(?m)^\W*?{_QUOTES}(\d{{1,2}})[»«“”\"'*)\].!]*"
    r"(?:\W*$|\s*[–—:-]\s|,\s+[a-z])"  # noqa: RUF001 - dashes as people type them
)
#: words after which a number is a choice; folded
_CHOICE = re.compile(
    r"\b(?:odgov\w*|moznost\w*|opcij\w*|izbir\w*|izber\w*|izbral\w*|stevilk\w*"
    r"|variant\w*|odloc\w*|answer|option|choice|antwort|moglichkeit|risposta|opzione"
    r"|scelta|valasz\w*|lehetoseg\w*|mogucnost\w*|odabir\w*|broj)"
    r"(?:\s+(?:je|smo|se|za|pod|st|stevilk\w*|moznost\w*|opcij\w*|obcine|is|ist|e|a|nr|no)\b\.?)*"
    rf"\W{{0,4}}{_QUOTES}(\d{{1,2}})\b"
)
#: before a number, in the same sentence: the choice is not made, or denied
_HEDGE = re.compile(
    r"\b(?:ni|ne|nismo|nimamo|nocemo|niso|morda|mogoce|verjetno|razmislja\w*|ce|ali"
    r"|namesto|razen|se\ ne|bomo\ se|not|maybe|perhaps|if|nicht|vielleicht|non|forse"
    r"|nem|talan|mozda)\b"
)
_DENIED = re.compile(r"\W*(?:ni|ne\ pride|ne\ ustreza|odpade|ni\ mogoc\w*|is\ not)\b")
#: »3. možnost«, »a 3-as lehetőséget«; folded
_ORDINAL = re.compile(
    r"\b(\d{1,2})(?:\.|-(?:as|es|os))\s+"
    r"(?:moznost|opcij|variant|mogucnost|lehetoseg|moglichkeit|option|opzione|scelta)"
)

_URL = re.compile(r"(?:https?|mailto):\S+")
#: folded words of whoever asks, by language; a question mark needs none of them
_QUESTIONS = (
    # Slovenian
    *("zanima nas", "zanima me", "imamo vprasanje", "imam vprasanje"),
    *("prosimo za pojasnil", "prosim za pojasnil", "prosimo za informacij"),
    *("prosim za informacij", "prosimo za dodatn", "prosim za dodatn"),
    *("ali lahko", "ali je mogoce", "prosimo, sporocite", "prosim, sporocite"),
    # German
    *("eine frage", "bitte um auskunft", "bitte um information", "bitte teilen sie"),
    *("wir mochten wissen", "konnten sie uns"),
    # Italian
    *("vorremmo sapere", "una domanda", "chiediamo chiariment", "si prega di comunic"),
    *("potreste", "vorrei sapere"),
    # Hungarian
    *("szeretnenk megkerdezni", "szeretnenk tudni", "kerdesunk", "kerdesem"),
    "szeretnem megkerdezni",
    # Croatian
    *("zanima nas", "imamo pitanje", "imam pitanje", "molimo informacij"),
    *("molimo pojasnjenje", "da li je moguce", "je li moguce"),
    # English
    *("could you tell", "we would like to know", "i would like to know"),
    *("please clarify", "please let us know", "we have a question"),
)
#: folded words of whoever declines, by language
_DECLINES = re.compile(
    r"\b(?:"
    # Slovenian: »se … ne bomo udeležili«, »ne moremo sodelovati«
    r"ne (?:se )?(?:bo|bom|bomo|bosta|bodo|more|moremo|morem|moreta|nameravamo|zelimo)"
    r"(?: \w+){0,4} (?:udelez|sodelova|vkljuc|prikljuc|pris|prid|odzva|pridruz)\w*"
    r"|ne (?:udelezimo|udelezujemo|sodelujemo|pridemo|vkljucimo|vkljucujemo)"
    r"|(?:udelezbo|prijavo) (?:odpovedujemo|odpovedujem|preklicujemo)"
    r"|odpoved\w* (?:udelezb|prijav)\w*|odjavlj\w*|ne pridem\w*|ne pride\b"
    r"|vabilo (?:zal )?(?:zavracamo|odklanjamo)|zal (?:moram|moramo) odpovedati"
    r"|ne nameravamo|nismo zainteresirani|ni interesa"
    # German
    r"|nicht (?:\w+ ){0,2}(?:teilnehmen|dabei sein|kommen|beteiligen)"
    r"|(?:sagen|sage) (?:\w+ )?ab\b|absagen mussen|nehmen nicht teil"
    # Italian
    r"|non (?:potremo|possiamo|parteciperemo|partecipera|parteciperanno|aderiamo"
    r"|aderiremo)|decliniamo|dobbiamo declinare|impossibilitat\w+ a partecipare"
    # Hungarian
    r"|nem (?:all\w* modunkban |tudunk |tud |kivanunk |veszunk |vesz )"
    r"(?:\w+ ){0,3}(?:reszt|venni|eljon\w*|csatlakoz\w*)|nem veszunk reszt"
    r"|nem tudunk elmenni|lemondjuk"
    # Croatian
    r"|(?:necemo|necu|nece) (?:moci )?(?:sudjelovati|doci|prisustvovati)"
    r"|(?:ne mozemo|nismo u mogucnosti) (?:sudjelovati|doci|prisustvovati)"
    # English
    r"|will not (?:attend|participate|be able|be attending|join)"
    r"|(?:can ?not|can't|unable to|not able to) (?:attend|participate|join|come)"
    r"|decline"
    r")"
)
#: folded words of whoever speaks for more than one municipality
_FOR_SEVERAL = re.compile(
    r"\b(?:v imenu (?:vseh )?obcin\b|za (?:vse|obe|naslednje) obcin\w*"
    r"|za obcin[ei] [^.!?]{2,80} (?:in|ter) |skupna obcinska uprava|medobcinsk\w+"
    r"|im namen (?:der|aller) gemeinden|fur (?:alle|beide) gemeinden"
    r"|per (?:tutti|entrambi) i comuni|(?:a nome|per conto) dei comuni"
    r"|az onkormanyzatok neveben|u ime (?:svih )?opcina\b|za (?:sve|obje) opcin\w*"
    r"|on behalf of (?:all |both )?(?:the )?municipalities)"
)


def typed_number(text: str, allowed: Collection[int]) -> int | None:
    """
    Return the number which a reply states as its choice; `None` if unclear.

    Args:
        text: The reply's text; quotation and signature may still be there.
        allowed: The numbers that mean something in this campaign.
    """
    written = without_signature(without_quotation(_URL.sub(" ", text)))
    if "?" in written:
        return None  # whoever asks has not chosen
    lines = "\n".join(fold(line) for line in written.split("\n"))
    lines = _NOT_A_CHOICE.sub("§", lines)
    stated = list(_LINE.finditer(lines))
    chosen = (*_CHOICE.finditer(lines), *_ORDINAL.finditer(lines))
    stated += [one for one in chosen if not _is_denied(lines, one)]
    numbers = {int(found.group(1)) for found in stated}
    # Another number that might be a choice makes it unclear.
    numbers |= {int(one) for one in re.findall(r"\b\d+\b", lines)} if numbers else set()
    if len(numbers) != 1:
        return None
    number = numbers.pop()
    return number if number in allowed else None


def looks_like_question(text: str) -> bool:
    """Tell whether a person seems to ask something; a suggestion for staff."""
    written = _URL.sub(" ", without_quotation(text))
    return "?" in written or any(one in fold(written) for one in _QUESTIONS)


def looks_like_decline(text: str) -> bool:
    """Tell whether a person seems to decline; a suggestion for staff."""
    return bool(_DECLINES.search(fold(without_quotation(text))))


def speaks_for_several(text: str) -> bool:
    """Tell whether a person seems to answer for more than one municipality."""
    return bool(_FOR_SEVERAL.search(fold(without_quotation(text))))


def _is_denied(text: str, choice: re.Match[str]) -> bool:
    """Tell whether the sentence around a stated choice takes it back."""
    begin = max(text.rfind(mark, 0, choice.start(1)) for mark in ("\n", ". ", "! "))
    before = text[begin + 1 : choice.start(1)]
    return bool(_HEDGE.search(before) or _DENIED.match(text, choice.end(1)))
