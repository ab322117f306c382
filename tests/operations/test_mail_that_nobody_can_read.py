"""Mail that brings its reader down is kept, shown, and in nobody's way."""

from __future__ import annotations

import pytest
from incoming import a_mail

from mailer.inbox.phrases import DEFAULT
from mailer.isolation.worker import Limits
from mailer.mailboxes.source import open_source
from mailer.operations.collect_mail import MAX_GROUP, collect_mail
from mailer.operations.understand import a_reader
from mailer.store import inbox

MEBIBYTE = 1024 * 1024


@pytest.fixture
def desk(running):
    return running("obcina")


def collect(desk, **asked):
    source = open_source(desk.office.settings.mailbox.source, desk.office.folder)
    return collect_mail(desk.office, source, {}, **asked)


def waiting(desk):
    with desk.office.database.read() as connection:
        return [inbox.get(connection, row.id) for row in inbox.waiting(connection)]


def test_a_message_that_needs_too_much_is_kept_and_shown(desk):
    """With its bytes, and with the reason; the next one is understood."""
    big = a_mail("Velika. " * (3 * MEBIBYTE))  # there is not even room for its bytes
    desk.post.deliver(big)
    desk.post.deliver(a_mail("Majhna."))
    with a_reader(DEFAULT, (), Limits(memory_bytes=80 * MEBIBYTE)) as reader:
        found = collect(desk, reader=reader)
    first, second = waiting(desk)

    assert 2 == found.kinds.total()
    assert ("other", big) == (first.kind, first.raw)
    assert "could not be read: it needs too much memory" in first.evidence
    assert "could not be read" not in second.evidence
    assert [] == list((desk.post.maildir / "new").iterdir())


def test_signs_that_no_database_takes_are_replaced(desk):
    """NUL, and octets that are no letters; the message itself stays as it is."""
    mail = b"From: a@obcina.example\nSubject: a\x00b \xff\xed\xa0\x80\n\nBesedilo."
    desk.post.deliver(mail)
    collect(desk)
    (row,) = waiting(desk)

    assert mail == row.raw
    assert "\0" not in row.subject
    row.subject.encode()


@pytest.mark.parametrize(
    "field", ["Message-ID: <", "To: <", "From: <a@[>", "References: <<<@>", "Date: ("]
)
def test_broken_fields_are_no_obstacle(desk, field):
    """D04: the standard library's parser raises on some of these."""
    desk.post.deliver(f"{field}\nSubject: vprašanje\n\nBesedilo.".encode())
    found = collect(desk)

    assert 1 == found.kinds.total()
    assert "could not be read" not in waiting(desk)[0].evidence


def test_progress_is_told_after_each_commit(desk):
    """And whoever wants it ended is heard there; the rest comes the next time."""
    for number in range(2 * MAX_GROUP + 1):
        desk.post.deliver(a_mail(f"Sporočilo {number}."))
    told = []
    first = collect(
        desk, on_taken=told.append, is_stopped=lambda: sum(told) >= MAX_GROUP
    )
    second = collect(desk, on_taken=told.append)

    assert [MAX_GROUP, MAX_GROUP, 1] == told
    assert (MAX_GROUP, MAX_GROUP + 1) == (first.kinds.total(), second.kinds.total())
    assert 0 == second.known_already
