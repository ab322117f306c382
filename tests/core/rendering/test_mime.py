"""Messages: what goes in comes back, within the limits of RFC 5322."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import datetime
from email.header import decode_header
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailer.model.message import Attachment, Envelope, Rendered
from mailer.rendering.mime import compile_message, skeleton

NOON = datetime(2019, 4, 8, 12, 0, tzinfo=ZoneInfo("Europe/Ljubljana"))
MESSAGE_ID = "<abcdefghijklmnop@posiljatelj.example>"
ENVELOPE = Envelope("b-token@posiljatelj.example", "obcina@koper.example")
FORM = Attachment("Obrazec za občine.docx", b"\x00\xff form\r\n.\r\n", "application/x")
CALENDAR = Attachment(
    "vabilo.ics",
    b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    "text/calendar; charset=utf-8; method=REQUEST",
)

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs",))
LINES = st.one_of(
    st.text(LETTERS, max_size=120),
    st.sampled_from(
        [".", "..", ".dot", "From here", "--=_m", "a\rb", "a\0b", " ", "\t", "=", ""]
    ),
    st.builds(lambda n, end: "x" * n + end, st.integers(60, 90), st.text(" \t.č=")),
    st.integers(60, 80).map(lambda n: "x" * n + " From afar"),
)
BODIES = st.builds(
    lambda lines, end: end.join(lines),
    st.lists(LINES, max_size=12),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
SUBJECTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"))
)
FILES = st.builds(
    Attachment,
    SUBJECTS.map(lambda name: "x" + re.sub(r"[/\\]", "", name) + ".bin"),
    st.binary(max_size=300),
    st.sampled_from(["application/pdf", "text/plain", "message/rfc822", "image/png"]),
)


def compiled(*, attachments=(), rendered=None, **changes):
    return compile_message(
        skeleton(
            sender_name="Pisarna za sodelovanje",
            sender_address="pisarna@posiljatelj.example",
            reply_to="odgovori@posiljatelj.example",
            list_id="<conference.posiljatelj.example>",
            attachments=attachments,
        ),
        **{
            "rendered": rendered or Rendered("Vabilo", "Spoštovani!\n"),
            "envelope": ENVELOPE,
            "recipient_name": "Občina Koper",
            "message_id": MESSAGE_ID,
            "date": NOON,
            "list_unsubscribe": "<mailto:u-token@posiljatelj.example>",
        }
        | changes,
    )


def parsed(message):
    return email.message_from_bytes(message.data, policy=email.policy.default)


def shape(part):
    """Return the tree of content types below `part`."""
    if part.is_multipart():
        return (part.get_content_type(), *map(shape, part.iter_parts()))
    return part.get_content_type()


def leaves(message):
    return [part for part in parsed(message).walk() if not part.is_multipart()]


def body(part):
    return part.get_payload(decode=True)


def normalised(text):
    """Return `text` with CRLF line ends, the last line ended."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    return (lines + "\n").replace("\n", "\r\n").encode()


def test_a_plain_message_is_exactly_these_bytes():
    """The smallest message, whole."""
    assert (
        b'From: "Pisarna za sodelovanje" <pisarna@posiljatelj.example>\r\n'
        b"Reply-To: odgovori@posiljatelj.example\r\n"
        b"List-Id: <conference.posiljatelj.example>\r\n"
        b"Auto-Submitted: auto-generated\r\n"
        b"MIME-Version: 1.0\r\n"
        b"To: =?utf-8?q?Ob=C4=8Dina_Koper?= <obcina@koper.example>\r\n"
        b"Subject: Vabilo\r\n"
        b"Date: Mon, 08 Apr 2019 12:00:00 +0200\r\n"
        b"Message-ID: <abcdefghijklmnop@posiljatelj.example>\r\n"
        b"List-Unsubscribe: <mailto:u-token@posiljatelj.example>\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n"
        b"\r\n"
        b"Spo=C5=A1tovani!\r\n"
    ) == compiled().data


@pytest.mark.parametrize(
    ("html", "attachments", "calendar", "expected"),
    [
        (None, (), None, "text/plain"),
        ("<p>", (), None, ("multipart/alternative", "text/plain", "text/html")),
        (None, (FORM,), None, ("multipart/mixed", "text/plain", "application/x")),
        (None, (), CALENDAR, ("multipart/mixed", "text/plain", "text/calendar")),
        (
            "<p>",
            (FORM, FORM),
            CALENDAR,
            (
                "multipart/mixed",
                ("multipart/alternative", "text/plain", "text/html"),
                "text/calendar",
                "application/x",
                "application/x",
            ),
        ),
    ],
)
def test_a_message_has_no_more_levels_than_it_needs(
    html, attachments, calendar, expected
):
    """Text alone is a plain message; files and HTML add their level."""
    message = compiled(
        rendered=Rendered("Vabilo", "Pozdravljeni", html),
        attachments=attachments,
        calendar=calendar,
    )

    assert expected == shape(parsed(message))


def test_a_calendar_file_says_what_it_asks_for():
    """Its method stands in the part's type, too (RFC 6047, section 2.4)."""
    calendar = leaves(compiled(calendar=CALENDAR))[1]

    assert "REQUEST" == calendar["Content-Type"].params["method"]
    assert "vabilo.ics" == calendar.get_filename()
    assert CALENDAR.content == body(calendar)


def test_a_message_as_attachment_stays_as_it_is():
    """RFC 822 files travel as octets, as base64 is not allowed for their type."""
    content = b"Subject: x\n\nbody\n"
    message = compiled(attachments=[Attachment("a.eml", content, "message/rfc822")])

    assert "application/octet-stream" == leaves(message)[1].get_content_type()
    assert content == body(leaves(message)[1])


