"""Bounces: with fields, without, in many hands and languages."""

from __future__ import annotations

import pytest
from incoming import TOWN, a_dsn, a_mail, a_reply, a_report

from mailer.inbox.classify import classify, to_json
from mailer.model.incoming import IncomingKind

HARD = IncomingKind.BOUNCE_HARD
SOFT = IncomingKind.BOUNCE_SOFT


def test_a_dsn_says_who_and_why():
    """RFC 3464 is read field by field."""
    found = classify(a_dsn())

    assert HARD is found.kind
    assert (TOWN,) == found.recipients
    assert ("5.1.1", 550, "userunknown") == (
        found.status,
        found.reply_code,
        found.reason,
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"action": "delayed", "status": "4.4.1"}, "delayed", id="delayed"),
        pytest.param(
            {"action": "delivered", "status": "2.0.0", "diagnostic": "smtp; 250 OK"},
            "delivered",
            id="delivered",
        ),
        pytest.param(
            {"action": "relayed", "status": "2.0.0"}, "delivered", id="relayed"
        ),
        pytest.param({"action": "expanded", "status": "2.0.0"}, "delivered", id="list"),
        pytest.param(
            {"status": "4.2.0", "diagnostic": "smtp; 450 4.2.0 Greylisted"},
            "bounce-soft",
            id="failed with a transient status is final and soft",
        ),
        pytest.param(
            {"diagnostic": "smtp; 550 5.1.1 mailbox is full"},
            "bounce-soft",
            id="quota disguised as unknown",
        ),
        pytest.param(
            {"status": "5.0.0", "diagnostic": "smtp; 550 No such user here"},
            "bounce-hard",
            id="text beats 5.0.0",
        ),
        pytest.param(
            {
                "status": "5.4.4",
                "diagnostic": "X-Postfix; Host or domain name not found",
            },
            "bounce-hard",
            id="no such domain",
        ),
        pytest.param(
            {
                "status": "5.7.1",
                "diagnostic": "smtp; 550 5.7.1 Message looks like spam",
            },
            "bounce-soft",
            id="spam",
        ),
    ],
)
def test_kind_of_a_dsn(fields, expected):
    """Action and the server's words decide, not the status alone."""
    assert expected == classify(a_dsn(**fields)).kind.value


def test_the_address_before_a_forwarding_is_reported():
    """We never mailed what stands in Final-Recipient; we mailed the other one."""
    found = classify(a_dsn(recipient="zupan@drugje.example", original_recipient=TOWN))

    assert (TOWN,) == found.recipients


@pytest.mark.parametrize(
    "recipient",
    ["<Obcina@Kamnica.example>", f"@rele.example:{TOWN}", f"{TOWN} (Obcina)"],
)
def test_loose_spellings_of_a_recipient(recipient):
    """Angle brackets, source routes and comments are taken off."""
    assert (TOWN,) == classify(a_dsn(recipient=recipient)).recipients


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ("Final-Recipient: WHO\nAction: failed\nStatus: 5.1.1", HARD),
        ("Final-Recipient: SMTP; <WHO>\nAction: failure\nStatus: 5.1.1", HARD),
        ("Final-Recipient: rfc822;\n\tWHO\nAction: failed\nStatus: 5.1.1", HARD),
        ("Original-Recipient: rfc822; WHO\nAction: failed\nStatus: 5.1.1", HARD),
        ("Final-Recipient: rfc822; WHO\nStatus: 5.1.1", HARD),
        ("Final-Recipient: rfc822; WHO\nAction: failed\nStatus: 550 5.1.1 who?", HARD),
        (
            "Final-Recipient: rfc822; WHO\nAction: failed\nStatus: 552 mailbox full",
            SOFT,
        ),
        ("Final-Recipient: rfc822; WHO\nAction: expired\nStatus: 4.4.7", SOFT),
        ("Final-Recipient: X;<>\nOriginal-Recipient: Y; WHO\nStatus: 5.1.1", HARD),
    ],
)
@pytest.mark.parametrize(
    "media_type",
    [
        "message/delivery-status",
        "message/xdelivery-status",
        "message/global-delivery-status",
        "text/plain",
        "application/octet-stream",
    ],
)
def test_fields_are_read_however_they_are_spelt(fields, kind, media_type):
    """D10: gateways, old servers and filters do as they please."""
    raw = a_mail(
        f"--b\n\nSorry.\n--b\nContent-Type: {media_type}\n\n"
        f"Reporting-MTA: dns; posta.example\n\n{fields.replace('WHO', TOWN)}\n--b--",
        From="MAILER-DAEMON@posta.example",
        Subject="Delivery report",
        Content_Type="multipart/report; report-type=delivery-status; boundary=b",
    )
    found = classify(raw)

    assert (kind, (TOWN,)) == (found.kind, found.recipients)


