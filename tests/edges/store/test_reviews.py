"""A decision about a message is made once, whoever else decides at that moment."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from incoming import a_mail
from ledgers import CAMPAIGN, NOW

from mailer.inbox.classify import classify
from mailer.model.incoming import MatchedBy, ReviewState
from mailer.store import campaigns, inbox, reviews

DONE = reviews.Tie(ReviewState.DONE, MatchedBy.STAFF, None, CAMPAIGN, "001", "ana")


@pytest.fixture
def messages(database):
    """Return the ids of three messages that wait."""
    with database.write() as connection:
        return [a_message(connection, str(place)) for place in range(3)]


def a_message(connection, text):
    raw = a_mail(text)
    digest = inbox.digest_of(raw)
    return inbox.store(connection, raw, digest, text, classify(raw), NOW)


def decide(database, message, after=DONE, before=ReviewState.OPEN):
    with database.write() as connection:
        return reviews.decide(connection, message, before, after)


def listed(database, *states, kinds=()):
    with database.read() as connection:
        return [row.id for row in reviews.listed(connection, states, kinds)]


def test_a_decision_is_made_once(database, messages):
    """The second finds another state, and changes nothing."""
    first = decide(database, messages[0])
    second = decide(database, messages[0], replace(DONE, evidence="bine"))

    with database.read() as connection:
        row = inbox.get(connection, messages[0])
    assert (True, False) == (first, second)
    assert reviews.tie_of(row) == DONE


def test_of_many_at_once_one_decides(database, messages):
    """Each in a transaction of its own."""
    start = threading.Barrier(4)
    made = []

    def try_to(name):
        start.wait()
        made.append(decide(database, messages[0], replace(DONE, evidence=name)))

    clerks = [threading.Thread(target=try_to, args=(str(n),)) for n in range(4)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()

    assert [False, False, False, True] == sorted(made)


def test_questions_wait_behind_what_nobody_has_seen(database, messages):
    """Otherwise the oldest comes first; what was dealt with is asked for by name."""
    first, second, third = messages
    decide(database, first, replace(DONE, review=ReviewState.ASKED))
    decide(database, second)

    assert [third, first] == listed(database, ReviewState.OPEN, ReviewState.ASKED)
    assert [second, third, first] == listed(database, *ReviewState)
    assert [] == listed(database, *ReviewState, kinds=["complaint"])


def test_the_last_word_about_a_message(database, messages):
    """Of the journal's lines about it the newest, `None` without one."""
    with database.write() as connection:
        for by in ("ana", "bine"):
            what = reviews.subject_of_notes(messages[0])
            campaigns.note(connection, NOW, by, "assign", what, "declined")
        found = reviews.last_note(connection, messages[0])
        none = reviews.last_note(connection, messages[1])

    assert ("bine", None) == (found.by, none)
