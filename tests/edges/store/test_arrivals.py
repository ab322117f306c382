"""Lists on their way in: gathered aside, then the list in one step."""

from __future__ import annotations

import pytest
from factories import an_arrival, an_organisation
from ledgers import LIST, NOW

from mailer.store import arrivals, recipients

OTHER = "others"
AGAIN = ((3, 2), (1_005, 4), (1_006, 4))  #: rows, and where their addresses came first


def take(database, *rows, name=LIST, organisations=()):
    """Make rows the list; return which came before: row, address, first row."""
    with database.write_late() as connection:
        arrivals.gather(connection, rows)
        twice = list(arrivals.repeated(connection))
        arrivals.leave_out(connection, {row for row, _address, _first in twice})
        arrivals.replace_list(connection, name, "list.csv", organisations, NOW)
    return twice


def listed(database, name=LIST):
    with database.read() as connection:
        return list(recipients.listed(connection, name))


def test_the_list_keeps_its_order(database):
    """As in the file, not by address."""
    organisation = an_organisation(code="001")
    take(
        database,
        an_arrival(2, address="z@b.example", organisation="001"),
        an_arrival(3, address="A@b.example", organisation="001", surname="Zgled"),
        name=OTHER,
        organisations=[organisation],
    )

    first, second = listed(database, OTHER)
    assert ["z@b.example", "A@b.example"] == [first.address, second.address]
    assert "a@b.example" == second.address_key
    assert "Zgled" == second.surname
    assert organisation == first.organisation == second.organisation


def test_an_address_stands_for_the_organisation_that_nobody_names(database):
    """There is a row of its own for it."""
    take(database, an_arrival(2, address="Ana@b.example", organisation=""), name=OTHER)

    (one,) = listed(database, OTHER)
    assert "ana@b.example" == one.organisation.code
    assert "ana@b.example" == one.organisation.official_name
    assert () == one.organisation.aliases


def test_who_comes_twice_is_told_with_the_first_row(database):
    """In the order of the rows, near each other or far; the first one stays."""
    rows = [an_arrival(number, organisation="") for number in range(1, 1_101)]
    again = [(number, rows[first - 1].address, first) for number, first in AGAIN]
    for number, address, _first in again:
        rows[number - 1] = an_arrival(number, address=address, organisation="")

    assert again == take(database, *rows, name=OTHER)
    assert 1_100 - len(again) == len(listed(database, OTHER))


def test_rows_can_be_left_out(database):
    """They were gathered only because their address could come again."""
    with database.write_late() as connection:
        rows = [an_arrival(number, organisation="") for number in (2, 3, 4)]
        arrivals.gather(connection, rows)
        arrivals.leave_out(connection, {2, 4})
        assert 1 == arrivals.count(connection)
        arrivals.replace_list(connection, OTHER, "list.csv", [], NOW)

    assert [rows[1].address] == [one.address for one in listed(database, OTHER)]


def test_a_known_address_keeps_its_id_and_who_is_gone_is_unlisted(database):
    """The ledger refers to both."""
    before = {one.address_key: one.id for one in listed(database)}

    take(database, an_arrival(3, surname="Nova"), an_arrival(9, organisation="003"))

    after = {one.address_key: one.id for one in listed(database)}
    assert {"obcina@003.example", "obcina@009.example"} == set(after)
    assert before["obcina@003.example"] == after["obcina@003.example"]
    assert "Nova" in {one.surname for one in listed(database)}
    with database.read() as connection:
        assert 2 == recipients.row_count(connection, LIST)
        kept = recipients.by_ids(connection, before.values())
    assert set(before) == {one.address_key for one in kept}


def test_who_is_back_is_listed_again(database):
    """With the id from before."""
    before = {one.address_key: one.id for one in listed(database)}
    take(database, an_arrival(3))

    take(database, *map(an_arrival, (1, 2, 3)))

    assert before == {one.address_key: one.id for one in listed(database)}


def test_taking_a_list_twice_changes_nothing(database):
    """Neither ids nor what is known of anybody."""
    take(database, *map(an_arrival, (1, 2, 3)))
    before = listed(database)

    take(database, *map(an_arrival, (1, 2, 3)))

    assert before == listed(database)


def test_other_lists_stay_as_they_are(database):
    """An address may be on several."""
    before = listed(database)

    take(database, an_arrival(1), name=OTHER)

    assert before == listed(database)


def test_what_breaks_off_leaves_all_as_it_was(database):
    """Whoever stops it, at whatever row; and it can be begun anew at once."""
    before = listed(database)

    def stopped():
        yield an_arrival(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), database.write_late() as connection:
        arrivals.gather(connection, stopped())

    assert before == listed(database)
    take(database, an_arrival(1))
    assert 1 == len(listed(database))


def test_others_write_while_a_list_is_gathered(database):
    """A sender's marks do not wait for a spreadsheet, be it the second in a row."""
    take(database, an_arrival(2))

    with database.write_late() as connection:
        arrivals.gather(connection, [an_arrival(1)])
        with database.write() as other:
            recipients.unsuppress(other, "nobody@b.example")
        arrivals.replace_list(connection, LIST, "list.csv", [], NOW)

    assert 1 == len(listed(database))
