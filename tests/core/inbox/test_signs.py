"""By which signs a message is known, and how sure they make us."""

from __future__ import annotations

import pytest
from incoming import OFFICE, TOWN, a_dsn, a_mail, a_reply, a_report

from mailer.inbox.classify import classify
from mailer.inbox.decoding import html_to_text
from mailer.model.incoming import Confidence, IncomingKind

BOUNCE = f"This is the mail system at host posta.example.\n\n<{TOWN}>: user unknown\n"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(a_dsn(), Confidence.CERTAIN, id="fields of a report"),
        pytest.param(a_report(BOUNCE), Confidence.LIKELY, id="words of a mail system"),
        pytest.param(
            a_report("It could not be delivered."), Confidence.WEAK, id="nobody named"
        ),
        pytest.param(
            a_mail(BOUNCE, Subject="Delivery failure: undelivered"),
            Confidence.WEAK,
            id="words of anybody",
        ),
        pytest.param(
            a_mail("…", Auto_Submitted="auto-replied"),
            Confidence.CERTAIN,
            id="RFC 3834",
        ),
        pytest.param(
            a_mail("…", Subject="Samodejni odgovor: V"),
            Confidence.LIKELY,
            id="a subject",
        ),
        pytest.param(a_reply("Da."), Confidence.CERTAIN, id="it names our letter"),
        pytest.param(
            a_mail("Da.", Subject="Odg: Vabilo"), Confidence.LIKELY, id="Odg:"
        ),
        pytest.param(a_mail("Da.\n\n> Vabimo vas\n> 1"), Confidence.WEAK, id="a quote"),
        pytest.param(a_mail("Dober dan"), Confidence.WEAK, id="nothing"),
    ],
)
def test_how_sure_it_is(raw, expected):
    """One sign alone is a guess, which a person looks at."""
    assert expected is classify(raw).confidence


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(a_reply(f"Kaj je to?\n\n> {BOUNCE}"), id="quoted"),
        pytest.param(
            a_mail(BOUNCE, Subject="Fw: Undelivered Mail Returned to Sender"),
            id="forwarded",
        ),
        pytest.param(
            a_mail(BOUNCE, Subject="Posr: failure notice", X_Failed_Recipients=TOWN),
            id="forwarded with its fields",
        ),
        pytest.param(
            a_mail(
                "Glejte prilogo.\n--b\nContent-Type: message/rfc822\n\n"
                + a_dsn().decode(),
                Subject="Neka napaka",
                Content_Type="multipart/mixed; boundary=b",
            ),
            id="attached",
        ),
        pytest.param(a_mail("begin 644 a@b.example\n<a@b.example>:\n"), id="uuencoded"),
        pytest.param(a_mail(BOUNCE, Subject="Vprašanje"), id="told"),
    ],
)
def test_a_report_that_a_person_shows_us_is_none(raw):
    """Its sender is no mail system; the address it names may be fine by now."""
    found = classify(raw)

    assert found.kind in (IncomingKind.REPLY, IncomingKind.OTHER)
    assert () == found.recipients


def test_who_is_away_sends_from_nobody_too():
    """RFC 3834, section 3.3; the words may be those of a report."""
    raw = a_mail(
        "Your message was not delivered to anybody else; write to:\n\n"
        "tajnik@kamnica.example\n",
        Subject="Re: your message to me",
        Return_Path="<>",
    )

    assert IncomingKind.AUTO_REPLY is classify(raw).kind


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Mailbox quota", "If you did not receive this before: user unknown."),
        ("Quarantine", "3 messages could not be delivered, see the list."),
    ],
)
def test_a_postmasters_other_mail_is_no_bounce(subject, text):
    """Words alone are not enough: no recipient is named as reports do."""
    raw = a_mail(text, Subject=subject, From="postmaster@kamnica.example")

    assert IncomingKind.OTHER is classify(raw).kind


def test_a_report_inside_a_report_is_read():
    """A content filter wraps what it was given to deliver."""
    raw = a_mail(
        "--f\nContent-Type: message/rfc822\n\n" + a_dsn().decode() + "\n--f--",
        From="postmaster@filter.example",
        Subject="Delivery Status Notification (Failure)",
        Content_Type="multipart/mixed; boundary=f",
    )
    found = classify(raw)

    assert (IncomingKind.BOUNCE_HARD, (TOWN,)) == (found.kind, found.recipients)


def test_every_recipient_has_a_fate_of_its_own():
    """What follows is drawn from that of the one we mailed, not from the worst."""
    second = (
        "Final-Recipient: rfc822; druga@kamnica.example\nAction: delayed\n"
        "Status: 4.2.2\nDiagnostic-Code: smtp; 452 4.2.2 mailbox full\n"
    )
    raw = a_dsn().replace(
        b"--b1\nContent-Type: text/rfc822",
        f"\n{second}--b1\nContent-Type: text/rfc822".encode(),
    )

    assert [
        (TOWN, "bounce-hard", "5.1.1", "userunknown"),
        ("druga@kamnica.example", "delayed", "4.2.2", "mailboxfull"),
    ] == [
        (one.address, one.kind.value, one.status, one.reason)
        for one in classify(raw).reported
    ]
    assert () == classify(a_dsn()).reported


