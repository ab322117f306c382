"""Answers are kept for ever; those that were withdrawn do not count."""

from __future__ import annotations

import pytest
from factories import a_response
from ledgers import CAMPAIGN, NOW

from mailer.store import responses


@pytest.fixture
def answered(database):
    """Return the ids of two answers of one organisation."""
    with database.write() as connection:
        return [
            responses.record(connection, an_answer(kind))
            for kind in ("question", "registered")
        ]


def an_answer(kind, **changes):
    return a_response(campaign=CAMPAIGN, organisation="001", kind=kind, **changes)


def withdraw(database, *ids):
    with database.write() as connection:
        return responses.withdraw(connection, ids, "ana", NOW)


def known(database):
    """Return the kinds that count, and the newest id, as a sender knows them."""
    with database.read() as connection:
        of_all = [one.kind for _, one in responses.of_campaign(connection, CAMPAIGN)]
        found = responses.of_recipients(connection, CAMPAIGN, [1])["001"]
    assert of_all == [one.kind for one in found.responses]
    return of_all, found.newest_id


def test_what_is_withdrawn_does_not_count(database, answered):
    """And the row that says so is newer than all that a sender has seen."""
    _, newest = known(database)

    withdraw(database, answered[1])

    kinds, later = known(database)
    assert ["question"] == kinds
    assert later > newest


def test_what_is_brought_back_has_its_old_place(database, answered):
    """However often a person thinks better of it."""
    newest = 0
    for _ in range(3):
        said = withdraw(database, answered[0])
        assert ["registered"] == known(database)[0]
        withdraw(database, *said)
        kinds, later = known(database)
        assert ["question", "registered"] == kinds
        assert later > newest
        newest = later


def test_an_answer_is_found_by_its_message(database):
    """Those that count, the oldest first; nothing comes of a withdrawal."""
    with database.write() as connection:
        first = responses.record(connection, an_answer("question"))
        assert first
        assert [] == responses.of_message(connection, 1)


def test_the_same_row_of_a_list_is_recorded_once(database):
    """The second time there is no id."""
    with database.write() as connection:
        entry = an_answer("registered")
        first = responses.record(connection, entry, dedupe_key="list/1")
        second = responses.record(connection, entry, dedupe_key="list/1")

    assert (True, None) == (bool(first), second)
