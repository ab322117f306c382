"""The number a municipality types, and the two suggestions for staff."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.inbox.answer import (
    looks_like_decline,
    looks_like_question,
    speaks_for_several,
    typed_number,
)

CHOICES = range(1, 6)


@pytest.mark.parametrize(
    "text",
    [
        "3",
        "»3«",
        "(3)",
        "3.",
        "3!",
        "**3**",
        "Odgovor: 3",
        "Naš odgovor je 3.",
        "možnost 3",
        "Moznost stevilka 3",
        "3 – vključili se bomo v oba projekta",
        "3, oba projekta",
        "Spoštovani,\n\nizbiramo možnost 3.\n\nLep pozdrav\nAna Vzorec\n01 234 56 78",
        "Pozdravljeni,\n3\nHvala",
        "Občina se je odločila za možnost št. 3.",
        "Pišem vam 8. 5. 2019 ob 10.00 po dopisu 12-5/2019.\nOdgovor: 3",
        "3\n-- \nAna Vzorec\n5",
        "3\n\nDne 8. 5. 2019 je Pisarna napisal(a):\n> 1 – model\n> 2 – zadovoljstvo",
        "3\n\nOd: Pisarna\nPoslano: 8. maj 2019\nZa: x\nZadeva: y\n\n1 – model",
        "Antwort: 3",
        "Opzione 3",
        "Odgovor: 3 https://kamnica.example/5",
        "Izbrali smo 3. možnost.",
        "Wir wählen Möglichkeit 3.\n\nMit freundlichen Grüßen\nAna Muster",
        "Unsere Antwort: 3",
        "Scegliamo l'opzione 3.\n\nCordiali saluti",
        "La nostra risposta è 3",
        "Választásunk: 3\n\nÜdvözlettel\nAna Minta",
        "A 3-as lehetőséget választjuk.",
        "Odabrali smo mogućnost 3.\n\nSrdačan pozdrav",
        "Naš odgovor je broj 3.",
        "We choose option 3.\n\nKind regards\nAna Sample\nRoom 5",
    ],
)
def test_a_typed_number_is_taken(text):
    """These say one thing only."""
    assert 3 == typed_number(text, CHOICES)


def test_a_number_may_say_no():
    """The fifth choice is a decline, and its words do not deny the number."""
    assert 5 == typed_number("5 – za zdaj se ne bomo vključili", CHOICES)
    assert 5 == typed_number("Odgovor: 5 – za zdaj se ne bomo vključili", CHOICES)
    assert 4 == typed_number("4, izvajamo model CAF od leta 2017", CHOICES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hvala za vabilo.",
        "3. maja",
        "3. 5. 2019",
        "Pridemo 3. 5. ob 10.00.",
        "3. člen zakona",
        "tel. 3 456 789",
        "041 333 333",
        "3 osebe",
        "3 €",
        "3.000,00",
        "1 ali 3",
        "možnost 2 ali 3",
        "3\n2",
        "1 – model\n2 – zadovoljstvo\n3 – oba",
        "7",
        "0",
        "33",
        "Ali je možnost 3 brezplačna?",
        "možnost 3 ni primerna",
        "nismo še izbrali možnosti 3",
        "morda možnost 3",
        "Hvala.\n\nDne 8. 5. 2019 je Pisarna napisal(a):\n> 3",
        "> 3",
        "Hvala\n-- \n3",
        "Lep pozdrav\n3",
        "številka 12/2019",
        "dopis št. 3-12/2019",
        "Odgovor: 3, pride pa 5 kolegov",
        "Pridejo 3 predstavniki.",
        "Imamo 3 možnosti.",
        "Prosimo za 3. možnost ali 2. možnost.",
    ],
)
def test_whatever_is_unclear_is_left_to_a_person(text):
    """Dates, telephones, amounts, two numbers, our own words, questions."""
    assert typed_number(text, CHOICES) is None


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_has_an_answer_or_none(text):
    """Total, and never a number that means nothing."""
    assert typed_number(text, CHOICES) in {None, *CHOICES}
    looks_like_question(text)
    looks_like_decline(text)
    speaks_for_several(text)


@settings(deadline=None)
@given(st.sampled_from(CHOICES), st.sampled_from(CHOICES))
def test_two_numbers_are_one_only_if_they_agree(one, other):
    """Who types two choices has typed none."""
    expected = one if one == other else None

    assert expected == typed_number(f"{one}\nOdgovor: {other}", CHOICES)


@pytest.mark.parametrize(
    "text",
    [
        "župan bo takrat odsoten, zato se konference ne bomo udeležili",
        "Žal se konference ne moremo udeležiti.",
        "V projekt se ne bomo vključili.",
        "Ne bomo se vključili.",
        "Žal moramo odpovedati.",
        "Wir können leider nicht teilnehmen.",
        "Leider müssen wir absagen: wir nehmen nicht teil.",
        "Purtroppo non potremo partecipare.",
        "Il nostro Comune non aderirà: siamo impossibilitati a partecipare.",
        "Sajnos nem tudunk részt venni.",
        "Önkormányzatunk nem vesz részt a konferencián.",
        "Nažalost, nećemo sudjelovati.",
        "Nismo u mogućnosti sudjelovati.",
        "We will not attend.",
        "Unfortunately we can't join.",
    ],
)
def test_a_decline_is_suggested(text):
    """A person's words of absence are a decline, not an automatic response."""
    assert looks_like_decline(text)


