"""Incoming messages for tests, as bytes: invented people, reserved domains."""

from __future__ import annotations

import base64

TOWN = "obcina@kamnica.example"
OFFICE = "pisarna@posiljatelj.example"


def a_mail(text: str = "", **fields: str) -> bytes:
    """Return a plain message; underscores in field names stand for hyphens."""
    defaults = {"From": TOWN, "To": OFFICE, "Subject": "Vabilo"}
    given = {name.replace("_", "-").title(): value for name, value in fields.items()}
    header = defaults | {"Content-Type": "text/plain; charset=utf-8"} | given
    lines = [f"{name}: {value}" for name, value in header.items() if value]
    return "\n".join([*lines, "", text]).encode()


def a_reply(text: str, **fields: str) -> bytes:
    """Return a person's reply to our letter."""
    reference = f"<{'a' * 16}@posiljatelj.example>"
    defaults = {"Subject": "Odg: Vabilo", "In_Reply_To": reference}
    return a_mail(text, **(defaults | fields))


def a_report(text: str, **fields: str) -> bytes:
    """Return a mail system's report that has no delivery-status part."""
    defaults = {
        "From": "MAILER-DAEMON@posta.example",
        "Subject": "failure notice",
        "Return_Path": "<>",
    }
    return a_mail(text, **(defaults | fields))


def a_dsn(
    *,
    recipient: str = TOWN,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 User unknown",
    original_recipient: str = "",
    returned: str = "",
    to: str = OFFICE,
) -> bytes:
    """
    Return a delivery status notification.

    Args:
        returned: The header of the returned message, without Subject.
    """
    original = f"Original-Recipient: rfc822; {original_recipient}\n"
    return f"""\
From: MAILER-DAEMON@posta.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

This is the mail system at host posta.example.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; posta.example

{original if original_recipient else ""}Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic}

--b1
Content-Type: text/rfc822-headers

{returned}
Subject: Vabilo

--b1--
""".encode()


def a_calendar_reply(
    uid: str,
    answer: str,
    *,
    attendee: str = TOWN,
    method: str = "REPLY",
    extra: str = "",
) -> bytes:
    """
    Return a calendar program's answer to an event (RFC 5546), as a file.

    Args:
        extra: One more line of the event.
    """
    lines = f"""\
BEGIN:VCALENDAR
PRODID:-//Vzorec//Koledar//SL
VERSION:2.0
METHOD:{method}
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20190410T080000Z
ATTENDEE;PARTSTAT={answer};CN=Občina:mailto:{attendee}
{extra or "SEQUENCE:0"}
END:VEVENT
END:VCALENDAR
"""
    return lines.replace("\n", "\r\n").encode()


def a_mail_with(
    content: bytes, media_type: str, text: str = "", **fields: str
) -> bytes:
    """Return a mail with a file in it; underscores as in `a_mail`."""
    encoded = base64.encodebytes(content).decode()
    return a_mail(
        f"""\
--b2
Content-Type: text/plain; charset=utf-8

{text}
--b2
Content-Type: {media_type}
Content-Transfer-Encoding: base64

{encoded}
--b2--
""",
        **({"Content_Type": "multipart/mixed; boundary=b2"} | fields),
    )
