"""A list that lost more than a fifth of its rows is most likely a wrong file."""

from __future__ import annotations

import pytest
from offices import LIST, a_list_file, import_list

from mailer.errors import ListError
from mailer.operations.import_recipients import import_recipients
from mailer.store import recipients

TEN = tuple(f"obcina{number}" for number in range(10))


def count(office):
    with office.database.read() as connection:
        return recipients.count(connection, LIST)


def take(office, people, *, may_shrink):
    return import_recipients(
        office,
        a_list_file(office, people),
        LIST,
        skip_invalid=False,
        may_shrink=may_shrink,
    )


def test_a_list_that_lost_more_than_a_fifth_stops(office):
    """Both numbers are said, and the old list stays as it is."""
    import_list(office, TEN)

    with pytest.raises(ListError, match=r"has 7 recipients where .* had 10"):
        take(office, TEN[:7], may_shrink=lambda _before, _after: False)

    assert 10 == count(office)


def test_a_fifth_less_is_taken_without_a_question(office):
    """Municipalities merge; nobody is asked."""
    import_list(office, TEN)

    def ask(before, after):
        raise AssertionError(f"asked about {before} → {after}")

    take(office, TEN[:8], may_shrink=ask)

    assert 8 == count(office)


def test_a_person_may_say_that_it_is_meant(office):
    """Then it is taken, and whoever is gone gets nothing more."""
    import_list(office, TEN)
    asked = []

    take(office, TEN[:2], may_shrink=lambda *counts: asked.append(counts) or True)

    assert [(10, 2)] == asked
    assert 2 == count(office)


def test_who_left_the_list_keeps_the_ledger_and_gets_no_reminder(running):
    """The row of the invitation stays; the silence is no longer reminded."""
    desk = running("obcina", "urad", "glavna", "uprava", "tajnistvo", "zupan")
    desk.send()
    people = ("obcina", "urad", "glavna", "uprava", "tajnistvo")

    import_list(desk.office, people)
    desk.until("reminder")
    desk.send()

    assert set(people) == set(desk.states("reminder"))
