"""What an IMAP server's answers say, and what they cannot make us do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.mailboxes.imap_answers import Listed, as_set, bodies, listed, numbers

#: pieces of answers, right and wrong, in any order
PIECES = st.lists(
    st.sampled_from(
        [
            *(b"UID ", b"7", b"4294967296", b"9" * 5000, b"RFC822.SIZE 10", b" ", b"("),
            *(b'INTERNALDATE "', b'"', b"07-Apr-2019 09:00:00 +0200", b"BODY[]", b")"),
            *(b"\\", b"\xff", b"SEARCH", b"NIL", b"<0>", b"31-Feb-0000 99:99:99 +9999"),
        ]
    )
).map(b"".join)
ANSWERS = st.lists(PIECES | st.tuples(PIECES, st.binary(max_size=20)))


@given(ANSWERS)
def test_any_answer_has_a_meaning(answers):
    """Or none; it never raises."""
    assert all(isinstance(one, int) for one in numbers(answers))
    assert all(isinstance(raw, bytes) for raw in bodies(answers).values())
    for one in answers:
        assert listed(one) is None or listed(one).uid < 10**10


@given(st.sets(st.integers(1, 2**32 - 1), min_size=1))
def test_a_set_names_its_numbers_and_no_others(uids):
    """RFC 3501, sequence-set; a range for those that follow each other."""
    named = set()
    for each in as_set(list(uids)).split(","):
        first, _, last = each.partition(":")
        named |= {*range(int(first), int(last or first) + 1)}

    assert uids == named


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"1 (UID 5 RFC822.SIZE 10)", Listed(5, 10, None)),
        (
            b'1 (RFC822.SIZE 10 UID 5 INTERNALDATE " 7-Apr-2019 09:00:00 +0200")',
            Listed(5, 10, datetime(2019, 4, 7, 7, tzinfo=UTC)),
        ),
        (b'1 (UID 5 RFC822.SIZE 10 INTERNALDATE "kdaj")', Listed(5, 10, None)),
        (b"1 (UID 5 FLAGS ())", None),
        ((b"1 (UID 5 RFC822.SIZE 10 BODY[] {1}", b"x"), None),
    ],
)
def test_a_message_is_described(answer, expected):
    """In any order; what has no size is somebody else's change."""
    assert expected == listed(answer)


def test_a_message_is_not_taken_for_another_because_of_what_it_says():
    """The number is the server's word, and never the sender's."""
    answers = [
        (b"1 (UID 5 BODY[] {7}", b" UID 6 "),
        b")",
        b'2 (BODY[] " UID 7 " UID 8)',
    ]

    assert {5: b" UID 6 ", 8: b" UID 7 "} == bodies(answers)
