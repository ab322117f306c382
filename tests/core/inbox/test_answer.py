"""The number a municipality types, and the two suggestions for staff."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.inbox.answer import looks_like_decline, looks_like_question, typed_number

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
        "Wir können leider nicht teilnehmen.",
        "Purtroppo non potremo partecipare.",
        "Nažalost, nećemo sudjelovati.",
        "We will not attend.",
    ],
)
def test_a_decline_is_suggested(text):
    """A person's words of absence are a decline, not an automatic response."""
    assert looks_like_decline(text)


@pytest.mark.parametrize("text", ["Pridemo.", "Udeležili se bomo.", "3", ""])
def test_an_acceptance_is_no_decline(text):
    """Nothing is suggested where nothing is said."""
    assert not looks_like_decline(text)


def test_a_question_is_suggested():
    """A question mark in the new text, or words that ask; not one in a link."""
    assert looks_like_question("Kje bo konferenca?")
    assert looks_like_question("Zanima nas, kje bo konferenca.")
    assert not looks_like_question("Pridemo. https://kamnica.example/?a=1")
    assert not looks_like_question("Pridemo.\n\nDne 1. 1. je A napisal(a):\n> Kaj?")
