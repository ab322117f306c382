"""
An objection is kept once, is never deleted, and is seen by the second mark.

C15, reliability R4: the mark before the dot is a compare-and-swap that asks for it.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

from factories import an_objection
from ledgers import CAMPAIGN, NOW, lease, plan

from mailer.store import marks, objections

ONE = an_objection(organisation="001", at=NOW)


def record(database, entry=ONE):
    with database.write() as connection:
        return objections.record(connection, entry)


def withdraw(database, *ids):
    with database.write() as connection:
        return objections.withdraw(connection, ids, "ana", NOW)


def reinstate(database, *ids):
    with database.write() as connection:
        objections.reinstate(connection, ids)


def in_force(database, code="001", campaign=CAMPAIGN):
    with database.read() as connection:
        found = objections.in_force(connection, campaign, code)
    return found and found[0]


def history(database, code="001"):
    with database.read() as connection:
        return objections.of_organisation(connection, code)


def test_to_object_twice_is_to_object_once(database):
    """The first stays, with its evidence."""
    first = record(database)
    second = record(database, replace(ONE, evidence="še enkrat"))

    assert first
    assert second is None
    assert [ONE] == history(database)


def test_two_at_once_are_one(database):
    """The database decides, not a look beforehand."""
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(record(database)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 1 == len([one for one in found if one])
    assert 1 == len(history(database))


def test_a_withdrawn_one_counts_no_more_and_is_kept(database):
    first = record(database)

    assert [first] == withdraw(database, first)
    assert [] == withdraw(database, first)
    assert in_force(database) is None
    assert [replace(ONE, withdrawn_at=NOW, withdrawn_by="ana")] == history(database)


def test_whoever_objects_again_has_objected(database):
    first = record(database)
    withdraw(database, first)
    later = replace(ONE, at=NOW + timedelta(days=1))
    second = record(database, later)

    assert second
    assert second == in_force(database)
    assert [NOW, later.at] == [one.at for one in history(database)]


def test_a_withdrawal_can_be_taken_back(database):
    first = record(database)
    withdraw(database, first)
    reinstate(database, first)

    assert first == in_force(database)
    assert [ONE] == history(database)


def test_one_that_came_meanwhile_stays(database):
    """Only one counts, and it is the newer."""
    first = record(database)
    withdraw(database, first)
    second = record(database)
    reinstate(database, first)

    assert second == in_force(database)


def test_another_municipality_has_not_objected(database):
    record(database)

    assert in_force(database, "002") is None
    assert in_force(database, campaign="ministry-letter") is None


def ask(database, leased, *, has_objected=False):
    asked = marks.OnTheWire(leased, "d" * 64, 0, NOW, has_objected)
    with database.write() as connection:
        return marks.put_on_the_wire(connection, "one", [asked])


def test_the_second_mark_sees_an_objection_that_its_sender_does_not_know(database):
    """Of two that are about to leave, one is withheld."""
    plan(database, 1, 2)
    one, other = lease(database)
    record(database)

    assert [False] == ask(database, one)
    assert [True] == ask(database, other)


def test_what_planning_lets_go_in_spite_of_it_goes(database):
    """A confirmation: its sender knew, and asked planning with it."""
    plan(database, 1)
    [leased] = lease(database)
    record(database)

    assert [True] == ask(database, leased, has_objected=True)


def test_a_withdrawn_one_withholds_nothing(database):
    plan(database, 1)
    [leased] = lease(database)
    withdraw(database, record(database))

    assert [True] == ask(database, leased)
