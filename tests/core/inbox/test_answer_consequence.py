"""What follows from people's mail: answers, suggestions, pauses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from correspondents import (
    CAMPAIGN,
    JOINS,
    MESSAGE_ID,
    NEIGHBOUR,
    SUBJECT,
    UID,
    an_answer,
    followed,
)
from incoming import OFFICE, TOWN, a_calendar_reply, a_mail, a_mail_with, a_reply

from mailer.inbox.received import Answer
from mailer.model.incoming import ReviewState, Suggestion
from mailer.model.response import ResponseSource

MOVED = "Naš novi elektronski naslov je info@kamnica.example"
PAUSE = Answer("question", ResponseSource.REPLY)
TYPED = Answer("registered", ResponseSource.NUMBER, JOINS.details)


def replied(text, **fields):
    """Return a reply to our letter, from a mailbox of the municipality."""
    return a_reply(text, **({"In_Reply_To": MESSAGE_ID} | fields))


def test_a_typed_number_is_an_answer():
    """Surely matched, surely said."""
    follows = followed(replied("3\n\nLep pozdrav"))

    assert (TYPED,) == follows.answers
    assert ReviewState.NONE is follows.review
    assert "it says 3; our Message-ID" in follows.evidence


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Ali se lahko udeležita dva?", "question"),
        ("Kje bo konferenca?\n\n3", "question"),
        ("Zanima nas, kje bo konferenca.", "question"),
        ("Župan bo odsoten, zato se konference ne bomo udeležili.", "declined"),
        ("Wir können leider nicht teilnehmen.", "declined"),
        ("Purtroppo non potremo partecipare.", "declined"),
        ("Sajnos nem tudunk részt venni.", "declined"),
        ("Nažalost, nećemo sudjelovati.", "declined"),
        ("Unfortunately we cannot attend.", "declined"),
        ("Hvala za vabilo.", ""),
        ("4", ""),
    ],
)
def test_free_text_is_suggested_and_pauses_the_reminders(text, kind):
    """D16: a person confirms; until then nobody is reminded as if silent."""
    follows = followed(replied(text))

    assert (PAUSE,) == follows.answers
    assert ReviewState.OPEN is follows.review
    assert follows.suggestion is not None
    assert ("conference", ("043",), kind) == (
        follows.suggestion.campaign,
        follows.suggestion.organisations,
        follows.suggestion.kind,
    )


@pytest.mark.parametrize(
    ("fields", "organisations", "candidates", "pauses"),
    [
        ({}, ("043",), (), True),
        ({"Subject": f"Odg: {SUBJECT}", "From": "a@kamnica.example"}, ("043",), (), 1),
        ({"From": "a@kamnica.example"}, ("043",), (), False),
        ({"From": "a@zasebno.example"}, (), (), False),
        ({"In_Reply_To": MESSAGE_ID, "From": NEIGHBOUR}, (), ("043", "044"), False),
    ],
    ids=["address", "domain and subject", "domain only", "stranger", "conflict"],
)
def test_a_number_without_a_certain_match_is_suggested(
    fields, organisations, candidates, pauses
):
    """It is no answer before a person has accepted it."""
    follows = followed(a_reply("3", **({"Subject": "Odg: x"} | fields)))

    assert (PAUSE,) * bool(pauses) == follows.answers
    assert ReviewState.OPEN is follows.review
    assert follows.suggestion is not None
    assert (organisations, candidates) == (
        follows.suggestion.organisations,
        follows.suggestion.candidates,
    )
    if pauses:
        assert ("registered", JOINS.details) == (
            follows.suggestion.kind,
            follows.suggestion.details,
        )


def test_a_suggestion_survives_the_store():
    """As JSON, and back."""
    follows = followed(replied("3", From=NEIGHBOUR))

    assert follows.suggestion is not None
    assert follows.suggestion == Suggestion.from_json(follows.suggestion.as_json())


def test_a_joint_administration_is_left_to_a_person():
    """One official answers for several: who they are is not guessed."""
    follows = followed(replied("V imenu občin Kamnica in Lipnica: 3"))

    assert (PAUSE,) == follows.answers
    assert ReviewState.OPEN is follows.review
    assert "several municipalities" in follows.evidence


def test_the_latest_answer_wins_and_is_shown():
    """A contradiction is recorded, and flagged with what stood before."""
    before = an_answer("declined", at=datetime(2019, 4, 9, 8, tzinfo=UTC))
    follows = followed(replied("3"), answers=[before])

    assert (TYPED,) == follows.answers
    assert ReviewState.OPEN is follows.review
    assert "before it was declined of 9 Apr 2019" in follows.evidence


def test_an_answer_that_was_overtaken_says_so():
    """The mailbox was read late: what came after it counts."""
    later = an_answer("declined", at=datetime(2019, 4, 12, 8, tzinfo=UTC))
    follows = followed(replied("3"), answers=[later])

    assert ((TYPED,), ReviewState.OPEN) == (follows.answers, follows.review)
    assert "since then it was declined of 12 Apr 2019" in follows.evidence


def test_the_same_kind_with_other_fields_is_a_contradiction():
    """First they joined, now they do not."""
    before = an_answer("registered", {"kakovost": "ne"})
    follows = followed(replied("3"), answers=[before])

    assert ((TYPED,), ReviewState.OPEN) == (follows.answers, follows.review)
    assert "before it was registered (kakovost=ne)" in follows.evidence


@pytest.mark.parametrize(
    "before",
    [
        an_answer("registered"),
        an_answer("registered", {"kakovost": "pridruzi", "oseba": "Ana"}),
        an_answer("question"),
    ],
)
def test_the_same_answer_again_bothers_nobody(before):
    """Nor does one after a question."""
    follows = followed(replied("3"), answers=[before])

    assert ((TYPED,), ReviewState.NONE) == (follows.answers, follows.review)


@pytest.mark.parametrize(("text", "answers"), [("Hvala!", ()), ("Kje?", (PAUSE,))])
def test_a_remark_after_an_answer_is_read(text, answers):
    """Nobody is reminded anyway; a question is one all the same."""
    follows = followed(replied(text), answers=[an_answer("registered")])

    assert (answers, ReviewState.OPEN) == (follows.answers, follows.review)


def test_our_own_mail_is_no_answer():
    """D12: a copy of what staff wrote, in the thread."""
    follows = followed(replied("3", From=OFFICE))

    assert ((), ReviewState.NONE) == (follows.answers, follows.review)


def test_a_reply_may_announce_a_new_address():
    """A proposal for staff, never acted on."""
    text = "Naslov ni več v uporabi, odslej pišite na glavna@kamnica.example."
    follows = followed(replied(text))

    assert follows.suggestion is not None
    assert "glavna@kamnica.example" == follows.suggestion.new_address


def calendar_mail(answer="ACCEPTED", uid=UID, sender=TOWN, **asked):
    content = a_calendar_reply(uid, answer, attendee=sender, **asked)
    return a_mail_with(
        content, "text/calendar; method=REPLY", From=sender, Subject="Sprejeto: x"
    )


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("ACCEPTED", "registered"), ("DECLINED", "declined"), ("TENTATIVE", "tentative")],
)
def test_a_calendar_programs_answer_counts(answer, kind):
    """As the campaign's [meanings] say."""
    follows = followed(calendar_mail(answer))

    assert (Answer(kind, ResponseSource.CALENDAR),) == follows.answers
    assert ReviewState.NONE is follows.review


