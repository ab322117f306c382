"""What follows from reports about deliveries, true and forged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from correspondents import (
    AT,
    DOMAIN,
    KEY,
    KNOWN,
    LEFT,
    MESSAGE_ID,
    OURS,
    REFERENCE,
    TOKEN,
    Ledger,
    followed,
    with_state,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from incoming import TOWN, a_dsn, a_mail

from mailer import tokens
from mailer.inbox.classify import classify
from mailer.inbox.consequence import consequence
from mailer.inbox.received import Received
from mailer.inbox.report_consequence import DEAD, LATEST_REPORT, WEARING
from mailer.inbox.whose import Match
from mailer.model.delivery import REACHED, TRANSITIONS, DeliveryState
from mailer.model.incoming import (
    Classification,
    Confidence,
    IncomingKind,
    MatchedBy,
    Reported,
    ReviewState,
)
from mailer.model.response import SuppressionReason
from mailer.tokens import Purpose

HARD, SOFT = IncomingKind.BOUNCE_HARD, IncomingKind.BOUNCE_SOFT
BY_TOKEN = Match(
    MatchedBy.TOKEN, "token", KNOWN, "043", "conference", Confidence.CERTAIN
)


def changes(follows):
    """Return all that would change."""
    return follows.state, follows.suppress, follows.answers


NOTHING = (None, None, ())


def told(kind=HARD, known=KNOWN, soft_bounces=(), **read):
    """Return what follows from a report that has our token, as classified."""
    whose = replace(BY_TOKEN, known=known)
    found = Classification(kind, **read)
    return consequence(Received(found, whose, AT, AT.date(), soft_bounces=soft_bounces))


def test_a_hard_bounce_with_our_token_suppresses():
    """The delivery goes to bounced, the address is written to no more."""
    follows = followed(a_dsn(to=OURS))

    assert DeliveryState.BOUNCED is follows.state
    assert SuppressionReason.HARD_BOUNCE is follows.suppress
    assert ReviewState.NONE is follows.review
    assert "userunknown" in follows.evidence


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"diagnostic": "smtp; 552 5.2.2 over quota"}, DeliveryState.BOUNCED),
        (
            {"status": "4.2.0", "diagnostic": "smtp; 450 try later"},
            DeliveryState.BOUNCED,
        ),
        (
            {"status": "5.7.1", "diagnostic": "smtp; 550 5.7.1 blocked using RBL"},
            DeliveryState.BOUNCED,
        ),
        (
            {"status": "5.7.1", "diagnostic": "smtp; 554 5.7.1 looks like spam"},
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
    """A forwarded address is mapped back; nothing but a dead address is suppressed."""
    follows = followed(a_dsn(to=OURS, **fields))

    assert state is follows.state
    assert (follows.suppress is not None) == ("original_recipient" in fields)


@pytest.mark.parametrize(
    "reason",
    [
        *("userunknown", "hostunknown", "hasmoved", "notaccept", "blocked", ""),
        *("spamdetected", "policyviolation", "mailboxfull", "expired", "suspend"),
    ],
)
def test_only_a_dead_address_is_written_off(reason):
    """Whatever the report is called: an IP block is not the address's fault."""
    follows = told(HARD, reason=reason, status="5.0.0", recipients=(TOWN,))

    assert DeliveryState.BOUNCED is follows.state
    assert (reason in DEAD) == (follows.suppress is SuppressionReason.HARD_BOUNCE)


def test_a_temporary_failure_is_no_dead_address():
    """D09: 4.x.x with a failure is final for the message, not for the address."""
    follows = told(HARD, reason="hostunknown", status="4.4.3", recipients=(TOWN,))

    assert (DeliveryState.BOUNCED, None) == (follows.state, follows.suppress)


FORGED = {
    "no token": a_dsn(),
    "our Message-ID only": a_dsn(returned=f"Message-ID: {MESSAGE_ID}"),
    "our envelope id only": a_dsn().replace(
        b"Reporting-MTA", f"Original-Envelope-Id: {REFERENCE}\nReporting-MTA".encode()
    ),
    "wrong key": a_dsn(
        to=f"{tokens.sign(b'another', Purpose.REVERSE_PATH, REFERENCE)}@{DOMAIN}"
    ),
    "a token for another purpose": a_dsn(
        to=f"{tokens.sign(KEY, Purpose.UNSUBSCRIBE, REFERENCE)}@{DOMAIN}"
    ),
    "a token that is in no ledger": a_dsn(
        to=f"{tokens.sign(KEY, Purpose.REVERSE_PATH, 'c' * 16)}@{DOMAIN}"
    ),
    "the right token, another recipient": a_dsn(to=OURS, recipient="x@tretji.example"),
    "the token of another campaign": a_dsn(
        to=OURS, returned=f"Message-ID: <{'b' * 16}@{DOMAIN}>"
    ),
}


