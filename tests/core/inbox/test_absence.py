"""What programs answer: who is away until when, and who stands in."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from incoming import OFFICE, TOWN

from mailer.inbox.absence import (
    Automatic,
    AutomaticKind,
    changed_address,
    read_automatic,
)
from mailer.inbox.decoding import fold
from mailer.inbox.written_dates import dates_in

ON = date(2026, 8, 3)
KNOWN = (TOWN, OFFICE)
STANDS_IN = "ana.vzorec@kamnica.example"


def read(text, subject="Samodejni odgovor: Vabilo"):
    """Return what is read of an automatic response of 3 August 2026."""
    return read_automatic(subject, text, on=ON, known=KNOWN)


@pytest.mark.parametrize(
    ("text", "back_on"),
    [
        # Slovenian
        ("Odsoten sem do 14. 8. 2026.", date(2026, 8, 15)),
        ("Do vključno petka, 14. avgusta, sem na dopustu.", date(2026, 8, 15)),
        ("Od 3. 8. do 14. 8. 2026 sem na letnem dopustu.", date(2026, 8, 15)),
        ("Na dopustu sem 3.8.–14.8.2026.", date(2026, 8, 15)),
        ("Sem na dopustu, vrnem se 17. avgusta 2026.", date(2026, 8, 17)),
        ("Nisem v pisarni. Ponovno dosegljiva bom v torek, 18. 8.", date(2026, 8, 18)),
        ("Bom odsoten. Ponovno bom dosegljiv od 17. 8. 2026 dalje.", date(2026, 8, 17)),
        ("Odsotna do 10. januarja.", date(2027, 1, 11)),
        # German
        ("Ich bin bis zum 14. August 2026 nicht im Büro.", date(2026, 8, 15)),
        ("Ich bin vom 3. bis 14.08.2026 im Urlaub.", date(2026, 8, 15)),
        ("Bin im Urlaub. Ab dem 17.08.2026 bin ich wieder da.", date(2026, 8, 17)),
        # Italian
        ("Sono in ferie dal 3 al 14 agosto 2026.", date(2026, 8, 15)),
        ("Sarò assente fino al 14/08/2026.", date(2026, 8, 15)),
        ("Sono assente. Rientro il 17 agosto.", date(2026, 8, 17)),
        # Hungarian
        ("2026. augusztus 14-ig szabadságon vagyok.", date(2026, 8, 15)),
        ("2026.08.03. és 2026.08.14. között távol vagyok.", date(2026, 8, 15)),
        ("Szabadságon vagyok, visszatérek 2026. augusztus 17.", date(2026, 8, 17)),
        # Croatian
        ("Na godišnjem odmoru sam do 14. kolovoza 2026.", date(2026, 8, 15)),
        ("Nisam u uredu. Vraćam se 17. kolovoza.", date(2026, 8, 17)),
        # English
        ("I am out of the office until August 14, 2026.", date(2026, 8, 15)),
        ("I will be away from 3 to 14 August 2026.", date(2026, 8, 15)),
        ("I am on leave. I will be back on 17 August.", date(2026, 8, 17)),
        ("On holiday until 2026-08-14.", date(2026, 8, 15)),
        ("On vacation until 8/14/2026.", date(2026, 8, 15)),
        # nothing is said
        ("Do konca tedna sem odsotna.", None),
        ("Sem na dopustu.", None),
        ("Odsoten sem do 31. 2. 2026.", None),
    ],
)
def test_an_absence_has_its_end(text, back_on):
    """The day of the return, or the day after the last."""
    found = read(text)

    assert AutomaticKind.ABSENCE is found.kind
    assert back_on == found.back_on


def test_the_subject_may_say_it():
    """»Odsotna do 14. 8.«, and nothing else."""
    assert date(2026, 8, 15) == read("", "Odsotna do 14. 8. 2026").back_on


@pytest.mark.parametrize(
    "text",
    [
        f"V nujnih primerih se obrnite na kolegico Ano ({STANDS_IN}).",
        f"Nadomešča me Ana Vzorec, {STANDS_IN}, tel. 01 234 56 78.",
        f"In dringenden Fällen wenden Sie sich bitte an {STANDS_IN}.",
        f"Per urgenze rivolgersi alla segreteria: {STANDS_IN}",
        f"Sürgős esetben keresse kollégámat: {STANDS_IN}",
        f"U hitnim slučajevima obratite se na {STANDS_IN}.",
        f"For urgent matters please contact {STANDS_IN.upper()}.",
        f"V nujnih primerih pišite na {STANDS_IN} ali na {OFFICE}, {TOWN}.",
    ],
)
def test_a_substitute_is_named(text):
    """Neither the sender nor we ourselves."""
    assert (STANDS_IN,) == read(f"Sem na dopustu. {text}").substitutes


def test_an_address_in_a_signature_is_no_substitute():
    """Only words make it one."""
    far = "Kontaktirajte občino. " + "Hvala za razumevanje. " * 12

    assert () == read(f"Sem na dopustu.\nAna Vzorec\n{STANDS_IN}").substitutes
    assert () == read(f"Sem na dopustu. {far}{STANDS_IN}").substitutes


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Potrdilo o prejemu", ""),
        ("Samodejni odgovor: Vabilo", "Potrjujemo prejem vašega sporočila."),
        ("Odg: Vabilo", "Vaše sporočilo smo prejeli. Na to sporočilo ne odgovarjajte."),
        ("Eingangsbestätigung: Vabilo", "Vielen Dank."),
        ("Automatische Antwort: Vabilo", "Wir haben Ihre Nachricht erhalten."),
        ("Conferma di ricezione", ""),
        ("Risposta automatica", "Abbiamo ricevuto il Suo messaggio."),
        ("Automatikus válasz", "Levelét megkaptuk."),
        ("Automatski odgovor", "Zaprimili smo vašu poruku."),
        ("Automatic reply", "Your message has been received."),
    ],
)
def test_a_receipt_is_named_as_such(subject, text):
    """It is no absence and no answer."""
    assert Automatic(AutomaticKind.RECEIPT) == read(text, subject)


@pytest.mark.parametrize("subject", ["Odg: Vabilo", "Avtomatsko sporočilo", ""])
def test_an_absence_may_call_itself_an_automatic_message(subject):
    """What it says of the absence tells more."""
    found = read("To je samodejno sporočilo: sem na dopustu do 14. 8.", subject)

    assert Automatic(AutomaticKind.ABSENCE, date(2026, 8, 15)) == found


@pytest.mark.parametrize(
    "text",
    [
        f"Naslov {TOWN} ni več v uporabi, odslej pišite na {STANDS_IN}.",
        "Naslov ni več v uporabi. Nov elektronski naslov: " + STANDS_IN,
        f"Nisem več zaposlena na občini. Pišite na {STANDS_IN}.",
        f"Unsere neue E-Mail-Adresse lautet {STANDS_IN}.",
        f"Il nuovo indirizzo è {STANDS_IN}.",
        f"Új e-mail címünk: {STANDS_IN}",
        f"Nova e-mail adresa je {STANDS_IN}.",
        f"Our email address has changed to {STANDS_IN}.",
    ],
)
def test_a_new_address_is_proposed(text):
    """Also of somebody who has left."""
    expected = Automatic(AutomaticKind.NEW_ADDRESS, new_address=STANDS_IN)

    assert expected == read(text)


def test_several_new_addresses_are_left_to_a_person():
    """And so is a change that names none."""
    text = f"Naslov ni več v uporabi: {STANDS_IN} ali drugi@kamnica.example."

    assert ("",) == changed_address(text)
    assert ("",) == changed_address("Spremenili smo naslov.")
    assert changed_address("Pridemo.") is None


def test_it_is_said_in_one_line():
    """For the ledger, the timeline and the review."""
    text = f"Odsotna sem do 14. 8. 2026. Nadomešča me {STANDS_IN}."

    assert (
        f"absence; back on 15 Aug 2026; write to {STANDS_IN} instead"
        == read(text).words
    )


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("3. 8.", [(8, 3)]),
        ("5.6.", [(6, 5)]),
        ("30. 6.", [(6, 30)]),
        ("ob 10.30, tel. 01 234 56 78, 12-5/2019, soba 3", []),
        ("od 1. 8. do 2. 8. 2026", [(8, 1), (8, 2)]),
        ("15. šmarnice", []),
    ],
)
def test_dates_are_found(text, days):
    """Times, telephones and numbers of letters are no dates."""
    found = [one.day for one in dates_in(fold(text), ON)]

    assert days == [(day.month, day.day) for day in found]


@settings(deadline=None)
@given(st.dates(date(2026, 6, 10), date(2027, 5, 1)), st.data())
def test_a_written_date_is_read_back(day, data):
    """In each of the forms, with the year or near enough without it."""
    names = "januar februar marec april maj junij julij avgust september oktober"
    sl = [*names.split(), "november", "december"][day.month - 1]
    form = data.draw(
        st.sampled_from(
            [
                f"{day.day}. {day.month}. {day.year}",
                f"{day:%d.%m.%Y}",
                f"{day:%d/%m/%Y}",
                f"{day:%Y-%m-%d}",
                f"{day.day}. {sl} {day.year}",
                f"{day.day}. {sl}",
                f"{day.day}. {day.month}.",
                f"{day:%B} {day.day}, {day.year}",
                f"{day:%Y. %m. %d.}",
            ]
        )
    )

    [found] = dates_in(fold(f"pridem {form}, da"), ON)

    assert day == found.day


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=60), st.text(max_size=200), st.dates())
def test_any_text_can_be_read(subject, text, on):
    """Total, on any day."""
    read_automatic(subject, text, on=on)
    read_automatic(subject, f"do 31. 12. {text} 9999-12-31-ig", on=on)