@pytest.mark.parametrize(
    "raw",
    [
        calendar_mail(uid="conference@drugje.example"),
        calendar_mail(sender="ana@zasebno.example"),
        calendar_mail(sender="ana@kamnica.example"),
        calendar_mail(method="COUNTER"),
        a_mail_with(
            a_calendar_reply(UID, "ACCEPTED"),
            "text/calendar",
            From="ana@zasebno.example",
        ),
    ],
    ids=["another event", "stranger", "another mailbox", "another time", "for another"],
)
def test_a_doubtful_calendar_answer_is_left_to_a_person(raw):
    """Forged, from elsewhere, or no answer at all."""
    follows = followed(raw)

    assert all(one == PAUSE for one in follows.answers)
    assert ReviewState.OPEN is follows.review


def test_a_forged_calendar_answer_records_nothing():
    """Its UID is not that of our event."""
    assert () == followed(calendar_mail(uid="conference@drugje.example")).answers


def test_a_calendar_that_nobody_asked_answers_nothing():
    """An event sent for information; "declined" is no answer to the letter."""
    quiet = replace(CAMPAIGN, steps=(replace(CAMPAIGN.steps[0], calendar=None),))
    follows = followed(calendar_mail("DECLINED"), campaign=quiet)

    assert (PAUSE,) == follows.answers
    assert ReviewState.OPEN is follows.review
    assert "has asked no calendar" in follows.evidence


def test_a_calendar_answer_with_a_question_is_both():
    """Who writes it into the calendar program expects somebody to read it."""
    follows = followed(calendar_mail(extra="COMMENT:Ali lahko prideta dva?"))

    assert ["registered", "question"] == [one.kind for one in follows.answers]
    assert ReviewState.OPEN is follows.review
    assert "»Ali lahko prideta dva?«" in follows.evidence


def test_a_calendar_answers_comment_is_kept():
    """It asks nothing, and bothers nobody."""
    follows = followed(calendar_mail(extra="COMMENT:Se vidimo."))

    assert (1, ReviewState.NONE) == (len(follows.answers), follows.review)
    assert "»Se vidimo.«" in follows.evidence


@pytest.mark.parametrize(
    "raw",
    [
        replied(f"{MOVED}. Stari ne deluje več."),
        a_mail(f"{MOVED}. Stari ne deluje več."),
        a_mail(f"{MOVED}.", From="info@kamnica.example"),
    ],
    ids=["reply", "mail", "from the new one"],
)
def test_a_new_address_is_suggested_whoever_tells_it(raw):
    """In a person's mail as in a program's."""
    follows = followed(raw)

    assert ReviewState.OPEN is follows.review
    assert follows.suggestion is not None
    assert "info@kamnica.example" == follows.suggestion.new_address
