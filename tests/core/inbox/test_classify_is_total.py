"""Any bytes have a classification, soon, and line ends make no difference."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from incoming import a_dsn, a_mail, a_report

from mailer.inbox.classify import classify
from mailer.inbox.message import (
    MAX_DEPTH,
    MAX_MESSAGE_BYTES,
    MAX_PARTS,
    read,
)
from mailer.model.incoming import Classification

LONGEST_S = 1.0  #: CPU seconds for one mail

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


SYSTEM = b"From: MAILER-DAEMON@posta.example\nSubject: failure notice\n"
REPORT = (
    SYSTEM + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b"
    b"\n\n--b\nContent-Type: message/delivery-status\n\n"
)
NEST = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (one, one)
    for one in range(10_000)
)
HOSTILE = {
    "nothing": b"",
    "multipart in itself": b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
    * 10_000,
    "multipart in multipart": NEST,
    "message in message": b"Content-Type: message/rfc822\n\n" * 10_000,
    "100 000 parts": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + b"--b\n\nx\n" * 100_000,
    "almost a boundary": b"Content-Type: multipart/mixed; boundary=b\n\n"
    + b"--bx\n" * 4_000_000,
    "header of 30 MB": b"X: " + b"a" * 30_000_000,
    "1 000 000 fields": b"a: b\n" * 1_000_000,
    "subject of 1 MB": b"Subject: " + b"=?utf-8?q?a?= " * 80_000 + b"\n\n",
    "folded for ever": b"Subject: a\n" + b" b\n" * 300_000,
    "recipients of 200 kB": b"To: " + b"a@b.example, " * 15_000 + b"\n\n",
    "comments": b"To: " + b"(" * 50_000 + b"\n\n",
    "half addresses": b"Message-ID: <\nTo: <\nFrom: <a@[>\n\n",
    "a path in From": b"From: " + b"a.b!c." * 5_000 + b"\n\n",
    "25 MB of text": SYSTEM + b"\n" + b"user unknown\n" * 2_000_000,
    "25 MB of base64": b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n"
    + b"QUJD" * 6_500_000,
    "spaces": a_report(" " * 300_000),
    "brackets": a_report("<" * 300_000),
    "underscores": a_report("_" * 300_000),
    "marks": a_report(">>> " * 80_000),
    "at signs": a_report("@" * 300_000),
    "an address without end": a_report("a@b." * 80_000),
    "words before an address": a_report("recipient'" * 30_000),
    "exchange's words": a_report(("on " + "x" * 190 + "\n") * 1_500),
    "the following": a_report("the following\n" * 30_000),
    "recipients in rows": a_report("<a@b.example>:\nuser unknown\n\n" * 8_000),
    "comments in HTML": a_mail("<!--" * 100_000, Content_Type="text/html"),
    "styles in HTML": a_mail("<style " * 50_000, Content_Type="text/html"),
    "quotations in HTML": a_mail("<blockquote " * 30_000, Content_Type="text/html"),
    "deep quotations": a_mail("<blockquote>a" * 30_000, Content_Type="text/html"),
    "entities in HTML": a_mail("&#x110000;" * 30_000, Content_Type="text/html"),
    "a diagnosis of 80 000 lines": a_dsn(diagnostic="\n x" * 80_000),
    "60 000 recipients": REPORT
    + b"Final-Recipient: rfc822; a@b.example\nAction: failed\n\n" * 60_000,
    "a status in brackets": REPORT
    + b"Final-Recipient: rfc822; a@b.example\nStatus: 5.1.1 "
    + b"(" * 100_000,
    "JSON without end": b'\n{"notificationType":"Bounce","bounce":' + b"[" * 100_000,
    "a number of 100 000 digits": b'\n{"notificationType":' + b"9" * 100_000 + b"}",
    "a parameter of slashes": b"Content-Type: a/b" + b'; a="\\' * 5_000 + b"\n\nx",
    "pieces of a boundary": b"Content-Type: multipart/mixed"
    + b"; boundary*0*=utf-8''%" * 300
    + b"\n\nx",
    **{
        f"charset {name}": b"Content-Type: text/plain; charset=%b\n\n" % name.encode()
        + b"+AD4-~{xn--a=" * 8_000
        for name in ("utf-7", "hz", "idna", "punycode", "zlib", "rot13", "x-evil", "\0")
    },
    "uuencoded": b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n!!!\n",
    "half quoted-printable": b"Content-Transfer-Encoding: quoted-printable\n\n=C5=\n=",
    "8-bit header": b"From: \xc5\xa1\xff <a@b.example>\nSubject: \xe8\n\nx",
    "the Macintosh of old": b"From: a@b.example\rSubject: Odg: x\r\r123\r",
    "mbox": b"From a@b.example Mon Apr  8 09:00:00 2019\nSubject: Odg: x\n\n123",
    "blank lines first": b"\n" * 300_000 + b"Subject: x\n\n",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_mail_is_read_to_the_end(raw):
    """D01, D02, D03: depth, parts and lengths are capped before anything is read."""
    began = time.process_time()

    assert isinstance(classify(raw), Classification)
    assert time.process_time() - began < LONGEST_S


def test_lines_that_end_as_nothing_ends_them_today():
    """CR alone, and CRLF made of CRLF."""
    raw = b"From: a@b.example\nSubject: Odg: x\n\nDa.\n"

    for line_end in (b"\r", b"\r\r\n"):
        assert classify(raw) == classify(raw.replace(b"\n", line_end))


def test_memory_is_bounded():
    """D02: reading takes some copies of the mail, however it is built."""
    inner = b"Content-Type: message/rfc822\n\n" * 15 + b"x" * MAX_MESSAGE_BYTES
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + inner
    tracemalloc.start()
    try:
        classify(raw)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 9 * MAX_MESSAGE_BYTES


def test_caps_hold():
    """D01: a message is read no deeper and no wider than said."""
    nest = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (one, one)
        for one in range(100)
    )
    wide = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 1_000

    assert MAX_DEPTH + 1 == sum(1 for _ in read(nest).walk())
    assert MAX_PARTS == sum(1 for _ in read(wide).walk())
