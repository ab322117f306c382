"""To which delivery a message belongs, and what may follow from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from incoming import TOWN, a_dsn, a_mail, a_reply

from mailer import tokens
from mailer.inbox.classify import classify
from mailer.inbox.consequence import consequence
from mailer.inbox.match import Known, match
from mailer.model.campaign import NumberedAnswer
from mailer.model.delivery import REACHED, TRANSITIONS, DeliveryState
from mailer.model.incoming import IncomingKind, MatchedBy, ReviewState
from mailer.model.response import SuppressionReason
from mailer.tokens import Purpose

KEY = b"an office's key"
REFERENCE = tokens.reference(KEY, "conference", "invitation", TOWN)
TOKEN = tokens.sign(KEY, Purpose.REVERSE_PATH, REFERENCE)
OURS = f"{TOKEN}@posiljatelj.example"
KNOWN = Known(7, "conference", "invitation", "043", 3, TOWN, DeliveryState.ACCEPTED)
NUMBERS = {3: NumberedAnswer("joins", {"kakovost": "pridruzi"})}


@dataclass
class Ledger:
    """A ledger in memory: what the store would find."""

    references: dict[str, Known] = field(default_factory=dict)
    addresses: dict[str, tuple[Known, ...]] = field(default_factory=dict)

    def by_reference(self, reference):
        return self.references.get(reference)

    def by_address(self, address_key):
        return self.addresses.get(address_key, ())


LEDGER = Ledger({REFERENCE: KNOWN}, {TOWN: (KNOWN,)})


def followed(raw, known=KNOWN):
    """Return the match and the consequence of a message, with one delivery known."""
    found = classify(raw)
    matched = match(found, KEY, Ledger({REFERENCE: known}, {TOWN: (known,)}))
    return matched, consequence(found, matched, NUMBERS)


@pytest.mark.parametrize(
    "raw",
    [
        a_dsn(to=OURS),
        a_dsn(to=OURS.upper()),
        a_dsn().replace(
            b"Auto-Submitted", f"Delivered-To: {OURS}\nAuto-Submitted".encode()
        ),
        a_dsn(returned=f"Return-Path: <{OURS}>"),
        a_dsn().replace(
            b"Reporting-MTA", f"Original-Envelope-Id: {TOKEN}\nReporting-MTA".encode()
        ),
    ],
    ids=["to", "case folded", "delivered-to", "returned", "envelope id"],
)
def test_our_token_is_found_wherever_it_returns(raw):
    """The reverse path stands in different fields with different servers."""
    matched, _ = followed(raw)

    assert (MatchedBy.TOKEN, KNOWN) == (matched.by, matched.known)


def test_our_message_id_is_found_without_a_token():
    """In-Reply-To of a person's reply."""
    raw = a_reply("Pridemo.", In_Reply_To=f"<{REFERENCE}@posiljatelj.example>")
    matched, _ = followed(raw)

    assert (MatchedBy.MESSAGE_ID, KNOWN) == (matched.by, matched.known)


def test_a_thread_of_letters_is_answered_at_its_latest():
    """Two steps for the same recipient are no ambiguity; In-Reply-To counts."""
    reminder = replace(KNOWN, delivery_id=8, step="reminder")
    ledger = Ledger({REFERENCE: KNOWN, "b" * 16: reminder})
    raw = a_reply(
        "Da.",
        In_Reply_To=f"<{'b' * 16}@posiljatelj.example>",
        References=f"<{REFERENCE}@posiljatelj.example>",
    )

    assert reminder == match(classify(raw), KEY, ledger).known


def test_two_recipients_are_ambiguous():
    """A message that names two of our recipients is nobody's."""
    other = replace(KNOWN, delivery_id=9, recipient_id=4)
    ledger = Ledger({REFERENCE: KNOWN, "b" * 16: other}, {TOWN: (KNOWN,)})
    references = f"<{REFERENCE}@x.example> <{'b' * 16}@x.example>"
    matched = match(classify(a_reply("Da.", In_Reply_To=references)), KEY, ledger)

    assert (MatchedBy.NOTHING, None) == (matched.by, matched.known)
    assert "2 of our deliveries" in matched.evidence


def test_the_senders_address_names_an_organisation():
    """Of one campaign; of several only the organisation is known."""
    found = classify(a_mail("Pridemo."))
    alone = match(found, KEY, LEDGER)
    second = replace(KNOWN, delivery_id=8, campaign="quality")
    both = match(found, KEY, Ledger(addresses={TOWN: (KNOWN, second)}))

    assert (MatchedBy.ADDRESS, KNOWN, "conference") == (
        alone.by,
        alone.known,
        alone.campaign,
    )
    assert (MatchedBy.NOTHING, None, "043", "") == (
        both.by,
        both.known,
        both.organisation,
        both.campaign,
    )


def test_a_hard_bounce_with_our_token_suppresses():
    """The delivery goes to bounced, the address is written to no more."""
    _, follows = followed(a_dsn(to=OURS))

    assert DeliveryState.BOUNCED is follows.state
    assert SuppressionReason.HARD_BOUNCE is follows.suppress
    assert ReviewState.NONE is follows.review


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"diagnostic": "smtp; 552 5.2.2 over quota"}, DeliveryState.BOUNCED),
        (
            {"status": "4.2.0", "diagnostic": "smtp; 450 try later"},
            DeliveryState.BOUNCED,
        ),
        ({"action": "delayed", "status": "4.4.1"}, DeliveryState.DELAYED),
        ({"action": "delivered", "status": "2.0.0"}, DeliveryState.DELIVERED),
        (
            {"recipient": "zupan@drugje.example", "original_recipient": TOWN},
            DeliveryState.BOUNCED,
        ),
    ],
)
def test_other_reports_move_the_delivery(fields, state):
    """A forwarded address is mapped back; nothing but a hard bounce suppresses."""
    _, follows = followed(a_dsn(to=OURS, **fields))

    assert state is follows.state
    assert (follows.suppress is not None) == ("original_recipient" in fields)


