"""What `read` and `write` promise, whichever database is behind them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from ledgers import CAMPAIGN, NOW, lease, mark, plan
from sqlalchemy import text

from mailer.errors import ConfigurationError
from mailer.model.delivery import DeliveryState
from mailer.store import campaigns, deliveries
from mailer.store.database import Database


def note(ours, *details):
    """Write lines into the journal in one transaction; `None` is a failure."""
    with ours.write() as connection:
        for detail in details:
            if detail is None:
                raise RuntimeError("something of ours failed")
            campaigns.note(connection, NOW, "mailer", "test", "work", detail)


def noted(ours):
    with ours.read() as connection:
        return [row.detail for row in campaigns.notes(connection, "work")]


def test_a_transaction_that_fails_leaves_nothing(database):
    """All of it or none of it."""
    with pytest.raises(RuntimeError):
        note(database, "half", None)

    assert [] == noted(database)


def test_what_is_written_is_there_for_the_next_program(tmp_path, url):
    """And opening it again changes nothing."""
    first = Database(url, tmp_path)
    note(first, "one", "two")
    first.close()

    second = Database(url, tmp_path)

    assert ["one", "two"] == noted(second)
    second.close()


def test_a_reader_sees_one_moment(database):
    """A report never counts half of what was sent meanwhile."""
    note(database, "before")

    with database.read() as connection:
        first = campaigns.notes(connection, "work")
        note(database, "meanwhile")
        again = campaigns.notes(connection, "work")

    assert 1 == len(first) == len(again)
    assert ["before", "meanwhile"] == noted(database)


def test_readers_do_not_wait_for_a_writer(database):
    """A report shows the last commit while a campaign is being sent."""
    plan(database, 1)

    with database.write() as writing:
        writing.execute(text("DELETE FROM delivery"))
        with database.read() as connection:
            rows = deliveries.in_states(connection, CAMPAIGN, DeliveryState)
        writing.rollback()

    assert 1 == len(rows)


def test_two_programs_open_an_empty_database_at_once(tmp_path, url):
    """One of them makes the tables, the other finds them."""
    together = threading.Barrier(4)

    def open_it(_number):
        together.wait(20)
        opened = Database(url, tmp_path)
        note(opened, "here")
        opened.close()

    with ThreadPoolExecutor(4) as programs:
        list(programs.map(open_it, range(4)))
    ours = Database(url, tmp_path)

    assert ["here"] * 4 == noted(ours)
    ours.close()


def test_two_senders_at_once_share_no_row(database):
    """Whatever both do at the same time, each row has one dot."""
    numbers = range(1, 4)
    plan(database, *numbers)
    together = threading.Barrier(2)

    def send(owner):
        together.wait(20)
        mine = [one for _ in numbers for one in lease(database, owner, limit=1)]
        return [one.recipient_id for one in mine if mark(database, one, owner)]

    with ThreadPoolExecutor(2) as senders:
        one, two = senders.map(send, ["one", "two"])

    assert [*numbers] == sorted(one + two)


def test_the_sole_sender_writes_as_everybody_does(database):
    """From several threads as well, and others read and write meanwhile."""
    with database.sole_sender():
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda text: note(database, text), "abcd"))
        during = noted(database)
    note(database, "after")

    assert ["a", "b", "c", "d"] == sorted(during)
    assert "after" in noted(database)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "mailer.db",
        "mysql://root@localhost/mailer",
        "postgresql+psycopg2://localhost/mailer",
    ],
)
def test_a_url_that_we_cannot_use_is_the_settings_fault(tmp_path, wrong):
    """With the lines that work."""
    with pytest.raises(ConfigurationError) as caught:
        Database(wrong, tmp_path)

    assert "sqlite:///mailer.db" in caught.value.problems[0].next_step
    assert "postgresql+psycopg://" in caught.value.problems[0].next_step