@given(
    rendered=st.builds(Rendered, SUBJECTS, BODIES, st.none() | BODIES),
    name=SUBJECTS,
    attachments=st.lists(FILES, max_size=2),
    calendar=st.none() | st.just(CALENDAR),
)
@example(
    rendered=Rendered("", "From me", ".\r\n.\n"), name="", attachments=[], calendar=None
)
def test_what_goes_in_comes_back(rendered, name, attachments, calendar):
    """Subject, text, HTML and files survive; every line is legal."""
    message = compiled(
        rendered=rendered,
        recipient_name=name,
        attachments=attachments,
        calendar=calendar,
    )
    parts = leaves(message)
    files = parts[1 if rendered.html is None else 2 :]

    assert normalised(rendered.text) == body(parts[0])
    if rendered.html is not None:
        assert normalised(rendered.html) == body(parts[1])
    sent = [*([calendar] if calendar else []), *attachments]
    assert [file.content for file in sent] == list(map(body, files))
    assert [file.name for file in sent] == [part.get_filename() for part in files]
    # compat32: the modern parser of 3.11.7 puts a space between encoded words
    raw_subject = email.message_from_bytes(message.data)["Subject"]
    words = decode_header(raw_subject.replace("\r\n", ""))
    assert rendered.subject == "".join(
        word.decode(charset or "ascii") if isinstance(word, bytes) else word
        for word, charset in words
    )

    head, _, rest = message.data.partition(b"\r\n\r\n")
    names = re.findall(rb"^([A-Za-z-]+):", head, re.MULTILINE)
    assert sorted(set(names)) == sorted(names)
    assert {
        *(b"From", b"Reply-To", b"To", b"Subject", b"Date", b"Message-ID"),
        *(b"MIME-Version", b"List-Id", b"List-Unsubscribe", b"Auto-Submitted"),
        b"Content-Type",
    } == set(names) - {b"Content-Transfer-Encoding"}

    assert message.data.endswith(b"\r\n")
    assert message.data.isascii()
    assert b"\0" not in message.data
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", message.data)
    lines = message.data.split(b"\r\n")
    assert all(len(line) <= 998 for line in lines)
    assert not any(line.startswith(b"From ") for line in lines)
    content = [line for line in rest.split(b"\r\n") if b"filename" not in line]
    assert all(len(line) <= 76 for line in content if b"name=" not in line)


@given(BODIES, FILES)
def test_boundaries_stand_in_no_part(text, file):
    """A boundary opens and closes its parts and is found nowhere else."""
    message = compiled(
        rendered=Rendered("Vabilo", text, text), attachments=[file], calendar=CALENDAR
    )

    declared = re.findall(rb'boundary="(=_[am][0-9a-f]{32})"', message.data)
    assert 2 == len(declared)
    mixed, alternative = declared
    # its declaration, one before each part, one at the end
    assert 1 + 3 + 1 == message.data.count(mixed)
    assert 1 + 2 + 1 == message.data.count(alternative)


def test_hostile_bodies_keep_the_boundary_of_their_own_message():
    """Not even a text that quotes the message's own boundary can close a part."""
    first = compiled(rendered=Rendered("Vabilo", "a", "b"))
    boundary = parsed(first).get_boundary()
    text = f"--{boundary}--\r\n"
    message = compiled(rendered=Rendered("Vabilo", text, text))

    assert boundary == parsed(message).get_boundary()
    assert [text.encode()] * 2 == list(map(body, leaves(message)))


def test_the_same_inputs_give_the_same_bytes():
    """Every retry is the same message, and another message is another one."""
    assert compiled(attachments=[FORM]) == compiled(attachments=[FORM])
    other = compiled(attachments=[FORM], message_id="<other@posiljatelj.example>")
    assert compiled(attachments=[FORM]).digest != other.digest


def test_optional_fields_stay_away():
    """Without values there is no Reply-To, List-Id or List-Unsubscribe."""
    bare = skeleton(sender_name="", sender_address="pisarna@posiljatelj.example")
    message = compile_message(
        bare,
        rendered=Rendered("Vabilo", "x"),
        envelope=ENVELOPE,
        recipient_name="",
        message_id=MESSAGE_ID,
        date=NOON,
    )

    assert not {"Reply-To", "List-Id", "List-Unsubscribe"} & set(parsed(message).keys())
    assert "obcina@koper.example" == parsed(message)["To"]


@pytest.mark.parametrize(
    "changes",
    [
        {"message_id": "abc@posiljatelj.example"},
        {"message_id": "<a@b.example> <c@d.example>"},
        {"message_id": "<a@b.example>\r\nBcc: x@y.example"},
        {"list_unsubscribe": "<mailto:a@b.example>, <mailto:c@d.example>"},
        {"list_unsubscribe": "<mailto:a@b.example>\r\nBcc: x@y.example"},
        {"list_unsubscribe": "<mailto:č@b.example>"},
        {"list_unsubscribe": "mailto:a@b.example"},
        {"rendered": Rendered("a\nBcc: x@y.example", "text")},
        {"recipient_name": "a\r\nBcc: x@y.example"},
        {"attachments": [Attachment("../../etc/passwd", b"")]},
        {"attachments": [Attachment("a\r\nBcc: x@y.example", b"")]},
        {"attachments": [Attachment("a.pdf", b"", "a/b\r\nBcc: x@y.example")]},
        {"calendar": Attachment("..\\a.ics", b"")},
    ],
)
def test_what_cannot_stand_in_a_header_is_refused(changes):
    """A value that could add a field, an address or a path raises."""
    with pytest.raises(ValueError, match=r"is not|cannot stand|is a path"):
        compiled(**changes)
