"""Any bytes have a classification, soon, and line ends make no difference."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from incoming import a_dsn, a_mail, a_report

from mailer.inbox.classify import classify
from mailer.inbox.message import MAX_DEPTH, MAX_PARTS, read
from mailer.model.incoming import Classification

#: what mail is made of; glued together at random it reaches the odd corners
PIECES = st.sampled_from(
    [
        b"\n",
        b"\n\n",
        b"From: MAILER-DAEMON@posta.example\n",
        b"From: <\n",
        b"To: <a@[>\n",
        b"Subject: =?utf-8?B?xxx?= =?x-evil?Q?=ZZ?=\n",
        b"Subject: failure notice\n",
        b"Return-Path: <>\n",
        b"Message-ID: <\n",
        b"In-Reply-To: <a@b>\n",
        b"Content-Type: multipart/report; boundary=b\n",
        b'Content-Type: multipart/mixed; boundary=""\n',
        b"Content-Type: message/rfc822\n",
        b"Content-Type: message/delivery-status\n",
        b"Content-Type: text/plain; charset=idna\n",
        b"Content-Type: text/html; charset=utf-7\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: quoted-printable\n",
        b"--b\n",
        b"--b--\n",
        b"<a@b.example>:\n",
        b"Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n",
        b"Diagnostic-Code: smtp; 550 5.1.1\n no such user\n",
        b"could not be delivered\n",
        b"=C5=A1=\n",
        b"\xc5\xa1\xff\x00",
        b"----- Original message -----\n",
        b"> From x\n",
        b"<!-- <style> <a",
    ]
)


@settings(deadline=None)  # a busy machine is no failure
@given(st.binary(max_size=400))
def test_any_bytes_have_a_classification(raw):
    """Nothing raises."""
    assert isinstance(classify(raw), Classification)


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(PIECES, max_size=25).map(b"".join))
def test_any_mixture_of_mail_has_one_and_line_ends_do_not_matter(raw):
    """A message with CRLF is the same message with LF."""
    assert classify(raw) == classify(raw.replace(b"\n", b"\r\n"))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 10_000,
        b"Content-Type: message/rfc822\n\n" * 10_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 80_000 + b"\n\n",
        b"To: " + b"(" * 50_000 + b"\n\n",
        b"a: b\n" * 100_000,
        a_report(" " * 300_000),
        a_report("<" * 300_000),
        a_report("_" * 300_000),
        a_report("recipient'" * 30_000),
        a_report(("on " + "x" * 190 + "\n") * 1_500),
        a_mail("<!--" * 100_000, Content_Type="text/html"),
        a_mail("<style " * 50_000, Content_Type="text/html"),
        a_dsn(diagnostic="\n x" * 80_000),
    ],
    ids=range(15),
)
def test_hostile_mail_is_read_to_the_end(raw):
    """Depth, parts and lengths are capped before anything is looked at."""
    assert isinstance(classify(raw), Classification)


def test_caps_hold():
    """A message is read no deeper and no wider than said."""
    nest = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (one, one)
        for one in range(100)
    )
    wide = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 1_000

    assert MAX_DEPTH + 1 == sum(1 for _ in read(nest).walk())
    assert MAX_PARTS == sum(1 for _ in read(wide).walk())
