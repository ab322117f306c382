"""Reading replies: any bytes have a reading, and the rules of RFC 5321 hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.model.smtp import Silence, SmtpReply
from mailer.smtp.replies import MAX_LINE, MAX_REPLY, MAX_TEXT, ReplyReader, reply_of


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"250 Ok\r\n", SmtpReply(250, "Ok")),
        (b"250\r\n", SmtpReply(250)),
        (b"250 \r\n", SmtpReply(250)),
        (b"250 Ok\n", SmtpReply(250, "Ok")),
        (b"250-one\r\n250 two\r\n", SmtpReply(250, "one two")),
        (b"450-one\r\n451 two\r\n", SmtpReply(451, "one two")),
        (b"550 5.1.1 Gone\r\n", SmtpReply(550, "Gone", "5.1.1")),
        (b"550-5.1.1 No\r\n550 5.1.1 one\r\n", SmtpReply(550, "No one", "5.1.1")),
        (b"550 5.1.1\r\n", SmtpReply(550, "", "5.1.1")),
        (b"550 4.2.2 odd\r\n", SmtpReply(550, "4.2.2 odd")),
        (b"450 192.0.2.1 greylisted\r\n", SmtpReply(450, "192.0.2.1 greylisted")),
        (b"250 5.10.100x\r\n", SmtpReply(250, "5.10.100x")),
        (b"550 \x1b[2J\x00<b>\r\n", SmtpReply(550, "?[2J?<b>")),
        ("550 \u202eevil č\r\n".encode(), SmtpReply(550, "?evil č")),
        (b"550 \xe8as\r\n", SmtpReply(550, "\ufffdas")),
        (b"550 " + b"x" * 900 + b"\r\n", SmtpReply(550, "x" * MAX_TEXT)),
    ],
)
def test_a_reply_is_read(said, expected):
    """The code of the last line, an enhanced code that agrees, a clean text."""
    assert [expected] == ReplyReader().feed(said)


@pytest.mark.parametrize(
    "said",
    [
        b"\r\n",
        b"25 x\r\n",
        b"2500 x\r\n",
        b"199 x\r\n",
        b"600 x\r\n",
        b"-50 x\r\n",
        b"2_5 x\r\n",
        b" 250 x\r\n",
        b"250OK\r\n",
        b"250-taken\r\n421 going down\r\n",
        b"451-later\r\n250 or not\r\n",
        "２５０ x\r\n".encode(),
        b"250-" + b"x" * MAX_LINE + b"\r\n",
        b"x" * (MAX_LINE + 1),
        b"250-xxxxxxxx\r\n" * (MAX_REPLY // 10),
    ],
)
def test_what_is_no_reply_is_malformed(said):
    """Nothing is guessed, and nothing is read after it."""
    reader = ReplyReader()

    assert [Silence.MALFORMED] == reader.feed(said)
    assert [] == reader.feed(b"250 Ok\r\n")
    assert not reader.is_idle


def test_several_replies_at_once_are_told_apart():
    """They are given in their order."""
    reader = ReplyReader()

    assert [250, 354] == [each.code for each in reader.feed(b"250 a\r\n354 b\r\n25")]
    assert not reader.is_idle
    assert [SmtpReply(250)] == reader.feed(b"0\r\n")
    assert reader.is_idle


lines = st.one_of(
    st.binary(max_size=30),
    st.builds(
        lambda code, mark, text: b"%d%b%b\r\n" % (code, mark, text),
        st.integers(0, 999),
        st.sampled_from([b" ", b"-", b""]),
        st.binary(max_size=30),
    ),
)


@given(st.lists(lines, max_size=20).map(b"".join), st.lists(st.integers(0, 700)))
def test_it_does_not_matter_how_the_bytes_come(said, cuts):
    """One byte at a time or all at once: the same replies."""
    whole = ReplyReader().feed(said)
    pieces, reader, begin = [], ReplyReader(), 0
    for cut in [*sorted(cuts), len(said)]:
        pieces += reader.feed(said[begin:cut])
        begin = max(begin, cut)

    assert whole == pieces


@given(st.binary(max_size=300))
def test_any_bytes_have_a_reading(said):
    """Codes are in range, texts are printable, short and can be stored."""
    for reply in ReplyReader().feed(said):
        if isinstance(reply, SmtpReply):
            assert 200 <= reply.code <= 599
            assert reply.text.isprintable()
            assert len(reply.text.encode("utf-8").decode()) <= MAX_TEXT


@given(st.integers(-1000, 1000), st.binary(max_size=700))
def test_a_code_out_of_range_is_no_reply(code, text):
    """Also where aiosmtplib has read it."""
    reply = reply_of(code, text)

    assert (200 <= code <= 599) is isinstance(reply, SmtpReply)
