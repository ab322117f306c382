"""What follows from automatic responses, and from what nobody understands."""

from __future__ import annotations

import pytest
from correspondents import (
    MESSAGE_ID,
    OURS,
    UID,
    Ledger,
    followed,
    matched,
    with_state,
)
from incoming import OFFICE, a_calendar_reply, a_mail, a_mail_with, a_reply

from mailer.model.delivery import DeliveryState
from mailer.model.form import CheckedForm
from mailer.model.incoming import MatchedBy, ReviewState


def automatic(text, subject="Samodejni odgovor: Vabilo", **fields):
    return a_mail(text, **({"To": OURS, "Subject": subject} | fields))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3", "absence"),
        ("Odsoten sem do 3. 5. 2019. Nadomešča me a@b.example.", "back on 4 May 2019"),
        ("Sem na dopustu do 12. 4. Nadomešča me a@b.example.", "a@b.example instead"),
        ("Potrjujemo prejem vašega sporočila.", "receipt"),
        ("Wir haben Ihre Nachricht erhalten.", "receipt"),
    ],
)
def test_an_automatic_response_changes_nothing(text, words):
    """D11: neither answer nor bounce; what it says is kept."""
    follows = followed(automatic(text))

    if "4 May" in words:
        assert ReviewState.OPEN is follows.review  # away until after the deadline
    else:
        assert ReviewState.NONE is follows.review
    assert (None, None, ()) == (follows.state, follows.suppress, follows.answers)
    assert words in follows.evidence


@pytest.mark.parametrize("subject", ["Prebrano: Vabilo", "Gelesen: Vabilo"])
def test_that_a_letter_was_shown_is_written_down(subject):
    """A read receipt is no answer, and nobody has to look at it."""
    follows = followed(automatic("Vaše sporočilo je bilo prikazano.", subject))

    assert ReviewState.NONE is follows.review
    assert (None, None, ()) == (follows.state, follows.suppress, follows.answers)
    assert "read receipt" in follows.evidence


@pytest.mark.parametrize("program", ["vacation 1.2", "Plesk Autoresponder"])
def test_a_program_may_say_so_by_its_name_only(program):
    """Old vacation programs have no other sign."""
    follows = followed(automatic("3", "Re: Vabilo", **{"X-Mailer": program}))

    assert () == follows.answers


def test_an_automatic_response_is_matched_all_the_same():
    """It shows in the municipality's timeline."""
    assert MatchedBy.TOKEN is matched(automatic("Odsoten.")).by


def test_a_new_address_is_a_proposal():
    """Kept and shown; never acted on."""
    text = "Naslov ni več v uporabi. Pišite na nova@kamnica.example."
    follows = followed(automatic(text))

    assert (None, ()) == (follows.suppress, follows.answers)
    assert ReviewState.OPEN is follows.review
    assert follows.suggestion is not None
    assert ("043",) == follows.suggestion.organisations
    assert "nova@kamnica.example" == follows.suggestion.new_address


@pytest.mark.parametrize("with_form", [True, False])
def test_what_a_program_sends_is_no_answer(with_form):
    """A form or a calendar answer in it is shown to a person."""
    form = CheckedForm({"kakovost": "ne"}, (), frozenset(), "", is_complete=True)
    raw = automatic("Odsoten.", In_Reply_To=MESSAGE_ID)
    if not with_form:
        raw = a_mail_with(
            a_calendar_reply(UID, "ACCEPTED"),
            "text/calendar",
            Subject="Sprejeto: x",
            Auto_Submitted="auto-replied",
        )
    follows = followed(raw, form=form if with_form else None)

    assert () == follows.answers
    assert ReviewState.OPEN is follows.review
    assert follows.suggestion is not None
    assert "registered" == follows.suggestion.kind


def test_what_is_not_understood_waits_for_a_person():
    """No mail is thrown away."""
    follows = followed(b"")

    assert ReviewState.OPEN is follows.review
    assert follows.suggestion is not None


def test_a_circular_of_a_municipality_pauses_nothing():
    """It is no reply; a person sees it, with what it may be."""
    follows = followed(a_mail("Vabimo vas na odprtje?", Subject="Vabilo občine"))

    assert ((), ReviewState.OPEN) == (follows.answers, follows.review)


def test_our_own_letter_in_our_mailbox_needs_nobody():
    """A copy to ourselves, or a loop."""
    follows = followed(a_mail("Vabilo", From=OFFICE), Ledger())

    assert ((), ReviewState.NONE) == (follows.answers, follows.review)


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        (automatic("Odsoten."), DeliveryState.ACCEPTED),
        (a_reply("Pridemo.", In_Reply_To=MESSAGE_ID), DeliveryState.ACCEPTED),
        (a_reply("Pridemo."), None),
        (a_mail("Obrazec", To=OURS, Subject="Obrazec"), None),
    ],
    ids=["absence", "reply", "another letter", "no answer"],
)
def test_an_answer_to_a_doubtful_letter_proves_that_it_arrived(raw, state):
    """Nobody else knows its Message-ID, or its way back."""
    assert state is followed(raw, with_state(DeliveryState.IN_DOUBT)).state
    assert followed(raw).state is None
