"""
Put what we know about a recipient, a day or a number into Slovenian.

Slovenian inflects almost everything a letter merges: the word »občina« has six
cases, nouns have a dual, a date reads differently in a heading and in a
sentence.
This module knows the forms; which of them a sentence needs, its template says.
Names of places and people are never declined: after »občina« and after
»gospod, gospa« they stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import groupby
from typing import TYPE_CHECKING

from babel import Locale

from mailer.model.recipient import Gender, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, time

NBSP = "\N{NO-BREAK SPACE}"

_SLOVENIAN = Locale("sl")

# Not from Babel: CLDR has neither the accusative nor the genitive of weekdays, its
# genitive of the months comes and goes between releases, and an update of a library
# must not change a letter.  A day: nominative, »v« and accusative, »do« and genitive.
_WEEKDAYS = (
    ("ponedeljek", "v ponedeljek", "do ponedeljka"),
    ("torek", "v torek", "do torka"),
    ("sreda", "v sredo", "do srede"),
    ("četrtek", "v četrtek", "do četrtka"),
    ("petek", "v petek", "do petka"),
    ("sobota", "v soboto", "do sobote"),
    ("nedelja", "v nedeljo", "do nedelje"),
)

_MONTHS = (
    ("januar", "januarja"),
    ("februar", "februarja"),
    ("marec", "marca"),
    ("april", "aprila"),
    ("maj", "maja"),
    ("junij", "junija"),
    ("julij", "julija"),
    ("avgust", "avgusta"),
    ("september", "septembra"),
    ("oktober", "oktobra"),
    ("november", "novembra"),
    ("december", "decembra"),
)


# Salutations


def salutation(role: Role, gender: Gender, surname: str = "") -> str:
    """
    Return the salutation, with its comma; the letter goes on in lower case.

    Where a wrong guess would offend, nothing is guessed: a person whose gender
    or surname we do not know, and every shared mailbox, is »Spoštovani,«.
    """
    match role, gender:
        case Role.MAYOR, Gender.UNKNOWN:
            return "Spoštovana gospa županja, spoštovani gospod župan,"
        case Role.MAYOR, Gender.FEMALE:
            return "Spoštovana gospa županja,"
        case Role.MAYOR, Gender.MALE:
            return "Spoštovani gospod župan,"
        case Role.DIRECTOR, Gender.FEMALE:
            return "Spoštovana gospa direktorica,"
        case Role.DIRECTOR, Gender.MALE:
            return "Spoštovani gospod direktor,"
        case Role.PERSON, Gender.FEMALE if surname:
            return f"Spoštovana gospa {surname},"
        case Role.PERSON, Gender.MALE if surname:
            return f"Spoštovani gospod {surname},"
        case _:
            return "Spoštovani,"


# Names of municipalities

CASES = (
    "nominative",  # Občina Bled je odgovorila
    "genitive",  # odgovora Občine Bled
    "dative",  # pošiljamo Občini Bled
    "accusative",  # za Občino Bled
    "locative",  # pri Občini Bled
    "instrumental",  # z Občino Bled
)

_FIRST_WORDS = {
    "Mestna občina": (
        "Mestna občina",
        "Mestne občine",
        "Mestni občini",
        "Mestno občino",
        "Mestni občini",
        "Mestno občino",
    ),
    "Občina": ("Občina", "Občine", "Občini", "Občino", "Občini", "Občino"),
}

# Any other organisation: the noun bears the ending, the name stays as it is.
_ORGANISATION = (
    "organizacije",
    "organizaciji",
    "organizacijo",
    "organizaciji",
    "organizacijo",
)


def cases(official_name: str) -> dict[str, str]:
    """
    Return `official_name` in the six cases, keyed as in `CASES`.

    Only the word »občina« changes, so this holds for all 212 without a table
    of names.  A name that does not begin with it gets »organizacija« before it
    everywhere but in the nominative.
    """
    for first_words, forms in _FIRST_WORDS.items():
        if official_name.startswith(first_words + " "):
            name = official_name.removeprefix(first_words)
            return dict(zip(CASES, [form + name for form in forms], strict=True))
    others = [f"{form} {official_name}" for form in _ORGANISATION]
    return dict(zip(CASES, [official_name, *others], strict=True))


# Days and times


def date_forms(day: date) -> dict[str, str]:
    """
    Return `day` in the forms a letter needs.

    After a weekday the date is set off by commas; the one behind it belongs to
    the template, because a full stop may stand there.
    """
    weekday, on, until = _WEEKDAYS[day.weekday()]
    month, month_genitive = _MONTHS[day.month - 1]
    short = f"{day.day}. {month_genitive}"
    genitive = f"{short} {day.year}"
    return {
        "nominative": f"{day.day}. {month} {day.year}",
        "genitive": genitive,
        "short": short,
        "weekday": f"{weekday}, {day.day}. {month} {day.year}",
        "on": f"{on}, {genitive}",
        "until": f"{until}, {genitive}",
        "until_short": f"{until}, {short}",
        "numeric": f"{day.day}.{NBSP}{day.month}.{NBSP}{day.year}",
    }


def at_time(at: time) -> str:
    """Return »ob 10. uri« for a full hour, »ob 10.30« otherwise."""
    return f"ob {_clock(at)}" + ("" if at.minute else " uri")


def between_times(start: time, end: time) -> str:
    """Return »od 10. do 13. ure«, or »od 10.00 do 13.30« unless both are full."""
    if start.minute or end.minute:
        return f"od {start.hour}.{start.minute:02} do {end.hour}.{end.minute:02}"
    return f"od {_clock(start)} do {_clock(end)} ure"


def event_forms(start: datetime, end: datetime | None = None) -> dict[str, str]:
    """
    Return when something takes place, in a heading and in a sentence.

    An end on another day is left out: the hour alone would mislead.
    """
    day = date_forms(start)
    if end is not None and end.date() == start.date():
        hours = between_times(start.time(), end.time())
    else:
        hours = at_time(start.time())
    return {
        "heading": f"{day['nominative']} {hours}",
        "weekday": f"{day['weekday']}, {hours}",
        "when": f"{day['on']}, {hours}",
    }


def _clock(at: time) -> str:
    return f"{at.hour}.{at.minute:02}" if at.minute else f"{at.hour}."


# Counting


class NounGender(Enum):
    """Which endings a participle takes: one, two, few (3, 4), many."""

    FEMININE = ("a", "i", "e", "o")  # odgovorila, odgovorili, odgovorile, odgovorilo
    MASCULINE = ("", "a", "i", "o")  # prispel, prispela, prispeli, prispelo


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun as it stands after a number."""

    forms: tuple[str, str, str, str]  #: after 1, 2, 3 or 4, and all others
    genitive: tuple[str, str]  #: »odgovori 1 občine«, »odgovori 5 občin«
    gender: NounGender