@pytest.mark.parametrize("raw", FORGED.values(), ids=FORGED.keys())
def test_a_forged_bounce_changes_nothing(raw):
    """It waits for a person, who sees why."""
    quality = replace(KNOWN, delivery_id=9, campaign="quality")
    ledger = Ledger({REFERENCE: KNOWN, "b" * 16: quality})
    follows = followed(raw, ledger)

    assert NOTHING == changes(follows)
    assert ReviewState.OPEN is follows.review
    assert follows.evidence
    assert follows.suggestion is not None


def test_a_bounce_of_what_was_never_sent_changes_nothing():
    """A valid token alone is not enough: the relay must have the message."""
    for state in set(DeliveryState) - REACHED:
        follows = followed(a_dsn(to=OURS), with_state(state))

        assert NOTHING == changes(follows)
        assert ReviewState.OPEN is follows.review


def test_a_bounce_long_after_changes_nothing():
    """No server tries for a month: the token has expired."""
    in_time = followed(a_dsn(to=OURS), at=LEFT + LATEST_REPORT)
    late = followed(a_dsn(to=OURS), at=LEFT + LATEST_REPORT + timedelta(seconds=1))

    assert DeliveryState.BOUNCED is in_time.state
    assert NOTHING == changes(late)
    assert ReviewState.OPEN is late.review


@pytest.mark.parametrize("action", ["failed", "delayed"])
def test_a_replayed_bounce_changes_nothing(action):
    """The thousandth copy is as harmless as the second, and bothers nobody."""
    follows = followed(a_dsn(to=OURS, action=action), with_state(DeliveryState.BOUNCED))

    assert NOTHING == changes(follows)
    assert ReviewState.NONE is follows.review


def test_a_success_after_a_bounce_is_shown():
    """D07: two reports contradict each other; a person decides on the address."""
    raw = a_dsn(to=OURS, action="delivered", status="2.0.0")
    follows = followed(raw, with_state(DeliveryState.BOUNCED))

    assert NOTHING == changes(follows)
    assert ReviewState.OPEN is follows.review


@pytest.mark.parametrize("state", DeliveryState)
@pytest.mark.parametrize("action", ["failed", "delayed", "delivered"])
def test_no_report_makes_an_illegal_transition(state, action):
    """The table in `model.delivery` has the last word."""
    follows = followed(a_dsn(to=OURS, action=action), with_state(state))

    assert follows.state is None or follows.state in TRANSITIONS[state]


def reported(*fates):
    return tuple(
        Reported(address, kind, "5.1.1", reason) for address, kind, reason in fates
    )


OTHER = "druga@kamnica.example"


@pytest.mark.parametrize(
    ("fates", "expected"),
    [
        (
            reported((OTHER, HARD, "userunknown"), (TOWN, SOFT, "mailboxfull")),
            (DeliveryState.BOUNCED, None),
        ),
        (
            reported((OTHER, SOFT, "mailboxfull"), (TOWN, HARD, "userunknown")),
            (DeliveryState.BOUNCED, SuppressionReason.HARD_BOUNCE),
        ),
        (
            reported((OTHER, HARD, "userunknown"), (TOWN, IncomingKind.DELIVERED, "")),
            (DeliveryState.DELIVERED, None),
        ),
        (
            reported((OTHER, HARD, "userunknown"), (TOWN, IncomingKind.DELAYED, "")),
            (DeliveryState.DELAYED, None),
        ),
        (
            reported((TOWN, IncomingKind.DELIVERED, ""), (TOWN, HARD, "userunknown")),
            (DeliveryState.BOUNCED, None),
        ),
        (reported((OTHER, HARD, "userunknown")), (None, None)),
    ],
    ids=["soft", "hard", "delivered", "delayed", "twice", "not ours"],
)
def test_a_report_on_several_is_read_for_ours(fates, expected):
    """D07: what befell another recipient is none of ours."""
    follows = told(HARD, reported=fates, recipients=(OTHER, TOWN))

    assert expected == (follows.state, follows.suppress)