@pytest.mark.parametrize(
    "diagnostic",
    [
        "smtp; 450 4.2.0 Requested mail action not taken: mailbox unavailable",
        "smtp; 450 4.1.1 unverified address: User unknown in local recipient table",
        "smtp; 450 4.1.2 Domain not found",
        "X-Postfix; temporary failure, user unknown",
    ],
)
def test_later_never_means_dead(diagnostic):
    """A 4yz is no proof, however final the sender's patience was."""
    raw = a_dsn(status="4.1.1", diagnostic=diagnostic)

    assert IncomingKind.BOUNCE_SOFT is classify(raw).kind


@pytest.mark.parametrize(
    ("fields", "status", "reason"),
    [
        pytest.param(
            {
                "status": "5.0.0",
                "diagnostic": "smtp; 550 Unknown user (in reply to end of DATA)",
            },
            "5.0.0",
            "filtered",
            id="accepted first, refused with the message",
        ),
        pytest.param(
            {
                "status": "5.0.0",
                "diagnostic": "smtp; 550 Unknown user (in reply to RCPT TO command)",
            },
            "5.0.0",
            "userunknown",
            id="refused as a recipient",
        ),
        pytest.param(
            {
                "status": "5.0.0",
                "diagnostic": "smtp; 5.1.0 - Unknown address error 550-'5.7.1 denied'",
            },
            "5.7.1",
            "rejected",
            id="the server's own code, not that of who repeats it",
        ),
        pytest.param(
            {"status": "552 mailbox full", "diagnostic": "smtp; failed"},
            "",
            "mailboxfull",
            id="a reply where a code should be",
        ),
        pytest.param(
            {"status": "5.0.0", "diagnostic": "smtp; 554 refused (in reply to EHLO "},
            "5.0.0",
            "rejected",
            id="vague words before the command",
        ),
        pytest.param(
            {"status": "5.0.0", "diagnostic": "smtp; 554 5 (in reply to EHLO command)"},
            "5.0.0",
            "blocked",
            id="nothing but the command",
        ),
    ],
)
def test_what_tells_the_reason(fields, status, reason):
    """Words, codes, and the command that was refused."""
    found = classify(a_dsn(**fields))

    assert (status, reason) == (found.status, found.reason)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"<ob...@kamnica.example>: x\n\n--- Original message\nTo: {TOWN}", (TOWN,)),
        (f"<{OFFICE}>: our own address\n<{TOWN}>: user unknown", (TOWN,)),
        (f"Write to <postmaster@posta.example>.\n\n<{TOWN}>: unknown", (TOWN,)),
        (f"Send mail to help@posta.example\n--- Original message\nTo: {TOWN}", (TOWN,)),
        ("<postmaster@kamnica.example>: unknown", ("postmaster@kamnica.example",)),
    ],
)
def test_addresses_that_are_not_the_failed_one(text, expected):
    """Cut in two, ours, and that of who can help."""
    assert expected == classify(a_report(text)).recipients


def test_a_reverse_path_may_be_all_that_names_somebody():
    """»bounces+zupan=kamnica.example@« is what many lists send from."""
    raw = a_report(
        "Your message was undeliverable.",
        To="bounces+zupan=kamnica.example@posiljatelj.example",
    )

    assert ("zupan@kamnica.example",) == classify(raw).recipients


def test_a_folded_list_of_failed_recipients():
    """Exim writes X-Failed-Recipients with commas and folds."""
    raw = a_report("…", X_Failed_Recipients=f"{TOWN},\n druga@kamnica.example")

    assert (TOWN, "druga@kamnica.example") == classify(raw).recipients


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Precedence": "junk"}, "auto-reply"),
        ({"Precedence": "bulk", "In_Reply_To": "<a@b.example>"}, "auto-reply"),
        ({}, "reply"),
    ],
)
def test_a_mass_mail_that_answers_is_automatic(fields, expected):
    """Two signs: the field that no person's mail has, and the words."""
    raw = a_mail("Sem na dopustu do 3. maja.", Subject="Re: Vabilo", **fields)

    assert expected == classify(raw).kind.value


def test_a_newsletter_that_quotes_answers_nobody():
    """RFC 2369."""
    raw = a_mail("Novice\n\n> Preberite\n> več", List_Unsubscribe="<https://x.example>")

    assert IncomingKind.OTHER is classify(raw).kind


def test_a_complaint_whose_type_was_lost():
    """A gateway that made text of the feedback report."""
    raw = a_mail(
        "--b\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: zupan@kamnica.example\n--b--",
        Content_Type="multipart/report; report-type=feedback-report; boundary=b",
    )
    found = classify(raw)

    assert IncomingKind.COMPLAINT is found.kind
    assert ("zupan@kamnica.example",) == found.recipients


def test_other_reports_are_nobodys_answer():
    """DMARC failures are sent as automatic replies by some."""
    raw = a_mail(
        "--b\n\nA message failed DMARC.\n--b--",
        Auto_Submitted="auto-replied",
        Content_Type="multipart/report; boundary=b",
    )

    assert IncomingKind.OTHER is classify(raw).kind


def test_every_quoted_line_of_html_is_marked():
    """One mark for each level, so that answers between them can be found."""
    source = (
        "Da.<blockquote>Pridete?<br>Kdaj?<blockquote><p>Vabilo</p></blockquote>"
        "</blockquote>Ob 10h."
    )

    assert (
        "Da.\n\n> Pridete?\n> Kdaj?\n\n> > Vabilo\n> >\n\n>\n\nOb 10h."
        == html_to_text(source)
    )
