"""To whom a message belongs, by which sign, and how sure that is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from correspondents import (
    DOMAIN,
    FORM_ID,
    KEY,
    KNOWN,
    MESSAGE_ID,
    NEIGHBOUR,
    NEIGHBOURS,
    OURS,
    REFERENCE,
    SUBJECT,
    TOKEN,
    UID,
    Ledger,
    matched,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from incoming import TOWN, a_calendar_reply, a_dsn, a_mail, a_mail_with, a_reply

from mailer import tokens
from mailer.inbox.domains import is_for_everybody
from mailer.inbox.subject import is_about
from mailer.inbox.whose import FormOwner
from mailer.model.incoming import Confidence, MatchedBy
from mailer.tokens import Purpose

CERTAIN, LIKELY, WEAK = Confidence.CERTAIN, Confidence.LIKELY, Confidence.WEAK
SECOND = f"<{'b' * 16}@{DOMAIN}>"
SECRETARY = "tajnistvo@kamnica.example"


def seen(match):
    """Return what matters of a match: sign, organisation, campaign, confidence."""
    return match.by, match.organisation, match.campaign, match.confidence


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
    found = matched(raw)

    assert (MatchedBy.TOKEN, "043", "conference", CERTAIN) == seen(found)
    assert KNOWN == found.known


def test_our_envelope_id_is_found_without_a_token():
    """RFC 3461, section 4.4: a report repeats the ENVID."""
    envid = f"Original-Envelope-Id: {REFERENCE}\nReporting-MTA"
    found = matched(a_dsn().replace(b"Reporting-MTA", envid.encode()))

    assert (MatchedBy.ENVELOPE_ID, KNOWN) == (found.by, found.known)


@pytest.mark.parametrize("sender", [TOWN, SECRETARY, "zupan@drugje.example"])
def test_our_message_id_is_found_in_a_reply(sender):
    """In-Reply-To of a person's reply, from whichever mailbox."""
    found = matched(a_reply("Pridemo.", From=sender, In_Reply_To=MESSAGE_ID))

    assert (MatchedBy.MESSAGE_ID, "043", "conference", CERTAIN) == seen(found)
    assert KNOWN == found.known


def test_a_thread_of_letters_is_answered_at_its_latest():
    """Two steps for the same recipient are no ambiguity; In-Reply-To counts."""
    reminder = replace(KNOWN, delivery_id=9, step="reminder")
    ledger = Ledger({REFERENCE: KNOWN, "b" * 16: reminder})
    raw = a_reply("Da.", In_Reply_To=SECOND, References=MESSAGE_ID)

    assert reminder == matched(raw, ledger).known


def test_two_addresses_of_a_municipality_are_one():
    """The response is the organisation's."""
    mayor = replace(KNOWN, delivery_id=9, recipient_id=5)
    ledger = Ledger({REFERENCE: KNOWN, "b" * 16: mayor})
    found = matched(a_reply("Da.", In_Reply_To=f"{SECOND} {MESSAGE_ID}"), ledger)

    assert ("043", CERTAIN) == (found.organisation, found.confidence)


def test_two_municipalities_are_a_conflict():
    """A message that names two of them is nobody's; both are proposed."""
    ledger = Ledger({REFERENCE: KNOWN, "b" * 16: NEIGHBOURS})
    found = matched(a_reply("Da.", In_Reply_To=f"{MESSAGE_ID} {SECOND}"), ledger)

    assert (MatchedBy.NOTHING, "", "conference", WEAK) == seen(found)
    assert ("043", "044") == found.candidates
    assert "its signs differ" in found.evidence


@pytest.mark.parametrize("sender", [NEIGHBOUR, "tajnistvo@lipnica.example"])
def test_a_reply_from_another_municipality_is_a_conflict(sender):
    """A joint administration, or a forwarded letter: a person knows."""
    found = matched(a_reply("Da.", From=sender, In_Reply_To=MESSAGE_ID))

    assert (MatchedBy.NOTHING, "", "conference", WEAK) == seen(found)
    assert ("043", "044") == found.candidates


def test_a_report_on_two_deliveries_is_a_conflict():
    """Even if both are the same municipality's."""
    mayor = replace(KNOWN, delivery_id=9, recipient_id=5)
    ledger = Ledger({REFERENCE: KNOWN, "b" * 16: mayor})
    found = matched(a_dsn(to=OURS, returned=f"Message-ID: {SECOND}"), ledger)

    assert (MatchedBy.NOTHING, None) == (found.by, found.known)
    assert "2 of our deliveries" in found.evidence


def test_a_report_without_a_sign_proposes_whom_it_names():
    """The failed address may tell a person whose it is."""
    found = matched(a_dsn())

    assert (MatchedBy.NOTHING, ("043",)) == (found.by, found.candidates)


@pytest.mark.parametrize(
    "token",
    [
        tokens.sign(b"another", Purpose.REVERSE_PATH, REFERENCE),
        tokens.sign(KEY, Purpose.UNSUBSCRIBE, REFERENCE),
        tokens.sign(KEY, Purpose.REVERSE_PATH, "c" * 16),
    ],
    ids=["another key", "another purpose", "in no ledger"],
)
def test_a_token_that_is_not_ours_matches_nothing(token):
    """And says so."""
    found = matched(a_dsn(to=f"{token}@{DOMAIN}"))

    assert MatchedBy.NOTHING is found.by