@pytest.mark.parametrize(
    ("action", "status", "expected"),
    [
        ("failed", "5.1.1", (DeliveryState.BOUNCED, SuppressionReason.HARD_BOUNCE)),
        ("delayed", "4.4.1", (DeliveryState.DELAYED, None)),
        ("delivered", "2.0.0", (DeliveryState.DELIVERED, None)),
    ],
)
def test_a_whole_report_on_several(action, status, expected):
    """As a server writes it: the other one is dead."""
    diagnostic = "smtp; 550 5.1.1 User unknown" if action == "failed" else "smtp; x"
    raw = a_dsn(to=OURS, action=action, status=status, diagnostic=diagnostic)
    raw = raw.replace(
        b"--b1\nContent-Type: text/rfc822",
        f"\nFinal-Recipient: rfc822; {OTHER}\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n"
        "--b1\nContent-Type: text/rfc822".encode(),
    )
    follows = followed(raw)

    assert expected == (follows.state, follows.suppress)


def test_a_report_that_does_not_say_which_suppresses_none():
    """Several are named, one reason: ours may be alive."""
    follows = told(HARD, recipients=(OTHER, TOWN), reason="userunknown")

    assert (DeliveryState.BOUNCED, None) == (follows.state, follows.suppress)


def test_a_report_that_may_be_none_is_left_to_a_person():
    """Its words are those of a bounce, and nothing else is."""
    follows = told(HARD, reason="userunknown", confidence=Confidence.WEAK)

    assert NOTHING == changes(follows)
    assert ReviewState.OPEN is follows.review


def ago(*days):
    return tuple(AT - timedelta(days=count) for count in days)


@pytest.mark.parametrize(
    ("earlier", "reason", "expected"),
    [
        (ago(20, 10), "mailboxfull", SuppressionReason.SOFT_BOUNCES),
        (ago(7, 1), "expired", SuppressionReason.SOFT_BOUNCES),
        (ago(30, 20, 10), "suspend", SuppressionReason.SOFT_BOUNCES),
        (ago(10), "mailboxfull", None),
        (ago(2, 1), "mailboxfull", None),
        (ago(20, 10), "blocked", None),
        (ago(20, 10), "spamdetected", None),
        ((), "mailboxfull", None),
    ],
)
def test_the_soft_threshold(earlier, reason, expected):
    """Three deliveries in a week or more, for reasons of the mailbox."""
    follows = told(SOFT, soft_bounces=earlier, reason=reason, recipients=(TOWN,))

    assert (DeliveryState.BOUNCED, expected) == (follows.state, follows.suppress)
    assert (expected is not None) == ("have bounced softly" in follows.evidence)


def test_no_reason_is_both_dead_and_wearing():
    """One table says that the address is dead, the other that it seems so."""
    assert not DEAD & WEARING


@pytest.mark.parametrize(
    ("to", "suppress", "review"),
    [
        (OURS, SuppressionReason.COMPLAINT, ReviewState.NONE),
        ("pisarna@posiljatelj.example", None, ReviewState.OPEN),
        (f"{TOKEN[:-1]}a@{DOMAIN}", None, ReviewState.OPEN),
    ],
    ids=["ours", "no token", "wrong token"],
)
def test_a_complaint_needs_our_token(to, suppress, review):
    """D17: anyone can complain in another's name."""
    kind = "multipart/report; report-type=feedback-report; boundary=b"
    text = "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--b--"
    follows = followed(a_mail(text, To=to, Content_Type=kind))

    assert (suppress, review) == (follows.suppress, follows.review)


REPORTS = st.lists(
    st.sampled_from(
        [
            a_dsn(to=OURS, action="failed"),
            a_dsn(to=OURS, action="delayed", status="4.4.1"),
            a_dsn(to=OURS, action="delivered", status="2.0.0"),
            a_dsn(to=OURS, diagnostic="smtp; 552 5.2.2 over quota"),
            *FORGED.values(),
        ]
    ),
    max_size=8,
)


def after(reports):
    """Return where a delivery stands after some reports, and whether it is dead."""
    state, suppressed = DeliveryState.ACCEPTED, False
    for raw in reports:
        follows = followed(raw, with_state(state))
        state = follows.state or state
        suppressed |= follows.suppress is not None
    return state, suppressed


@settings(deadline=None, max_examples=60)
@given(REPORTS, st.randoms(use_true_random=False))
def test_replays_change_nothing(reports, random):
    """Whatever came once may come a thousand times, in any order after it."""
    again = [*reports, *reports]
    random.shuffle(again)

    assert after(reports) == after([*reports, *again])


@settings(deadline=None, max_examples=60)
@given(st.permutations([a_dsn(to=OURS, action="failed"), *FORGED.values()]))
def test_the_order_of_forgeries_is_irrelevant(reports):
    """Among any number of them the one true bounce has its effect."""
    assert (DeliveryState.BOUNCED, True) == after(reports)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_have_a_consequence(raw):
    """Total; and nothing that has no token moves a delivery."""
    follows = followed(raw)

    assert (None, None) == (follows.state, follows.suppress)
    assert IncomingKind.REPLY is classify(raw).kind or not follows.answers
