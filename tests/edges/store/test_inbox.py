"""What came back is kept once, by its bytes and by its names."""

from __future__ import annotations

import pytest
from ledgers import NOW

from mailer.model.incoming import Classification, IncomingKind
from mailer.store import inbox
from mailer.store.inbox import digest_of

RAW = b"Delivered-To: pisarna@posiljatelj.example\nSubject: a\n\nBesedilo.\n"
READ = Classification(IncomingKind.OTHER, subject="a", evidence="nothing says")


def store(database, raw, key, read=READ):
    with database.write() as connection:
        return inbox.store(connection, raw, digest_of(raw), key, read, NOW)


def known(database, *keys):
    with database.read() as connection:
        return inbox.known_keys(connection, keys)


def test_the_same_bytes_are_kept_once_and_known_by_each_name(database):
    """A copy of a message need not be read again, either."""
    first = store(database, RAW, "1.a")

    assert first is not None
    assert store(database, RAW, "1.a") is None
    assert store(database, RAW, "2.b") is None
    assert {"1.a", "2.b"} == known(database, "1.a", "2.b", "3.c")
    with database.read() as connection:
        assert RAW == inbox.get(connection, first).raw


def test_line_ends_make_no_other_message(database):
    """A server gives CRLF, a file LF."""
    store(database, RAW, "1.a")

    assert store(database, RAW.replace(b"\n", b"\r\n"), "imaps://…;uid=1") is None


def test_the_same_letter_to_two_of_our_addresses_is_two(database):
    """Delivered-To is among the bytes."""
    store(database, RAW, "1.a")

    assert store(database, RAW.replace(b"pisarna", b"odbite"), "2.b") is not None


def test_the_beginning_of_a_message_is_not_that_message():
    """A short one may be all that a long one begins with."""
    assert digest_of(RAW) != digest_of(RAW, is_whole=False)


def test_many_names_are_asked_for_at_once(database):
    """More than a statement can have parameters."""
    store(database, RAW, "name 39999")

    assert {"name 39999"} == known(database, *(f"name {n}" for n in range(40_000)))
    assert set() == known(database)


def test_how_far_a_mailbox_is_settled_is_remembered(database):
    """For each series of numbers; the last word counts."""
    with database.write() as connection:
        inbox.settle(connection, "INBOX;1", 7)
        inbox.settle(connection, "INBOX;1", 4_294_967_295)
        inbox.settle(connection, "INBOX;2", 3)
    with database.read() as connection:
        found = [inbox.settled_up_to(connection, f"INBOX;{n}") for n in (1, 2, 3)]

    assert [4_294_967_295, 3, 0] == found


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\udfff"])
def test_what_a_stranger_wrote_can_be_stored(database, text):
    """No database takes NUL in a text, or half of a surrogate pair."""
    read = Classification(
        IncomingKind.BOUNCE_HARD,
        (text,),
        status=text,
        reason=text,
        evidence=text,
        sender=text,
        subject=text,
    )
    id_ = store(database, RAW, "1.a", read)
    with database.read() as connection:
        row = inbox.get(connection, id_)

    assert all(one.isprintable() for one in (row.subject, row.sender, *row.recipients))