@pytest.mark.parametrize("sender", [TOWN, "ana@zasebno.example", "ana@gmail.test"])
def test_the_id_of_a_form_says_whose_it_is(sender):
    """Wherever it was sent from."""
    found = matched(a_mail("V prilogi.", From=sender), form_id=FORM_ID)

    assert (MatchedBy.FORM, "043", "conference", CERTAIN) == seen(found)


def test_a_form_from_a_neighbours_mailbox_is_whose_id_it_has():
    """A joint administration sends it; the evidence names both."""
    found = matched(a_mail("V prilogi.", From=NEIGHBOUR), form_id=FORM_ID)

    assert (MatchedBy.FORM, "043", "conference", CERTAIN) == seen(found)
    assert "044" in found.evidence


def test_a_form_that_differs_from_the_thread_is_a_conflict():
    """The reply says one municipality, the form in it another."""
    ledger = Ledger(forms={FORM_ID: FormOwner("conference", "044")})
    raw = a_reply("V prilogi.", In_Reply_To=MESSAGE_ID)
    found = matched(raw, ledger, form_id=FORM_ID)

    assert (MatchedBy.NOTHING, ("043", "044")) == (found.by, found.candidates)


def test_a_form_whose_id_is_not_ours_is_doubted():
    """It is known whose mail it is, but not whether the form is theirs."""
    raw = a_reply("V prilogi.", In_Reply_To=MESSAGE_ID)
    found = matched(raw, form_id="K17-043-XXXXXX")

    assert (MatchedBy.MESSAGE_ID, "043", "conference", LIKELY) == seen(found)
    assert "not one of ours" in found.evidence


ENCLOSED = f"""\
--b
Content-Type: text/plain; charset=utf-8

3
--b
Content-Type: message/rfc822

Return-Path: <{OURS}>
Message-ID: {MESSAGE_ID}
Subject: {SUBJECT}

Spoštovani
--b--
"""


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        (TOWN, (MatchedBy.MESSAGE_ID, "043", "conference", LIKELY)),
        (SECRETARY, (MatchedBy.MESSAGE_ID, "043", "conference", LIKELY)),
        ("ana@zasebno.example", (MatchedBy.NOTHING, "", "conference", WEAK)),
        (NEIGHBOUR, (MatchedBy.NOTHING, "", "conference", WEAK)),
    ],
)
def test_who_sends_our_letter_along_has_not_answered_it(sender, expected):
    """D16: a third party may have got it, with its token and all."""
    raw = a_mail(
        ENCLOSED,
        From=sender,
        Subject="Odg: Fwd",
        Content_Type="multipart/mixed; boundary=b",
    )
    found = matched(raw)

    assert expected == seen(found)
    assert ("043" in found.candidates) == (found.by is MatchedBy.NOTHING)


def test_our_signs_in_the_text_are_no_signs():
    """Whoever quotes or forwards a letter has them, too."""
    text = f"3\n\nReturn-Path: <{OURS}>\nMessage-ID: {MESSAGE_ID}\n> {TOKEN}\n"
    text += f"Original-Envelope-Id: {REFERENCE}"
    found = matched(a_reply(text, From="ana@zasebno.example", Subject="Odg: x"))

    assert (MatchedBy.NOTHING, WEAK) == (found.by, found.confidence)


def calendar_mail(sender, attendee=None, uid=UID):
    content = a_calendar_reply(uid, "ACCEPTED", attendee=attendee or sender)
    return a_mail_with(
        content, "text/calendar; method=REPLY", From=sender, Subject="Sprejeto: x"
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (calendar_mail(TOWN), (MatchedBy.CALENDAR, "043", "conference", CERTAIN)),
        (calendar_mail(SECRETARY), (MatchedBy.CALENDAR, "043", "conference", LIKELY)),
        (
            calendar_mail("ana@zasebno.example"),
            (MatchedBy.NOTHING, "", "conference", WEAK),
        ),
        (calendar_mail(TOWN, NEIGHBOUR), (MatchedBy.NOTHING, "", "conference", WEAK)),
        (
            calendar_mail("ana@zasebno.example", uid="sestanek@drugje.example"),
            (MatchedBy.NOTHING, "", "", WEAK),
        ),
        (
            calendar_mail(TOWN, uid="sestanek@drugje.example"),
            (MatchedBy.ADDRESS, "043", "conference", LIKELY),
        ),
    ],
    ids=["address", "domain", "stranger", "for another", "forged", "another event"],
)
def test_the_answer_to_our_event(raw, expected):
    """Its UID names the campaign, the sender's address the municipality."""
    assert expected == seen(matched(raw))