FORGED = {
    "no token": a_dsn(),
    "our Message-ID only": a_dsn(
        returned=f"Message-ID: <{REFERENCE}@posiljatelj.example>"
    ),
    "wrong key": a_dsn(
        to=tokens.sign(b"another", Purpose.REVERSE_PATH, REFERENCE)
        + "@posiljatelj.example"
    ),
    "a token for another purpose": a_dsn(
        to=tokens.sign(KEY, Purpose.UNSUBSCRIBE, REFERENCE) + "@posiljatelj.example"
    ),
    "a token that is in no ledger": a_dsn(
        to=tokens.sign(KEY, Purpose.REVERSE_PATH, "c" * 16) + "@posiljatelj.example"
    ),
    "the right token, another recipient": a_dsn(to=OURS, recipient="x@tretji.example"),
}


@pytest.mark.parametrize("raw", FORGED.values(), ids=FORGED.keys())
def test_a_forged_bounce_changes_nothing(raw):
    """It waits for a person."""
    _, follows = followed(raw)

    assert (None, None, None) == (follows.state, follows.suppress, follows.answer)
    assert ReviewState.OPEN is follows.review


def test_a_bounce_of_what_was_never_sent_changes_nothing():
    """A valid token alone is not enough: the relay must have the message."""
    for state in set(DeliveryState) - REACHED:
        _, follows = followed(a_dsn(to=OURS), replace(KNOWN, state=state))

        assert (None, None) == (follows.state, follows.suppress)
        assert ReviewState.OPEN is follows.review


def test_a_replayed_bounce_changes_nothing():
    """The thousandth copy is as harmless as the second."""
    bounced = replace(KNOWN, state=DeliveryState.BOUNCED)
    _, follows = followed(a_dsn(to=OURS), bounced)

    assert (None, None) == (follows.state, follows.suppress)
    assert ReviewState.NONE is follows.review


@pytest.mark.parametrize("state", DeliveryState)
@pytest.mark.parametrize("action", ["failed", "delayed", "delivered"])
def test_no_report_makes_an_illegal_transition(state, action):
    """The table in `model.delivery` has the last word."""
    _, follows = followed(a_dsn(to=OURS, action=action), replace(KNOWN, state=state))

    assert follows.state is None or follows.state in TRANSITIONS[state]


def test_a_report_on_several_recipients_suppresses_none():
    """Which of them is dead does not say that ours is."""
    raw = a_dsn(to=OURS).replace(
        b"--b1\nContent-Type: text/rfc822",
        b"\nFinal-Recipient: rfc822; druga@kamnica.example\nAction: failed\n"
        b"Status: 5.1.1\n\n--b1\nContent-Type: text/rfc822",
    )
    _, follows = followed(raw)

    assert (DeliveryState.BOUNCED, None) == (follows.state, follows.suppress)


@pytest.mark.parametrize(
    ("to", "suppress", "review"),
    [
        (OURS, SuppressionReason.COMPLAINT, ReviewState.NONE),
        ("pisarna@posiljatelj.example", None, ReviewState.OPEN),
    ],
)
def test_a_complaint_needs_our_token(to, suppress, review):
    """Anyone can complain in another's name."""
    kind = "multipart/report; report-type=feedback-report; boundary=b"
    text = "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--b--"
    _, follows = followed(a_mail(text, To=to, Content_Type=kind))

    assert (suppress, review) == (follows.suppress, follows.review)


def test_an_automatic_response_is_recorded_and_nothing_else():
    """It must not stop reminders."""
    matched, follows = followed(a_mail("3", To=OURS, Subject="Samodejni odgovor: V"))

    assert MatchedBy.TOKEN is matched.by
    assert (None, None, ReviewState.NONE) == (
        follows.state,
        follows.answer,
        follows.review,
    )


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (a_reply("3", In_Reply_To=f"<{REFERENCE}@posiljatelj.example>"), 3),
        (a_reply("4", In_Reply_To=f"<{REFERENCE}@posiljatelj.example>"), None),
        (a_reply("Pridemo.", In_Reply_To=f"<{REFERENCE}@posiljatelj.example>"), None),
        (a_reply("3", In_Reply_To="<neznano@posiljatelj.example>"), None),
    ],
    ids=["typed", "means nothing here", "free text", "matched by address only"],
)
def test_a_reply_answers_only_with_a_number_and_a_sure_match(raw, number):
    """Everything else a person reads."""
    _, follows = followed(raw)

    assert number == follows.number
    assert (NUMBERS.get(number) if number else None) == follows.answer
    assert (ReviewState.NONE if number else ReviewState.OPEN) is follows.review


def test_what_is_not_understood_waits_for_a_person():
    """No mail is thrown away."""
    found = classify(b"")
    follows = consequence(found, match(found, KEY, LEDGER), {})

    assert IncomingKind.OTHER is found.kind
    assert ReviewState.OPEN is follows.review
