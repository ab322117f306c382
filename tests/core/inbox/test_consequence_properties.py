"""What holds for every message, match and circumstance, however they combine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from correspondents import AT, CAMPAIGN, KNOWN, an_answer
from hypothesis import given, settings
from hypothesis import strategies as st
from incoming import OFFICE, TOWN

from mailer.inbox.calendar_reply import CalendarReply, Participation
from mailer.inbox.consequence import consequence
from mailer.inbox.received import Received
from mailer.inbox.whose import Match
from mailer.model.delivery import REACHED, TRANSITIONS, DeliveryState
from mailer.model.form import CheckedForm, FormFlag
from mailer.model.incoming import (
    Classification,
    Confidence,
    IncomingKind,
    MatchedBy,
    Reported,
    ReviewState,
)

TEXTS = (
    "3",
    "Pridemo.",
    "Ali lahko?",
    "Ne bomo se udeležili.",
    "V imenu občin Kamnica in Lipnica: 3",
    "Naslov ni več v uporabi, pišite na nova@kamnica.example.",
    "Sem na dopustu do 12. 5. 2019.",
    "",
)
REASONS = ("userunknown", "mailboxfull", "blocked", "")

reported = st.builds(
    Reported,
    st.sampled_from([TOWN, "drugi@kamnica.example"]),
    st.sampled_from(list(IncomingKind)[:4]),
    st.sampled_from(["5.1.1", "4.2.2", ""]),
    st.sampled_from(REASONS),
)
classifications = st.builds(
    Classification,
    st.sampled_from(IncomingKind),
    recipients=st.sampled_from([(), (TOWN,), ("x@y.example",), (TOWN, "x@y.example")]),
    status=st.sampled_from(["5.1.1", "4.4.7", ""]),
    reason=st.sampled_from(REASONS),
    sender=st.sampled_from([TOWN, OFFICE, "a@zasebno.example", ""]),
    subject=st.sampled_from(["Odg: Vabilo", "Potrdilo o prejemu", ""]),
    text=st.sampled_from(TEXTS),
    reported=st.lists(reported, max_size=2).map(tuple),
    confidence=st.sampled_from(Confidence),
)
deliveries = st.builds(
    lambda state, days: replace(KNOWN, state=state, left_at=AT - timedelta(days=days)),
    st.sampled_from(DeliveryState),
    st.integers(0, 60),
)
matches = st.builds(
    Match,
    st.sampled_from(MatchedBy),
    st.just("evidence"),
    known=st.none() | deliveries,
    organisation=st.sampled_from(["043", ""]),
    campaign=st.sampled_from(["conference", ""]),
    confidence=st.sampled_from(Confidence),
    candidates=st.sampled_from([(), ("044",), ("044", "045")]),
)
forms = st.builds(
    CheckedForm,
    st.sampled_from([{}, {"kakovost": "ne"}, {"kakovost": "pridruzi"}]),
    st.sampled_from([(), ("opombe: asks",)]),
    st.frozensets(st.sampled_from(FormFlag)),
    st.just(""),
    st.booleans(),
)
calendars = st.builds(
    CalendarReply,
    st.just("conference@posiljatelj.example"),
    st.sampled_from([TOWN, ""]),
    st.sampled_from(Participation),
    st.sampled_from(["", "Žal."]),
    st.booleans(),
)


@st.composite
def received(draw):
    """Return a message in any circumstances."""
    found = draw(matches)
    answers = st.lists(
        st.sampled_from([*CAMPAIGN.responses]).map(an_answer), max_size=2
    )
    return Received(
        draw(classifications),
        found,
        AT,
        AT.date(),
        CAMPAIGN if found.campaign else None,
        draw(st.none() | forms),
        draw(st.none() | calendars),
        draw(answers),
        draw(
            st.lists(
                st.integers(1, 60).map(lambda d: AT - timedelta(days=d)), max_size=3
            )
        ),
        {OFFICE},
    )


@settings(deadline=None, max_examples=400)
@given(received())
def test_nothing_follows_without_proof(it):
    """Deliveries move by the table, addresses die by token, answers by certainty."""
    follows = consequence(it)
    found, known = it.match, it.match.known

    assert follows.evidence
    if follows.state is not None:
        assert known is not None
        assert found.is_certain
        assert follows.state in TRANSITIONS[known.state]
    if follows.suppress is not None:
        assert MatchedBy.TOKEN is found.by
        assert found.is_certain
        assert known is not None
        assert known.state in REACHED
    if follows.answers:
        assert found.is_sure
        assert it.read.kind in (IncomingKind.REPLY, IncomingKind.OTHER)
    for one in follows.answers:
        assert one.kind in CAMPAIGN.responses
        assert found.is_certain or one.kind == CAMPAIGN.pausing


@settings(deadline=None, max_examples=200)
@given(received())
def test_what_waits_for_a_person_has_a_suggestion(it):
    """Which names only what is known, and nothing twice."""
    follows = consequence(it)
    suggested = follows.suggestion

    assert (ReviewState.OPEN is follows.review) == (suggested is not None)
    if suggested is not None:
        assert suggested.why
        assert suggested.kind in ("", *CAMPAIGN.responses)
        assert not set(suggested.organisations) & set(suggested.candidates)