def test_several_recipients_have_their_own_fates():
    """Those that failed are named; one that is delayed is not a bounce."""
    second = "Final-Recipient: rfc822; druga@kamnica.example\nAction: delayed\n"
    raw = a_dsn().replace(
        b"--b1\nContent-Type: text/rfc822",
        f"\n{second}--b1\nContent-Type: text/rfc822".encode(),
    )

    assert (TOWN,) == classify(raw).recipients


REPORTS = {
    "qmail": f"""\
Hi. This is the qmail-send program at posta.example.
I'm afraid I wasn't able to deliver your message to the following addresses.

<{TOWN}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

From: <nekdo@tretji.example>
""",
    "exim": f"""\
A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {TOWN}
    host mx.kamnica.example [192.0.2.1]: 550 unknown user

------ This is a copy of the message, including all the headers. ------

Return-path: <nekdo@tretji.example>
""",
    "gmail": f"""\
Delivery to the following recipient failed permanently:

     {TOWN}

The error that the other server returned was: 550 5.1.1 No such user.

----- Original message -----

To: nekdo@tretji.example
""",
    "sendmail": f"""\
   ----- Transcript of session follows -----
550 <{TOWN}>... User unknown

   ----- Unsent message follows -----
To: nekdo@tretji.example
""",
    "exchange": f"""\
Your message did not reach some or all of the intended recipients.

The following recipient(s) could not be reached:

      {TOWN} on 8. 4. 2019 11:34
            The recipient name is not recognized
""",
    "fields in the text": f"""\
An error occurred while trying to deliver the mail.

Final-Recipient: rfc822; {TOWN}
Action: failed
Status: 5.1.1
""",
    "slovenian": f"""\
Sporočila ni bilo mogoče dostaviti naslednjim prejemnikom:

{TOWN}
    naslov ne obstaja
""",
    "german": f"""\
Ihre Nachricht konnte nicht zugestellt werden:

{TOWN}
    Empfänger unbekannt
""",
    "italian": f"""\
Non è stato possibile recapitare il messaggio:

{TOWN}
    utente sconosciuto
""",
    "hungarian": f"""\
Az üzenet nem kézbesíthető:

{TOWN}
    ismeretlen címzett
""",
    "croatian": f"""\
Vaša poruka nije isporučena:

{TOWN}
    korisnik ne postoji
""",
}


@pytest.mark.parametrize("text", REPORTS.values(), ids=REPORTS.keys())
def test_reports_without_a_dsn_part(text):
    """The text names the recipient and the reason; the returned mail does not."""
    found = classify(a_report(text))

    assert (HARD, (TOWN,)) == (found.kind, found.recipients)


@pytest.mark.parametrize(
    "subject",
    [
        "Nedostavljivo: Vabilo",
        "Unzustellbar: Vabilo",
        "Non recapitabile: Vabilo",
        "Kézbesíthetetlen: Vabilo",
        "Neisporučivo: Vabilo",
        "Undeliverable: Vabilo",
    ],
)
def test_subjects_of_reports_in_all_languages(subject):
    """Exchange writes its subject in the reader's language."""
    found = classify(a_report(f"<{TOWN}>:\nposta\n", Subject=subject))

    assert (SOFT, (TOWN,)) == (found.kind, found.recipients)