#: by its dictionary form
NOUNS = {
    noun.forms[0]: noun
    for noun in (
        Noun(
            ("občina", "občini", "občine", "občin"),
            ("občine", "občin"),
            NounGender.FEMININE,
        ),
        Noun(
            ("odgovor", "odgovora", "odgovori", "odgovorov"),
            ("odgovora", "odgovorov"),
            NounGender.MASCULINE,
        ),
        Noun(
            ("prijava", "prijavi", "prijave", "prijav"),
            ("prijave", "prijav"),
            NounGender.FEMININE,
        ),
        Noun(
            ("udeleženec", "udeleženca", "udeleženci", "udeležencev"),
            ("udeleženca", "udeležencev"),
            NounGender.MASCULINE,
        ),
        Noun(
            ("priloga", "prilogi", "priloge", "prilog"),
            ("priloge", "prilog"),
            NounGender.FEMININE,
        ),
        Noun(
            ("delovni dan", "delovna dneva", "delovni dnevi", "delovnih dni"),
            ("delovnega dne", "delovnih dni"),
            NounGender.MASCULINE,
        ),
    )
}

_AUXILIARIES = ("je", "sta", "so", "je")


def counted(number: int, noun: str) -> str:
    """
    Return »1 občina«, »2 občini«, »3 občine«, »5 občin«, »101 občina«.

    Args:
        number: Not negative.
        noun: A key of `NOUNS`.
    """
    return f"{number} {NOUNS[noun].forms[_plural(number)]}"


def counted_genitive(number: int, noun: str) -> str:
    """Return the number and noun after »od« and the like: »od 212 občin«."""
    one, many = NOUNS[noun].genitive
    return f"{number} {many if _plural(number) else one}"


def verb(number: int, participle: str, noun: str) -> str:
    """
    Return auxiliary and participle as they agree with so many of `noun`.

    »odgovoril« gives »je odgovorila« (1 občina), »sta odgovorili« (2), »so
    odgovorile« (3, 4), »je odgovorilo« (5).
    """
    plural = _plural(number)
    ending = NOUNS[noun].gender.value[plural]
    return f"{_AUXILIARIES[plural]} {participle}{ending}"


def attachments_heading(number: int) -> str:
    """Return »Priloga«, »Prilogi« or »Priloge«, as so many files are listed."""
    # Above a list there is no number, so »prilog« never stands here.
    return ("Priloga", "Prilogi", "Priloge")[min(max(number, 1), 3) - 1]


def missing(labels: Sequence[str]) -> str:
    """
    Return what is said above a list of what an answer lacks; "" if nothing.

    »manjka podatek«, »manjkata podatka«, »manjkajo podatki«, from five on
    »manjka več podatkov«.
    """
    if not labels:
        return ""
    few = "manjkajo podatki"
    said = ("manjka podatek", "manjkata podatka", few, few, "manjka več podatkov")
    return said[min(len(labels), len(said)) - 1]


def _plural(number: int) -> int:
    """Return 0 for ednina, 1 for dvojina, 2 for množina, 3 for rodilnik množine."""
    return ("one", "two", "few", "other").index(_SLOVENIAN.plural_form(number))


# Work-free days


def work_free_sentence(days: Sequence[date]) -> str:
    """
    Return »sta 1. in 2. maj dela prosta dneva«: what follows »Ker …«.

    No days give an empty text.
    """
    if not days:
        return ""
    auxiliary, free = {
        1: ("je", "dela prost dan"),
        2: ("sta", "dela prosta dneva"),
    }.get(len(days), ("so", "dela prosti dnevi"))
    return f"{auxiliary} {_enumerated(sorted(days))} {free}"


def _enumerated(days: Sequence[date]) -> str:
    """Return »31. december, 1. in 2. januar«: the month after its last day."""
    names: list[str] = []
    for (_, month), same_month in groupby(days, key=lambda day: (day.year, day.month)):
        numbers = [f"{day.day}." for day in same_month]
        numbers[-1] += f" {_MONTHS[month - 1][0]}"
        names += numbers
    *before, last = names
    return f"{', '.join(before)} in {last}" if before else last
