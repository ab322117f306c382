"""What a message encloses: names in every spelling, decoded, capped."""

from __future__ import annotations

import base64

import pytest
from incoming import a_dsn, a_mail

from mailer.inbox.classify import classify
from mailer.inbox.parameters import file_name, parameters
from mailer.inbox.reading import MAX_ENCLOSURES


def with_parts(*parts):
    """Return a mail of a text and `parts`: (fields, content)."""
    encoded = "".join(
        f"--b\n{fields}\nContent-Transfer-Encoding: base64\n\n"
        f"{base64.b64encode(content).decode()}\n"
        for fields, content in parts
    )
    text = "--b\nContent-Type: text/plain\n\nObrazec je v prilogi.\n"
    return a_mail(f"{text}{encoded}--b--", Content_Type="multipart/mixed; boundary=b")


def test_files_are_given_with_name_and_type():
    """Also a text that was sent as a file, but no text of the message's own."""
    found = classify(
        with_parts(
            ('Content-Type: application/pdf; name="obrazec.pdf"', b"%PDF-1.7"),
            ("Content-Type: text/csv\nContent-Disposition: attachment", b"a;b"),
            (
                "Content-Type: text/plain\nContent-Disposition: attachment; filename=x",
                b"ni besedilo",
            ),
            ("Content-Type: text/html", b"<p>Obrazec"),
            ("Content-Type: TEXT/Calendar; method=REPLY", b"BEGIN:VCALENDAR"),
        )
    )

    assert [
        ("obrazec.pdf", "application/pdf", b"%PDF-1.7"),
        ("", "text/csv", b"a;b"),
        ("x", "text/plain", b"ni besedilo"),
        ("", "text/calendar", b"BEGIN:VCALENDAR"),
    ] == [(one.name, one.media_type, one.content) for one in found.enclosures]
    assert "Obrazec je v prilogi." == found.text


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("; filename=obrazec.pdf", "obrazec.pdf"),
        ('; filename="=?utf-8?Q?vloga_=C4=8Drnu=C4=8De.pdf?="', "vloga črnuče.pdf"),
        ("; filename*=UTF-8''%C5%BEupan.pdf", "župan.pdf"),
        ("; filename=zupan.pdf; filename*=iso-8859-2''%BEupan.pdf", "župan.pdf"),
        ('; filename*0="prija"; filename*1="vnica.pdf"', "prijavnica.pdf"),
        ("; filename*0*=utf-8''%C5%BE; filename*1*=upan; filename*2=.pdf", "župan.pdf"),
        ('; filename="a \\"b\\".pdf"', "a _b_.pdf"),
        ('; filename="../../etc/passwd"', "_.._etc_passwd"),
        ('; filename="a\tb\u202efdp.exe"', "a b_fdp.exe"),
        ("; filename*=x-evil''%FF.pdf", "˙.pdf"),
        ("; filename*=utf-8", "utf-8"),
        ("; filename", ""),
    ],
)
def test_names_of_files(fields, expected):
    """RFC 2231, encoded words where they may not be, and nothing that is a path."""
    assert expected == file_name(parameters(f"attachment{fields}"))


def test_the_name_in_content_type_is_the_second_choice():
    """Content-Disposition is what a name is for (RFC 2183)."""
    assert "b.pdf" == file_name({}, parameters("application/pdf; name=b.pdf"))
    assert "a" == file_name({"filename": "a"}, {"name": "b"})


def test_no_more_than_the_caps_allow():
    """Nobody encloses more, and an attack is not read."""
    parts = [("Content-Type: image/png", b"x")] * (MAX_ENCLOSURES + 5)

    assert MAX_ENCLOSURES == len(classify(with_parts(*parts)).enclosures)


def test_a_report_encloses_nothing():
    """What it returns is our own letter."""
    raw = a_dsn().replace(
        b"--b1--", b"--b1\nContent-Type: application/pdf\n\nours\n--b1--"
    )

    assert () == classify(raw).enclosures
