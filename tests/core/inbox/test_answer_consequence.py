"""What follows from people's mail: answers, suggestions, pauses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

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
    SUBJECT,
    UID,
    Ledger,
    an_answer,
    followed,
)
from incoming import OFFICE, TOWN, a_calendar_reply, a_mail, a_mail_with, a_reply

from mailer.inbox.received import Answer
from mailer.inbox.whose import FormOwner
from mailer.model.form import CheckedForm, FieldType, FormField, FormFlag
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