@pytest.mark.parametrize(
    "words",
    [
        "poštni predal je poln",
        "prekoračena kvota",
        "Postfach voll",
        "casella piena",
        "a postafiók megtelt",
        "sandučić je pun",
        "552 5.2.2 Over quota",
    ],
)
def test_a_full_mailbox_is_soft_in_any_language(words):
    """A full mailbox is no dead address."""
    text = f"Your message could not be delivered.\n\n<{TOWN}>:\n{words}\n"
    found = classify(a_report(text))

    assert (SOFT, "mailboxfull") == (found.kind, found.reason)


def test_failed_recipients_may_stand_in_the_header_alone():
    """Exim lists them, folded and separated by commas."""
    raw = a_report("", X_Failed_Recipients=f"{TOWN},\n druga@kamnica.example")

    assert (TOWN, "druga@kamnica.example") == classify(raw).recipients


def test_a_warning_is_no_bounce():
    """Exim's delay notice has the layout of its failure."""
    text = f"""\
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on posta.example.

The address to which the message has not yet been delivered is:

  {TOWN}
"""
    found = classify(a_report(text, Subject="Warning: message delayed 24 hours"))

    assert (IncomingKind.DELAYED, (TOWN,)) == (found.kind, found.recipients)


def test_a_bounce_quoted_in_a_reply_is_a_reply():
    """A person who shows us a bounce has not bounced."""
    text = f"Poglejte, to se nam vrača:\n\n{REPORTS['qmail']}"
    for subject in ("Odg: failure notice", "Fwd: Undelivered Mail Returned to Sender"):
        found = classify(a_reply(text, Subject=subject))

        assert IncomingKind.REPLY is found.kind


def test_a_dsn_that_a_person_forwards_is_a_reply():
    """Thunderbird forwards the delivery-status part as it is."""
    raw = (
        a_dsn()
        .replace(b"Auto-Submitted: auto-replied", b"References: <x@y.example>")
        .replace(b"MAILER-DAEMON@posta.example (Mail Delivery System)", TOWN.encode())
        .replace(b"Subject: Undelivered", b"Subject: Fwd: Undelivered")
        .replace(b"multipart/report; report-type=delivery-status", b"multipart/mixed")
    )

    assert IncomingKind.REPLY is classify(raw).kind


def test_a_complaint_names_who_complained():
    """RFC 5965; what the returned mail says is not asked."""
    raw = f"""\
From: fbl@ponudnik.example
Content-Type: multipart/report; report-type=feedback-report; boundary=b

--b
Content-Type: message/feedback-report

Feedback-Type: abuse
Original-Rcpt-To: <{TOWN}>

--b--
""".encode()
    found = classify(raw)

    assert (IncomingKind.COMPLAINT, (TOWN,)) == (found.kind, found.recipients)
    other = classify(raw.replace(b": abuse", b": auth-failure"))
    assert IncomingKind.OTHER is other.kind


def test_hotmail_complains_without_arf():
    """Its reports are multipart/mixed, with a field of its own."""
    raw = f"""\
From: osebje@ponudnik.example
Subject: complaint about message from 192.0.2.1
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: message/rfc822

X-HmXmrOriginalRecipient: {TOWN}
Subject: Vabilo

--b--
""".encode()

    assert IncomingKind.COMPLAINT is classify(raw).kind


def test_what_was_returned_is_handed_on_for_matching():
    """Message-ID, Return-Path and envelope id of ours are what `match` looks at."""
    raw = a_dsn(
        returned="Return-Path: <b-x@posiljatelj.example>\nMessage-ID: <i@j.example>"
    )
    raw = raw.replace(b"Reporting-MTA", b"Original-Envelope-Id: E1\nReporting-MTA")
    found = classify(raw)

    assert ("<i@j.example>",) == found.refers_to
    assert "<b-x@posiljatelj.example>" in found.addressed_to
    assert "E1" in found.addressed_to


def test_json_has_the_promised_keys():
    """`mailer inbox classify --jsonl` prints these."""
    assert {
        "file": "x.eml",
        "kind": "bounce-hard",
        "recipients": [TOWN],
        "status": "5.1.1",
        "reply_code": 550,
        "reason": "userunknown",
        "hard": True,
    } == to_json("x.eml", classify(a_dsn()))
    assert to_json("y.eml", classify(a_mail("Dan")))["hard"] is None
