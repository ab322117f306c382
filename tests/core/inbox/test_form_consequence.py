"""What follows from a returned form: an answer, one completed, a look by a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from correspondents import (
    AT,
    CAMPAIGN,
    FORM,
    FORM_ID,
    JOINS,
    LEFT,
    MESSAGE_ID,
    NEIGHBOUR,
    Ledger,
    an_answer,
    followed,
)
from incoming import TOWN, a_mail, a_reply

from mailer.inbox.received import Answer
from mailer.inbox.whose import FormOwner
from mailer.model.form import CheckedForm, FieldType, FormField, FormFlag
from mailer.model.incoming import ReviewState
from mailer.model.response import ResponseSource

PAUSE = Answer("question", ResponseSource.REPLY)
TYPED = Answer("registered", ResponseSource.NUMBER, JOINS.details)


def replied(text, **fields):
    """Return a reply to our letter, from a mailbox of the municipality."""
    return a_reply(text, **({"In_Reply_To": MESSAGE_ID} | fields))


def a_form(values, *flags, complete=True, problems=()):
    return CheckedForm(values, problems, frozenset(flags), "", complete)


VALUES = {"kakovost": "pridruzi", "kontakt_ime": "Ana Vzorec"}
FILLED = Answer("registered", ResponseSource.FORM, VALUES)


@pytest.mark.parametrize("sender", [TOWN, "ana@zasebno.example", NEIGHBOUR])
def test_a_returned_form_is_an_answer(sender):
    """Wherever it was sent from, and as whatever mail."""
    raw = a_mail("V prilogi.", From=sender, Subject="Obrazec")
    follows = followed(raw, form=a_form(VALUES), form_id=FORM_ID)

    assert ((FILLED,), ReviewState.NONE) == (follows.answers, follows.review)


def test_a_form_typed_into_a_reply_is_an_answer():
    """It needs no id where the thread says whose it is."""
    follows = followed(replied("Kakovost: pridruži"), form=a_form(VALUES))

    assert (FILLED,) == follows.answers


@pytest.mark.parametrize(
    ("raw", "form_id"),
    [
        (a_mail("V prilogi.", From="ana@zasebno.example"), "K17-043-XXXXXX"),
        (replied("V prilogi."), "K17-043-XXXXXX"),
        (a_mail("V prilogi.", From="ana@kamnica.example"), ""),
    ],
    ids=["forged", "forged in the thread", "without an id"],
)
def test_a_form_whose_id_is_not_ours_is_left_to_a_person(raw, form_id):
    """Mistyped, or made up."""
    follows = followed(raw, form=a_form(VALUES), form_id=form_id, campaign=CAMPAIGN)

    assert FILLED not in follows.answers
    assert ReviewState.OPEN is follows.review


def test_an_incomplete_form_is_suggested_with_what_it_has():
    """Scans have nothing; a person has the file at hand, and nobody is reminded."""
    form = a_form({"kontakt_ime": "Ana"}, complete=False, problems=["kakovost: empty"])
    follows = followed(a_mail("V prilogi."), form=form, form_id=FORM_ID)

    assert ((PAUSE,), ReviewState.OPEN) == (follows.answers, follows.review)
    assert follows.suggestion is not None
    assert {"kontakt_ime": "Ana"} == follows.suggestion.details
    assert "not complete: kakovost: empty" in follows.evidence


def test_a_blank_form_beside_a_number_does_not_hide_it():
    """Some programs send our own attachment back."""
    form = a_form({}, complete=False)
    follows = followed(replied("3"), form=form, form_id=FORM_ID)

    assert ((TYPED,), ReviewState.NONE) == (follows.answers, follows.review)


def test_a_form_and_a_number_that_differ_are_left_to_a_person():
    """One of the two is a mistake."""
    form = a_form({"kakovost": "ne"})
    follows = followed(replied("3"), form=form, form_id=FORM_ID)

    assert ((PAUSE,), ReviewState.OPEN) == (follows.answers, follows.review)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (a_form(VALUES, FormFlag.QUESTION, problems=["opombe: asks"]), "V prilogi."),
        (a_form(VALUES), "V prilogi. Kdaj bo delavnica?"),
    ],
)
def test_a_form_with_a_question_is_both(form, text):
    """The answer stands, and somebody has to reply."""
    follows = followed(replied(text), form=form, form_id=FORM_ID)

    assert ["registered", "question"] == [one.kind for one in follows.answers]
    assert ReviewState.OPEN is follows.review


@pytest.mark.parametrize("flag", [FormFlag.OTHER_ORGANISATION, FormFlag.REFUSED])
def test_a_form_with_a_mistake_is_taken_and_shown(flag):
    """A code of another municipality, a value that is none."""
    form = a_form(VALUES, flag, problems=["obcina_sifra: 044"])
    follows = followed(replied("V prilogi."), form=form, form_id=FORM_ID)

    expected = replace(FILLED, note="obcina_sifra: 044")
    assert ((expected,), ReviewState.OPEN) == (follows.answers, follows.review)
    assert "obcina_sifra: 044" in follows.evidence


def test_a_form_with_something_left_out_bothers_nobody():
    """The confirmation asks for it."""
    form = a_form(VALUES, FormFlag.WANTED, problems=["delavnica: empty"])
    follows = followed(replied("V prilogi."), form=form, form_id=FORM_ID)

    expected = replace(FILLED, note="delavnica: empty")
    assert ((expected,), ReviewState.NONE) == (follows.answers, follows.review)


def test_a_form_that_differs_from_the_thread_is_left_to_a_person():
    """The official answers for a neighbour, perhaps."""
    ledger = Ledger(forms={FORM_ID: FormOwner("conference", "044")})
    raw = replied("V prilogi.")
    follows = followed(raw, ledger, form=a_form(VALUES), form_id=FORM_ID)

    assert ((), ReviewState.OPEN) == (follows.answers, follows.review)
    assert follows.suggestion is not None
    assert ("043", "044") == follows.suggestion.candidates


def test_an_answer_of_before_the_letter_is_compared_by_what_it_says():
    """A form refines a number: the axes that both name agree."""
    before = an_answer("registered", {"kakovost": "pridruzi"}, at=LEFT)
    follows = followed(
        a_mail("V prilogi."), form=a_form(VALUES), form_id=FORM_ID, answers=[before]
    )

    assert ((FILLED,), ReviewState.NONE) == (follows.answers, follows.review)


CHOICES = replace(
    CAMPAIGN,
    form=replace(
        FORM,
        fields=tuple(
            FormField(name, FieldType.RADIO, name, required=True)
            for name in ("kakovost", "zadovoljstvo")
        ),
    ),
)
HALF, OTHER_HALF = {"kakovost": "ne"}, {"zadovoljstvo": "pridruzi"}


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param(HALF, OTHER_HALF, HALF | OTHER_HALF, id="what was missing"),
        pytest.param(
            HALF | {"kontakt": "Ž. Č."},
            OTHER_HALF | {"kontakt": "A. B."},
            HALF | OTHER_HALF | {"kontakt": "A. B."},
            id="and something newer",
        ),
        pytest.param(HALF | {"zadovoljstvo": "ne"}, OTHER_HALF, OTHER_HALF, id="whole"),
        pytest.param({"izvaja": "eno"}, OTHER_HALF, OTHER_HALF, id="half of it"),
        pytest.param(
            {"izvaja": "eno"}, HALF | OTHER_HALF, HALF | OTHER_HALF, id="all of it"
        ),
        pytest.param(
            HALF, {"kakovost": "pridruzi"}, {"kakovost": "pridruzi"}, id="another mind"
        ),
    ],
)
def test_an_answer_to_what_was_missing_completes_the_one_before(before, now, expected):
    """Only if it says all that was lacking; otherwise the newest stands alone."""
    follows = followed(
        replied("Dopolnjujemo."),
        form=a_form(now),
        form_id=FORM_ID,
        campaign=CHOICES,
        answers=[an_answer("registered", before)],
    )

    assert expected == follows.answers[0].details


def test_a_later_answer_is_not_completed_by_an_earlier_one():
    """The mail was on its way for a while; what they said since then stands."""
    later = an_answer("registered", HALF, at=AT + timedelta(days=1))
    follows = followed(
        replied("Dopolnjujemo."),
        form=a_form(OTHER_HALF),
        form_id=FORM_ID,
        campaign=CHOICES,
        answers=[later],
    )

    assert OTHER_HALF == follows.answers[0].details