def test_the_senders_address_names_an_organisation():
    """Of one campaign; of several only the organisation is known."""
    alone = matched(a_mail("Pridemo."))
    second = replace(KNOWN, delivery_id=9, campaign="quality")
    both = Ledger(addresses={TOWN: (KNOWN, second)})
    unclear = matched(a_mail("Pridemo.", Subject="Vprašanje"), both)
    by_subject = matched(a_mail("Pridemo.", Subject=f"Odg: {SUBJECT}"), both)

    assert (MatchedBy.ADDRESS, "043", "conference", LIKELY) == seen(alone)
    assert KNOWN == alone.known
    assert (MatchedBy.NOTHING, "043", "", WEAK) == seen(unclear)
    assert (MatchedBy.ADDRESS, "043", "conference", LIKELY) == seen(by_subject)


def test_the_domain_and_the_subject_name_a_municipality():
    """Another mailbox of theirs answers, without a sign of ours."""
    found = matched(a_mail("Pridemo.", From=SECRETARY, Subject=f"Odg: {SUBJECT}"))
    alone = matched(a_mail("Pridemo.", From=SECRETARY, Subject="Račun za april"))

    assert (MatchedBy.DOMAIN, "043", "conference", LIKELY) == seen(found)
    assert (MatchedBy.NOTHING, "", "conference", WEAK) == seen(alone)
    assert ("043",) == alone.candidates


def test_a_shared_domain_names_nobody():
    """All who have an address there are candidates."""
    shared = "zupan@kamnica.example"
    addresses = {TOWN: (KNOWN,), shared: (replace(NEIGHBOURS, address_key=shared),)}
    raw = a_mail("Pridemo.", From=SECRETARY, Subject=SUBJECT)
    found = matched(raw, Ledger(addresses=addresses))

    assert (MatchedBy.NOTHING, "", "conference", WEAK) == seen(found)
    assert ("043", "044") == found.candidates


def test_a_providers_domain_names_nobody():
    """Many municipalities and everybody else have a mailbox there."""
    domain = "gmail.com"
    ours = f"obcina.kamnica@{domain}"
    ledger = Ledger(addresses={ours: (replace(KNOWN, address_key=ours),)})
    raw = a_mail("Pridemo.", From=f"kdorkoli@{domain}", Subject=SUBJECT)
    found = matched(raw, ledger)

    assert is_for_everybody(domain)
    assert (MatchedBy.NOTHING, ()) == (found.by, found.candidates)
    assert MatchedBy.ADDRESS is matched(a_mail("Da.", From=ours), ledger).by


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (SUBJECT, True),
        (f"Odg: {SUBJECT}", True),
        ("FW: Re: VABILO: Konferenca o sodelovanju", True),
        ("Vabilo na konferenco o sodelovanju z občankami", True),
        ("Vabilo na praznovanje", False),
        ("", False),
    ],
)
def test_a_subject_is_ours_without_its_endings(subject, expected):
    """Prefixes, case, diacritics and grammar make no difference."""
    assert expected is is_about(subject, [SUBJECT])


HEADER = st.sampled_from(
    [MESSAGE_ID, SECOND, f"<{REFERENCE}@x.example>", "<drugo@x.example>"]
)
SENDERS = st.sampled_from([TOWN, NEIGHBOUR, SECRETARY, "a@zasebno.example", ""])


@settings(deadline=None, max_examples=150)
@given(
    st.lists(HEADER, max_size=3),
    SENDERS,
    st.sampled_from([SUBJECT, "Odg: x", ""]),
    st.sampled_from(["", FORM_ID, "K17-1"]),
)
def test_a_match_is_never_a_guess(references, sender, subject, form_id):
    """It is certain only if no sign names another municipality."""
    ledger = Ledger({REFERENCE: KNOWN, "b" * 16: NEIGHBOURS})
    raw = a_mail("Da.", From=sender, Subject=subject, References=" ".join(references))
    found = matched(raw, ledger, form_id=form_id)

    assert found.evidence
    if found.confidence is CERTAIN:
        assert found.organisation
        assert len({SECOND, MESSAGE_ID} & set(references)) <= 1
    if not found.is_sure:
        assert found.known is None


@pytest.mark.parametrize("sender", [NEIGHBOUR, "tajnistvo@lipnica.example"])
def test_a_form_filled_by_another_municipality_is_a_conflict(sender):
    """Sent from there, and its code is written in: two signs against the id."""
    raw = a_mail("V prilogi.", From=sender)
    found = matched(raw, form_id=FORM_ID, form_organisation="044")

    assert (MatchedBy.NOTHING, "", "conference", WEAK) == seen(found)
    assert ("043", "044") == found.candidates
    assert "so is written in the form" in found.evidence


@pytest.mark.parametrize(
    ("sender", "written"),
    [(NEIGHBOUR, "043"), (NEIGHBOUR, ""), (TOWN, "044"), ("a@doma.example", "044")],
)
def test_one_sign_against_the_forms_id_is_not_enough(sender, written):
    """Who sends it, or what is written in: the id is signed."""
    raw = a_mail("V prilogi.", From=sender)
    found = matched(raw, form_id=FORM_ID, form_organisation=written)

    assert (MatchedBy.FORM, "043", "conference", CERTAIN) == seen(found)