@pytest.mark.parametrize(
    "text",
    [
        "Pridemo.",
        "Udeležili se bomo.",
        "3",
        "",
        "Wir nehmen teil.",
        "Parteciperemo volentieri.",
        "Részt veszünk.",
        "Sudjelovat ćemo.",
        "We will attend.",
        "Pridemo.\n\nDne 8. 5. 2019 je Pisarna napisal(a):\n> 5 – ne bomo se vključili",
    ],
)
def test_an_acceptance_is_no_decline(text):
    """Nothing is suggested where nothing is said, or where only we say it."""
    assert not looks_like_decline(text)


@pytest.mark.parametrize(
    "text",
    [
        "Kje bo konferenca?",
        "Zanima nas, kje bo konferenca.",
        "Prosimo za dodatne informacije.",
        "Wir hätten eine Frage zum Ablauf.",
        "Vorremmo sapere dove si terrà la conferenza.",
        "Szeretnénk megkérdezni, hol lesz a konferencia.",
        "Imamo pitanje o mjestu konferencije.",
        "Please let us know where it takes place.",
    ],
)
def test_a_question_is_suggested(text):
    """A question mark in the new text, or words that ask."""
    assert looks_like_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "Pridemo. https://kamnica.example/?a=1",
        "Pridemo.\n\nDne 1. 1. 2019 je A napisal(a):\n> Kaj?",
    ],
)
def test_a_question_of_ours_or_in_a_link_is_none(text):
    """Who answers a question has not asked it."""
    assert not looks_like_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "V imenu občin Kamnica, Lipnica in Brestovec odgovarjamo: 3",
        "Odgovor velja za vse občine naše uprave.",
        "Za občini Kamnica in Lipnica: 3",
        "Skupna občinska uprava Kamnica odgovarja: 3",
        "Im Namen der Gemeinden: 3",
        "A nome dei Comuni: 3",
        "Az önkormányzatok nevében: 3",
        "U ime općina Kamnica i Lipnica: 3",
        "On behalf of both municipalities: 3",
    ],
)
def test_a_joint_administration_is_suggested(text):
    """One official answers for several."""
    assert speaks_for_several(text)


@pytest.mark.parametrize("text", ["V imenu občine Kamnica: 3", "3", "Za občino: 3"])
def test_one_municipality_is_not_several(text):
    """Who speaks for their own says so, too."""
    assert not speaks_for_several(text)
